"""What pymfe 0.4.4 and OpenML call the same meta-features, and where their values differ from ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

_POSITIONS = "quartiles at the (n + 1) positions, ours by linear interpolation"
_CUBE = "where the number of rows is a cube, pymfe rounds its root down and makes a bin too few"
_TIES = "ties between distances fall differently"
_DRAWN = "drawn at random"
_GOWER = "pymfe takes indicators of the levels for numeric columns; ours compares the values themselves"
_SVD = "pymfe iterates (NIPALS) to a tolerance and may take rounding errors for a component; ours are exact"
_DECLARED = "OpenML counts levels that the file declares, ours those that occur"
_FILLED = "OpenML fills missing values with the mode, ours leaves them out"
_UNSCALED = "pymfe takes the column for constant and leaves it as it is"
_WHOLE = "rounding errors decide whether a distance at a whole number is rounded up"
_SOLVER = "the solver stops within a tolerance, below which rounding decides"
_WITH_TARGET = "OpenML counts the target as one of the columns"

CATEGORICAL = "categorical columns"
TINY = "a numeric column of a range below 2e-15"
MANY = "more than 1,000 numeric columns"


class Counterpart(NamedTuple):
    """Our name for a foreign one.

    `name` lacks the summary where both sides are arrays. `difference` is empty where the values are equal on
    tables that both can read; with `only_with`, it is seen on tables with such columns alone.
    """

    name: str
    difference: str = ""
    only_with: str = ""


PYMFE: dict[str, Counterpart] = {
    # general
    "attr_to_inst": Counterpart("columns_per_row"),
    "cat_to_num": Counterpart("categorical_per_numeric"),
    "freq_class": Counterpart("class_share"),
    "inst_to_attr": Counterpart("rows_per_column"),
    "nr_attr": Counterpart("n_columns"),
    "nr_bin": Counterpart("n_binary"),
    "nr_cat": Counterpart("n_categorical"),
    "nr_class": Counterpart("n_classes"),
    "nr_inst": Counterpart("n_rows"),
    "nr_num": Counterpart("n_numeric"),
    "num_to_cat": Counterpart("numeric_per_categorical"),
    # statistical
    "can_cor": Counterpart("canonical_correlation", _SVD),
    "cor": Counterpart("correlation", "of more than 1,000 columns, ours are " + _DRAWN, MANY),
    "cov": Counterpart("covariance", "of more than 1,000 columns, ours are " + _DRAWN, MANY),
    "eigenvalues": Counterpart("covariance_eigenvalues", "of more than 1,000 columns, ours are " + _DRAWN, MANY),
    "g_mean": Counterpart("column_geometric_mean", "pymfe calls minima below 1e-10 zero"),
    "gravity": Counterpart("centre_distance"),
    "h_mean": Counterpart("column_harmonic_mean"),
    "iq_range": Counterpart("column_iqr"),
    "kurtosis": Counterpart("kurtosis"),
    "lh_trace": Counterpart("hotelling_lawley_trace", _SVD),
    "mad": Counterpart("column_mad"),
    "max": Counterpart("column_max"),
    "mean": Counterpart("column_mean"),
    "median": Counterpart("column_median"),
    "min": Counterpart("column_min"),
    "nr_cor_attr": Counterpart("strong_correlation_share", "of more than 1,000 columns, ours are " + _DRAWN, MANY),
    "nr_disc": Counterpart("n_discriminants", _SVD),
    "nr_norm": Counterpart("n_normal_columns"),
    "nr_outliers": Counterpart("n_columns_with_outliers"),
    "p_trace": Counterpart("pillai_trace", _SVD),
    "range": Counterpart("column_range"),
    "roy_root": Counterpart("roy_largest_root", _SVD),
    "sd": Counterpart("column_sd"),
    "sd_ratio": Counterpart(
        "covariance_heterogeneity",
        "pymfe reverses the classes against their weights, and the rows of each covariance, whose determinant may "
        "then be negative; ours does neither",
    ),
    "skewness": Counterpart("skewness"),
    "sparsity": Counterpart("sparsity"),
    "t_mean": Counterpart("column_trimmed_mean"),
    "var": Counterpart("column_variance"),
    "w_lambda": Counterpart("wilks_lambda", _SVD),
    # information-theoretic
    "attr_conc": Counterpart("column_concentration", "pymfe adds 1e-8 to each cell; of more than 12 columns " + _DRAWN),
    "attr_ent": Counterpart("column_entropy", _CUBE),
    "class_conc": Counterpart("target_concentration", "pymfe adds 1e-8 to each cell"),
    "class_ent": Counterpart("target_entropy"),
    "eq_num_attr": Counterpart("equivalent_n_columns", "pymfe adds 1e-8 to each cell"),
    "joint_ent": Counterpart("joint_entropy", "pymfe adds 1e-8 to each cell"),
    "mut_inf": Counterpart("mutual_information", "pymfe adds 1e-8 to each cell"),
    "ns_ratio": Counterpart("noise_to_signal", "pymfe adds 1e-8 to each cell"),
    # landmarking
    "best_node": Counterpart("best_node"),
    "elite_nn": Counterpart("elite_nearest_neighbour"),
    "linear_discr": Counterpart("linear"),
    "naive_bayes": Counterpart("naive_bayes"),
    "one_nn": Counterpart("nearest_neighbour", _TIES),
    "random_node": Counterpart("random_node", "the column is " + _DRAWN),
    "worst_node": Counterpart("worst_node"),
    # model-based
    "leaves": Counterpart("n_leaves"),
    "leaves_branch": Counterpart("leaf_depth"),
    "leaves_corrob": Counterpart("leaf_row_share"),
    "leaves_homo": Counterpart("leaf_homogeneity"),
    "leaves_per_class": Counterpart("leaves_per_class"),
    "nodes": Counterpart("n_inner_nodes"),
    "nodes_per_attr": Counterpart("inner_nodes_per_column"),
    "nodes_per_inst": Counterpart("inner_nodes_per_row"),
    "nodes_per_level": Counterpart("nodes_per_level"),
    "nodes_repeated": Counterpart("nodes_per_used_column"),
    "tree_depth": Counterpart("node_depth"),
    "tree_imbalance": Counterpart("tree_imbalance"),
    "tree_shape": Counterpart("leaf_arrival_information"),
    "var_importance": Counterpart("column_importance"),
    # clustering
    "ch": Counterpart("calinski_harabasz_index"),
    "int": Counterpart("mean_class_distance"),
    "nre": Counterpart("class_entropy_nats"),
    "pb": Counterpart("same_class_distance_correlation"),
    "sc": Counterpart("n_small_classes"),
    "sil": Counterpart("silhouette"),
    "vdb": Counterpart("davies_bouldin_index"),
    "vdu": Counterpart("dunn_index"),
    # concept
    "cohesiveness": Counterpart("cohesiveness", _WHOLE),
    "conceptvar": Counterpart("concept_variation", _UNSCALED, TINY),
    "impconceptvar": Counterpart("shell_concept_variation", _WHOLE),
    "wg_dist": Counterpart("weighted_distance", _UNSCALED, TINY),
    # itemset
    "one_itemset": Counterpart("item_share", _CUBE),
    "two_itemset": Counterpart("either_item_share", _CUBE),
    # complexity
    "c1": Counterpart("class_balance"),
    "c2": Counterpart("class_imbalance_index"),
    "cls_coef": Counterpart("clustering_deficit", "pymfe joins no rows at distance 0; " + _TIES),
    "density": Counterpart("edge_sparsity", "pymfe joins no rows at distance 0; " + _TIES),
    "f1": Counterpart("within_class_variance_share"),
    "f1v": Counterpart("directional_overlap", "singular covariances are cut at different eigenvalues"),
    "f2": Counterpart("overlap_volume", "a column constant in both classes leaves pymfe with no value"),
    "f3": Counterpart("least_column_overlap"),
    "f4": Counterpart("collective_overlap"),
    "hubs": Counterpart("hub_deficit", "pymfe joins no rows at distance 0; " + _TIES),
    "l1": Counterpart("linear_error_distance", _SOLVER),
    "l2": Counterpart("linear_error", _SOLVER),
    "l3": Counterpart("linear_nonlinearity", _DRAWN),
    "lsc": Counterpart("local_set_share", _GOWER, CATEGORICAL),
    "n1": Counterpart("borderline_share", "pymfe's spanning tree has no edges between equal rows; " + _TIES),
    "n2": Counterpart("friend_to_enemy_distance", _GOWER, CATEGORICAL),
    "n3": Counterpart("nearest_neighbour_error", _TIES + ", ours in favour of the row's own class"),
    "n4": Counterpart(
        "nearest_neighbour_nonlinearity",
        _DRAWN + "; pymfe mirrors the distances of the new points from the rows as if they were the same points",
    ),
    "t1": Counterpart("hypersphere_share", _TIES),
    "t2": Counterpart("design_columns_per_row"),
    "t3": Counterpart("principal_components_per_row"),
    "t4": Counterpart("principal_components_per_column"),
}
PYMFE |= {
    f"{landmark}.{theirs}.relative": Counterpart(f"{PYMFE[landmark].name}_{ours}_rank", "follows the landmarkers")
    for landmark in ("best_node", "elite_nn", "linear_discr", "naive_bayes", "one_nn", "random_node", "worst_node")
    for theirs, ours in (("mean", "mean"), ("sd", "sd"))
}

PYMFE_SUMMARIES: dict[str, str] = {
    name: ours
    for theirs, ours in {
        "mean": "mean",
        "sd": "sd",
        "var": "var",
        "count": "count",
        "histogram": "histogram",
        "iq_range": "iqr",
        "kurtosis": "kurtosis",
        "max": "max",
        "median": "median",
        "min": "min",
        "quantiles": "min, q1, median, q3, max",
        "range": "range",
        "skewness": "skewness",
        "sum": "sum",
        "powersum": "sum_of_squares",
        "pnorm": "norm",
    }.items()
    for name in (theirs, f"nan{theirs}")
}


def _summarised(
    stem: str, ours: str, difference: str = "", prefixes: Mapping[str, str] | None = None
) -> dict[str, Counterpart]:
    """OpenML's Min, Mean, Max and quartiles of one array."""
    plain = prefixes or {"Min": "min", "Mean": "mean", "Max": "max", "Quartile2": "median"}
    quartiles = {} if prefixes else {"Quartile1": "q1", "Quartile3": "q3"}
    shifted = f"{_POSITIONS}; {difference}" if difference else _POSITIONS
    return {f"{theirs}{stem}": Counterpart(f"{ours}.{summary}", difference) for theirs, summary in plain.items()} | {
        f"{theirs}{stem}": Counterpart(f"{ours}.{summary}", shifted) for theirs, summary in quartiles.items()
    }


