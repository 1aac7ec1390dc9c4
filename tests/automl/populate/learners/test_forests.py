"""Forests: translations worked out by hand, and the candidate columns of a split counted on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from published_learners import FLOWS, space_for, translated, values_of
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler

from automl.populate.sizes import Sizes
from automl.populate.translation import translate

SIZES = Sizes(1000, 100)


def power(model: Any, sizes: Sizes | None, problem: Any = "binary") -> float:
    return float(values_of(translated(model, problem, sizes))["max_features_power"])


def test_the_recorded_flow() -> None:
    parameters = {
        "randomforestclassifier__bootstrap": "True",
        "randomforestclassifier__criterion": "entropy",
        "randomforestclassifier__max_depth": "None",
        "randomforestclassifier__max_features": "0.8026968345397216",
        "randomforestclassifier__max_leaf_nodes": "None",
        "randomforestclassifier__min_samples_leaf": "18",
        "randomforestclassifier__min_samples_split": "9",
        "randomforestclassifier__min_weight_fraction_leaf": "0.0",
        "randomforestclassifier__n_estimators": "100",
        "columntransformer__numeric__imputer__strategy": "median",
    }
    found = translate(FLOWS["random_forest"], parameters, task_type="binary", space=space_for("binary"), sizes=SIZES)
    assert values_of(found) == {
        "n_estimators": 100,
        "max_features_power": 0.951545,  # 80 of 100 columns: log 80 / log 100
        "min_samples_leaf": 18,
        "min_samples_split": 9,
        "bootstrap": "yes",
        "criterion": "entropy",
        "encoding": "onehot",
        "onehot_limit": 50,
        "imputation": "median",
        "selection": "none",
        "balancing": "none",
    }
    assert found.left_out == ("imputation of categories",)


def test_full_names_and_old_modules_with_their_old_defaults() -> None:
    name = (
        "sklearn.pipeline.Pipeline(imputation=openmlstudy14.preprocessing.ConditionalImputer,"
        "hotencoding=sklearn.preprocessing.data.OneHotEncoder,"
        "variencethreshold=sklearn.feature_selection.variance_threshold.VarianceThreshold,"
        "classifier=sklearn.ensemble.forest.RandomForestClassifier)(1)"
    )
    parameters = {
        "openmlstudy14.preprocessing.ConditionalImputer(3)_strategy": '"mean"',
        "sklearn.preprocessing.data.OneHotEncoder(23)_categorical_features": "[1, 4]",
        "sklearn.ensemble.forest.RandomForestClassifier(16)_n_estimators": "64",
        "sklearn.ensemble.forest.RandomForestClassifier(16)_max_features": '"auto"',
        "sklearn.ensemble.forest.RandomForestClassifier(16)_min_impurity_split": "1e-07",
        "sklearn.ensemble.forest.RandomForestClassifier(16)_class_weight": '"balanced"',
    }
    options: dict[str, Any] = {"task_type": "multiclass", "space": space_for("multiclass")}
    assert values_of(translate(name, parameters, **options)) == {
        "n_estimators": 64,
        "max_features_power": 0.5,
        "min_samples_leaf": 1,
        "min_samples_split": 2,
        "bootstrap": "yes",
        "criterion": "gini",
        "encoding": "onehot",
        "onehot_limit": 50,
        "imputation": "mean",
        "selection": "none",
        "balancing": "weights",
    }
    del parameters["sklearn.ensemble.forest.RandomForestClassifier(16)_n_estimators"]
    assert "n_estimators is not in [50, 300]" in translate(name, parameters, **options).reason  # 10 before 0.22
    newer = translate(name, parameters, dependencies="sklearn==0.22.1", **options)
    assert values_of(newer)["n_estimators"] == 100


def test_a_regressor_alone() -> None:
    model = ExtraTreesRegressor(min_samples_leaf=4, max_features=0.5)
    assert values_of(translated(model, "regression", Sizes(300, 10))) == {
        "n_estimators": 100,
        "max_features_power": 0.69897,  # log 5 / log 10
        "min_samples_leaf": 4,
        "min_samples_split": 2,
        "bootstrap": "no",
        "encoding": "ordinal",
        "imputation": "native",
        "selection": "none",
        "target": "standard",
    }


SHARES = (0.1, 0.123, 0.5, 0.9, 1.0, 1, 3, "log2")
WIDTHS = (1, 2, 3, 7, 40, 57, 1776)


@pytest.mark.parametrize(("share", "n_columns"), [(s, n) for s in SHARES for n in WIDTHS if s != 3 or n >= 3])
def test_of_numeric_columns_ours_tries_as_many_at_a_split(share: Any, n_columns: int) -> None:
    given = {"log2": n_columns.bit_length() - 1}.get(share, share)
    theirs = max(1, given if isinstance(given, int) else int(given * n_columns))
    model = RandomForestClassifier(max_features=share)
    found = translated(model, "binary", Sizes(900, n_columns))
    if theirs == 1 and n_columns > 57:
        assert found.reason.endswith("max_features_power is not in [0.1, 1.0]")
    else:
        assert max(1, round(n_columns ** values_of(found)["max_features_power"])) == theirs


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
def test_of_onehot_columns_ours_tries_the_same_share(share: float) -> None:
    encoder = ColumnTransformer([("nominal", OneHotEncoder(), [0])], remainder="passthrough")
    sizes = Sizes(900, 12, 8, 50, 11)
    ours = 12 + 50 + 8  # each categorical column has one more, for what is rare or missing
    found = power(make_pipeline(encoder, RandomForestClassifier(max_features=share)), sizes)
    assert ours**found / ours == pytest.approx(int(share * 62) / 62, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "problem", "expected"),
    [
        (RandomForestClassifier(max_features="sqrt"), "binary", 0.5),
        (RandomForestClassifier(max_features=None), "multiclass", 1.0),
        (RandomForestClassifier(max_features=1.0), "multiclass", 1.0),
        (RandomForestRegressor(), "regression", 1.0),
    ],
)
def test_some_numbers_of_columns_are_the_same_power_on_every_table(model: Any, problem: Any, expected: float) -> None:
    assert power(model, None, problem) == power(model, SIZES, problem) == expected


def test_trees_are_indifferent_to_scale_and_to_the_order_of_codes() -> None:
    found = translated(make_pipeline(RobustScaler(), RandomForestClassifier()), "binary", Sizes(900, 2, 3, 9, 3))
    assert values_of(found)["encoding"] == "ordinal" and "scaling" not in values_of(found)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (RandomForestClassifier(max_depth=5), "max_depth of RandomForestClassifier is other than null, which ours has"),
        (RandomForestClassifier(max_samples=0.5), "max_samples of RandomForestClassifier is other than null"),
        (RandomForestClassifier(ccp_alpha=0.1), "ccp_alpha of RandomForestClassifier is other than 0.0"),
        (RandomForestClassifier(class_weight="balanced_subsample"), "class_weight is other than none or balanced"),
        (RandomForestClassifier(class_weight={0: 2, 1: 1}), "class_weight is other than none or balanced"),
        (RandomForestClassifier(min_samples_leaf=0.1), "min_samples_leaf is not a whole number"),
        (RandomForestClassifier(n_estimators=500), "n_estimators is not in [50, 300]"),
        (RandomForestClassifier(min_samples_leaf=51), "min_samples_leaf is not in [1, 50]"),
        (RandomForestClassifier(max_features=101), "max_features is not a share or number of the columns"),
        (RandomForestClassifier(max_features=0.0), "max_features is not a share or number of the columns"),
        (ExtraTreesClassifier(max_features=lambda n: n), "max_features is not a number"),
    ],
)
def test_what_our_forests_do_not_do_is_foreign(model: Any, reason: str) -> None:
    assert reason in translated(model, "binary", SIZES).reason


def test_other_errors_than_the_squared_are_foreign() -> None:
    found = translated(RandomForestRegressor(criterion="absolute_error"), "regression", SIZES)
    assert found.reason == "criterion is other than the squared error, which ours has fixed"


def test_shares_need_the_number_of_columns() -> None:
    found = translated(RandomForestClassifier(max_features=0.5), "binary")
    assert found.reason == "max_features depends on sizes of the table that are not known"


def test_more_categories_than_ours_encodes_are_foreign() -> None:
    encoder = ColumnTransformer([("nominal", OneHotEncoder(), [0])], remainder="passthrough")
    model = make_pipeline(encoder, RandomForestClassifier())
    assert values_of(translated(model, "binary", Sizes(900, 1, 1, 50, 50)))["onehot_limit"] == 50
    assert "more than 50 categories" in translated(model, "binary", Sizes(900, 1, 1, 51, 51)).reason
