from __future__ import annotations

from typing import Any

import pytest
from published_learners import publish
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.svm import SVC

from automl.populate.faithful import Unfaithful
from automl.populate.flows import parse_flow, read_setup
from automl.populate.sizes import Sizes
from automl.populate.steps import Preparation, prepare

NUMERIC = Sizes(500, 10, has_missing=False)
MIXED = Sizes(500, 10, 3, 12, 5)


def prepared(*steps: Any, sizes: Sizes | None = MIXED) -> Preparation:
    name, parameters = publish(make_pipeline(*steps, SVC()))
    return prepare(read_setup(parse_flow(name), parameters), sizes)[0]


def columns(numeric: Any, nominal: Any, **options: Any) -> ColumnTransformer:
    return ColumnTransformer([("numeric", numeric, [0, 1]), ("nominal", nominal, [2])], **options)


def why(*steps: Any, sizes: Sizes | None = MIXED) -> str:
    with pytest.raises(Unfaithful) as caught:
        prepared(*steps, sizes=sizes)
    return str(caught.value)


def test_the_learner_is_the_last_step_of_the_innermost_pipeline() -> None:
    model = Pipeline([("scale", StandardScaler()), ("rest", make_pipeline(SimpleImputer(), SVC()))])
    name, parameters = publish(model)
    preparation, path = prepare(read_setup(parse_flow(name), parameters), MIXED)
    assert path == ("rest", "svc")
    assert (preparation.scaling, preparation.imputation) == ("StandardScaler", "mean")


def test_a_learner_alone_has_no_preparation() -> None:
    name, parameters = publish(SVC())
    assert prepare(read_setup(parse_flow(name), parameters), None) == (Preparation(), ())


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
def test_imputation_by_a_statistic_is_ours(strategy: str) -> None:
    assert prepared(SimpleImputer(strategy=strategy)) == Preparation(imputation=strategy)


def test_other_imputation_is_left_out_where_values_are_missing() -> None:
    constant = SimpleImputer(strategy="constant", fill_value=-1)
    assert prepared(constant) == Preparation(left_out=["imputation strategy"])
    assert prepared(constant, sizes=None).left_out == ["imputation strategy"]
    assert prepared(constant, sizes=NUMERIC) == Preparation()
    by_kind = columns(StandardScaler(), make_pipeline(SimpleImputer(), OrdinalEncoder()))
    left_out = ["imputation of categories"]
    assert prepared(by_kind) == Preparation(None, "ordinal", "StandardScaler", left_out=left_out)


def test_branches_are_told_apart_by_their_encoder() -> None:
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    found = prepared(columns(numeric, OneHotEncoder(handle_unknown="ignore")), VarianceThreshold())
    assert found == Preparation("median", "onehot", "StandardScaler")
    assert prepared(columns("passthrough", OneHotEncoder())) == Preparation(encoding="onehot")


def test_scaling_after_encoding_scales_onehot_columns_too() -> None:
    found = prepared(columns("passthrough", OneHotEncoder()), MinMaxScaler())
    assert found == Preparation(None, "onehot", "MinMaxScaler", scales_onehot=True)
    within = prepared(columns("passthrough", make_pipeline(OneHotEncoder(), StandardScaler(with_mean=False))))
    assert within.scales_onehot and within.scaling is None


def test_the_last_scaler_decides() -> None:
    assert prepared(StandardScaler(), MinMaxScaler()) == Preparation(scaling="MinMaxScaler")
    assert prepared(StandardScaler(with_mean=False)) == Preparation(scaling="StandardScaler", is_centred=False)


def test_onehot_of_numeric_columns_is_foreign() -> None:
    assert why(OneHotEncoder()) == why(OneHotEncoder(), sizes=None) == "numeric columns are one-hot encoded too"
    assert prepared(OneHotEncoder(), sizes=Sizes(500, 0, 3, 12, 5)).encoding == "onehot"
    name = "sklearn.pipeline.Pipeline(hot=sklearn.preprocessing.data.OneHotEncoder,svc=sklearn.svm.classes.SVC)"
    setup = read_setup(parse_flow(name), {"hot__categorical_features": "[3, 4]", "hot__n_values": '"auto"'})
    assert prepare(setup, None)[0].encoding == "onehot"


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (PCA(), "the pipeline has PCA, which our preprocessing has not"),
        (SelectKBest(), "the pipeline has SelectKBest, which our preprocessing has not"),
        (Normalizer(), "the pipeline has Normalizer, which our preprocessing has not"),
        (FeatureUnion([("a", PCA())]), "the pipeline has FeatureUnion, which our preprocessing has not"),
        (VarianceThreshold(0.1), "threshold of VarianceThreshold is other than 0, which ours has fixed"),
        (StandardScaler(with_std=False), "with_std of StandardScaler is other than true, which ours has fixed"),
        (MinMaxScaler((-1, 1)), "feature_range of MinMaxScaler is other than [0, 1], which ours has fixed"),
        (SimpleImputer(add_indicator=True), "add_indicator of the imputer is other than false, which ours has fixed"),
        (columns("passthrough", OneHotEncoder(drop="first")), "drop of OneHotEncoder is other than null, which ours "),
        (columns("drop", OneHotEncoder()), "the pipeline drops columns"),
        (columns(StandardScaler(), MinMaxScaler()), "the pipeline treats its numeric columns in several ways"),
        (columns("drop", "drop", transformer_weights={"a": 2}), "transformer_weights of ColumnTransformer is other "),
    ],
)
def test_everything_else_is_foreign(step: Any, reason: str) -> None:
    assert why(step).startswith(reason)


def test_a_step_of_another_package_is_foreign_even_with_a_known_name() -> None:
    setup = read_setup(parse_flow("sklearn.pipeline.Pipeline(a=own.StandardScaler,b=sklearn.svm.classes.SVC)"), {})
    with pytest.raises(Unfaithful, match="the pipeline has StandardScaler"):
        prepare(setup, NUMERIC)


def test_robust_scaling_is_told_from_ours() -> None:
    assert prepared(RobustScaler()).scaling == "RobustScaler or MaxAbsScaler"