_MOMENTS = "OpenML's older values divide the sum of powers by n - 1 and the variance, ours is unbiased"
_MIN_MAX = {"Min": "min", "Mean": "mean", "Max": "max", "Stdev": "sd"}
_PERCENT = "OpenML's is in percent, its older values are not"
_WEKA = "OpenML's is the error of Weka's learner, ours the accuracy"

OPENML: dict[str, Counterpart] = {
    "AutoCorrelation": Counterpart("same_class_runs"),
    "CardinalityAtTwo": Counterpart("cardinality_at_two"),
    "CardinalityAtThree": Counterpart("cardinality_at_three"),
    "CardinalityAtFour": Counterpart("cardinality_at_four"),
    "ClassEntropy": Counterpart("target_entropy"),
    "DefaultAccuracy": Counterpart("majority_class_share"),
    "Dimensionality": Counterpart("columns_per_row", _WITH_TARGET),
    "EquivalentNumberOfAtts": Counterpart(
        "equivalent_n_columns", "OpenML leaves numeric columns out; its older values put -1 for entropies"
    ),
    "MajorityClassPercentage": Counterpart("majority_class_share", _PERCENT),
    "MajorityClassSize": Counterpart("majority_class_size"),
    "MeanNoiseToSignalRatio": Counterpart("noise_to_signal", "OpenML leaves numeric columns out"),
    "MinorityClassPercentage": Counterpart("minority_class_share", _PERCENT),
    "MinorityClassSize": Counterpart("minority_class_size", _DECLARED),
    "NumberOfBinaryFeatures": Counterpart("n_binary_categorical", f"{_WITH_TARGET}; {_DECLARED}"),
    "NumberOfClasses": Counterpart("n_classes", _DECLARED),
    "NumberOfFeatures": Counterpart("n_columns", _WITH_TARGET),
    "NumberOfInstances": Counterpart("n_rows"),
    "NumberOfInstancesWithMissingValues": Counterpart("n_incomplete_rows"),
    "NumberOfMissingValues": Counterpart("n_missing"),
    "NumberOfNumericFeatures": Counterpart("n_numeric"),
    "NumberOfSymbolicFeatures": Counterpart("n_categorical", _WITH_TARGET),
    "PercentageOfBinaryFeatures": Counterpart("n_binary_categorical", f"{_PERCENT}; {_WITH_TARGET}"),
    "PercentageOfInstancesWithMissingValues": Counterpart("incomplete_rows_share", _PERCENT),
    "PercentageOfMissingValues": Counterpart("missing_share", f"{_PERCENT}; {_WITH_TARGET}"),
    "PercentageOfNumericFeatures": Counterpart("numeric_share", f"{_PERCENT}; {_WITH_TARGET}"),
    "PercentageOfSymbolicFeatures": Counterpart("categorical_share", f"{_PERCENT}; {_WITH_TARGET}"),
    "StdvNominalAttDistinctValues": Counterpart("cardinality.sd", _DECLARED),
    "DecisionStumpErrRate": Counterpart("best_node.mean", _WEKA),
    "NaiveBayesErrRate": Counterpart("naive_bayes.mean", _WEKA),
    "kNN1NErrRate": Counterpart("nearest_neighbour.mean", _WEKA),
    **_summarised("NominalAttDistinctValues", "cardinality", _DECLARED, {"Min": "min", "Mean": "mean", "Max": "max"}),
    **_summarised("CardinalityOfNominalAttributes", "cardinality", _WITH_TARGET, _MIN_MAX),
    **_summarised("CardinalityOfNumericAttributes", "numeric_cardinality", prefixes=_MIN_MAX),
    **_summarised("AttributeEntropy", "categorical_entropy", _FILLED),
    **_summarised("MutualInformation", "categorical_mutual_information", _FILLED),
    **_summarised("MeansOfNumericAtts", "column_mean"),
    **_summarised("StdDevOfNumericAtts", "column_sd"),
    **_summarised("SkewnessOfNumericAtts", "adjusted_skewness", _MOMENTS),
    **_summarised("KurtosisOfNumericAtts", "adjusted_kurtosis", _MOMENTS),
}

