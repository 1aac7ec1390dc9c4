"""What the steps of a scikit-learn pipeline do before the learner, in the terms of our preprocessing.

What is faithful:

- Imputation by mean, median or the most frequent value is ours of that name. Other ways to impute, and how missing
  categories are filled (to us they are a category of their own), are accepted and noted: few values are missing.
- One-hot encoding of the categorical columns is ours with the largest limit, where no column has more categories.
  Without an encoder the learner has seen codes of categories in the order of the data file, where ours are in another:
  noted for trees, which separate codes in any order, else foreign where there are categories.
- `StandardScaler` and `MinMaxScaler` are ours, where they do not scale one-hot columns, which ours leaves alone. Trees
  are indifferent to the scale of a column.
- `VarianceThreshold` at 0 drops constant columns, as does our table.
- Everything else in a pipeline is foreign.

The branches of a `ColumnTransformer` are taken to share all columns among them: the categorical ones go to the branch
with an encoder, the numeric ones to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from automl.populate.faithful import Unfaithful, check
from automl.populate.flows import Flow, Json, Path, Setup
from automl.populate.sizes import Sizes

Columns = Literal["all", "numeric", "categorical"]
_PACKAGES = ("sklearn", "openmlstudy14")
_STRATEGIES = ("mean", "median", "most_frequent")


@dataclass
class Preparation:
    """What the steps before the learner do.

    Parameters
    ----------
    imputation : str or None
        Strategy for numeric columns, where it is one of ours.
    encoding : {"onehot", "ordinal"} or None
        None if codes stay as they are.
    scaling : str or None
        Class of the scaler of the numeric columns.
    is_centred : bool
        Whether scaling also moves the columns' means to 0.
    scales_onehot : bool
        Whether one-hot columns are scaled too.
    left_out : list of str
        What is accepted although ours does it otherwise.
    """

    imputation: str | None = None
    encoding: str | None = None
    scaling: str | None = None
    is_centred: bool = True
    scales_onehot: bool = False
    left_out: list[str] = field(default_factory=list)


def prepare(setup: Setup, sizes: Sizes | None) -> tuple[Preparation, Path]:
    """Read a pipeline.

    Parameters
    ----------
    setup : Setup
    sizes : Sizes or None
        Where they are unknown, what depends on them is foreign.

    Returns
    -------
    preparation : Preparation
    path : tuple of str
        Place of the learner, the last step.

    Raises
    ------
    Unfaithful
        If a step does what our preprocessing does not.
    """
    *steps, learner = _chain(setup, (), setup.flow)
    preparation = Preparation()
    for path, flow in steps:
        _apply(preparation, setup, path, flow, "all", sizes)
    return preparation, learner[0]


def _chain(setup: Setup, path: Path, flow: Flow) -> list[tuple[Path, Flow]]:
    """Steps of nested pipelines in a row."""
    if flow.name != "sklearn.pipeline.Pipeline" or not flow.components:
        return [(path, flow)]
    check("Pipeline", setup.of(path), known=("steps",), fixed={}, ignored=("memory", "verbose", "transform_input"))
    chains = (_chain(setup, (*path, key), step) for key, step in flow.components.items())
    return [step for chain in chains for step in chain]


def _apply(
    preparation: Preparation, setup: Setup, path: Path, flow: Flow, columns: Columns, sizes: Sizes | None
) -> None:
    if flow.name == "passthrough":
        return
    if flow.class_name == "ColumnTransformer":
        _apply_branches(preparation, setup, path, flow, sizes)
        return
    read = _STEPS.get(flow.class_name) if flow.package in _PACKAGES else None
    if read is None:
        raise Unfaithful(f"the pipeline has {flow.class_name}, which our preprocessing has not")
    read(preparation, setup.of(path), columns, sizes)


def _apply_branches(preparation: Preparation, setup: Setup, path: Path, flow: Flow, sizes: Sizes | None) -> None:
    ignored = ("n_jobs", "sparse_threshold", "verbose", "verbose_feature_names_out")
    fixed: dict[str, tuple[Json, ...]] = {"remainder": ("drop", "passthrough"), "transformer_weights": (None,)}
    check("ColumnTransformer", setup.of(path), known=("transformers",), fixed=fixed, ignored=ignored)
    seen: set[Columns] = set()
    for key, branch in flow.components.items():
        if branch.name == "drop":
            raise Unfaithful("the pipeline drops columns")
        chain = _chain(setup, (*path, key), branch)
        columns: Columns = "categorical" if any(step.class_name in _ENCODERS for _, step in chain) else "numeric"
        if columns in seen:
            raise Unfaithful(f"the pipeline treats its {columns} columns in several ways")
        seen.add(columns)
        for place, step in chain:
            _apply(preparation, setup, place, step, columns, sizes)


def _impute(preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None) -> None:
    ignored = ["missing_values", "fill_value", "fill_empty", "copy", "verbose", "keep_empty_features"]
    ignored += ["categorical_features", "strategy_nominal"]
    fixed: dict[str, tuple[Json, ...]] = {"axis": (0,), "add_indicator": (False,)}
    check("the imputer", given, known=("strategy",), fixed=fixed, ignored=ignored)
    strategy = given.get("strategy", "mean")
    is_known = columns != "categorical" and strategy in _STRATEGIES
    if is_known:
        preparation.imputation = str(strategy)
    elif sizes is None or sizes.has_missing:
        preparation.left_out.append("imputation of categories" if columns == "categorical" else "imputation strategy")


def _encode_onehot(preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None) -> None:
    ignored = ("categories", "n_values", "dtype", "handle_unknown", "sparse", "sparse_output", "feature_name_combiner")
    fixed: dict[str, tuple[Json, ...]] = {"drop": (None,), "min_frequency": (None,), "max_categories": (None,)}
    check("OneHotEncoder", given, known=("categorical_features",), fixed=fixed, ignored=ignored)
    chosen = isinstance(given.get("categorical_features"), list)
    if columns == "all" and not chosen and (sizes is None or sizes.n_numeric):
        raise Unfaithful("numeric columns are one-hot encoded too")
    preparation.encoding = "onehot"


def _encode_ordinal(preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None) -> None:
    ignored = ("categories", "dtype", "handle_unknown", "unknown_value", "encoded_missing_value")
    fixed: dict[str, tuple[Json, ...]] = {"min_frequency": (None,), "max_categories": (None,)}
    check("OrdinalEncoder", given, known=(), fixed=fixed, ignored=ignored)
    preparation.encoding = "ordinal"


def _scale_standard(preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None) -> None:
    check("StandardScaler", given, known=("with_mean",), fixed={"with_std": (True,)}, ignored=("copy",))
    _scale(preparation, "StandardScaler", columns)
    preparation.is_centred = given.get("with_mean", True) is True


def _scale_minmax(preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None) -> None:
    # Ours clips rows beyond the range of training, few in any table.
    check("MinMaxScaler", given, known=(), fixed={"feature_range": ([0, 1],)}, ignored=("copy", "clip"))
    _scale(preparation, "MinMaxScaler", columns)
    preparation.is_centred = True


def _scale_otherwise(
    preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None
) -> None:
    # Only trees may follow, which are indifferent to what exactly it does.
    _scale(preparation, "RobustScaler or MaxAbsScaler", columns)


def _scale(preparation: Preparation, scaler: str, columns: Columns) -> None:
    if columns != "categorical":
        preparation.scaling = scaler
    if columns != "numeric" and preparation.encoding == "onehot":
        preparation.scales_onehot = True


def _drop_constant(preparation: Preparation, given: Mapping[str, Json], columns: Columns, sizes: Sizes | None) -> None:
    check("VarianceThreshold", given, known=(), fixed={"threshold": (0,)}, ignored=())


_ENCODERS = ("OneHotEncoder", "OrdinalEncoder")
_STEPS: Mapping[str, Callable[[Preparation, Mapping[str, Json], Columns, Sizes | None], None]] = MappingProxyType(
    {
        "SimpleImputer": _impute,
        "Imputer": _impute,
        "ConditionalImputer": _impute,
        "OneHotEncoder": _encode_onehot,
        "OrdinalEncoder": _encode_ordinal,
        "StandardScaler": _scale_standard,
        "MinMaxScaler": _scale_minmax,
        "RobustScaler": _scale_otherwise,
        "MaxAbsScaler": _scale_otherwise,
        "VarianceThreshold": _drop_constant,
    }
)