_FROM_OURS: dict[str, Callable[[Mapping[str, float]], float]] = {
    "Dimensionality": lambda v: (v["n_columns"] + 1.0) / v["n_rows"],
    "MajorityClassPercentage": lambda v: 100.0 * v["majority_class_share"],
    "NumberOfFeatures": lambda v: v["n_columns"] + 1.0,
    "NumberOfSymbolicFeatures": lambda v: v["n_categorical"] + ("n_classes" in v),
    "NumberOfNumericFeatures": lambda v: v["n_numeric"] + ("n_classes" not in v),
    "PercentageOfInstancesWithMissingValues": lambda v: 100.0 * v["incomplete_rows_share"],
    "PercentageOfMissingValues": lambda v: 100.0 * v["n_missing"] / (v["n_rows"] * (v["n_columns"] + 1.0)),
}


def to_openml(values: Mapping[str, float]) -> dict[str, float]:
    """OpenML's qualities as far as they follow from these values.

    Those of `OPENML` whose difference is more than counting the target or a percentage are left out. Percentages
    are percentages, which they are not in the oldest of OpenML's own values.

    Parameters
    ----------
    values : Mapping of str to float
        From `extract`, with the groups simple, statistical and information.

    Examples
    --------
    >>> import numpy as np, metafeatures
    >>> values = metafeatures.extract(np.eye(4), [0, 0, 1, 1], groups=["simple"]).values
    >>> to_openml(values)["NumberOfFeatures"]
    5.0
    """
    converted: dict[str, float] = {}
    for theirs, counterpart in OPENML.items():
        if counterpart.name not in values:
            continue
        if theirs in _FROM_OURS:
            converted[theirs] = float(_FROM_OURS[theirs](values))
        elif not counterpart.difference:
            converted[theirs] = values[counterpart.name]
    return converted
