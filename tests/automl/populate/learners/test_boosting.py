from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from published_learners import translated, values_of
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from automl.populate.sizes import Sizes
from automl.populate.translation import Translation

SIZES = Sizes(2000, 10)


def boosted(sizes: Sizes | None = SIZES, problem: Any = "binary", **options: Any) -> Translation:
    model = HistGradientBoostingRegressor if problem == "regression" else HistGradientBoostingClassifier
    return translated(model(**{"early_stopping": True, **options}), problem, sizes)


def test_histogram_gradient_boosting_is_lightgbm() -> None:
    assert values_of(boosted(learning_rate=0.05, max_iter=200, max_leaf_nodes=15, l2_regularization=0.5)) == {
        "learning_rate": 0.05,
        "num_leaves": 15,
        "min_child_samples": 20,
        "max_bin": 255,
        "lambda_l1": 1e-6,
        "lambda_l2": 0.5,
        "feature_fraction": 1.0,
        "bagging_fraction": 1.0,
        "extra_trees": "no",
        "encoding": "ordinal",
        "balancing": "none",
    }


def test_a_regression_without_penalty() -> None:
    found = boosted(problem="regression", max_iter=100, min_samples_leaf=5)
    values = values_of(found)
    assert (values["lambda_l2"], values["min_child_samples"], "balancing" in values) == (1e-6, 5, False)
    assert found.left_out == ("the validation rows on which training stops",)


def test_imputation_is_noted_where_ours_has_none() -> None:
    model = make_pipeline(SimpleImputer(), HistGradientBoostingClassifier(early_stopping=True))
    left_out = translated(model, "binary", SIZES).left_out
    assert left_out == ("the validation rows on which training stops", "imputation strategy")
    without = Sizes(2000, 10, has_missing=False)
    assert translated(model, "binary", without).left_out == ("the validation rows on which training stops",)


def test_auto_stops_early_on_large_tables_only() -> None:
    assert boosted(Sizes(30_000, 10), early_stopping="auto").configuration is not None
    assert "early_stopping" in boosted(Sizes(20_000, 10), early_stopping="auto").reason


def test_categories_are_split_by_other_rules() -> None:
    assert "categorical_features are split" in boosted(Sizes(2000, 10, 2, 5, 3)).reason
    assert boosted(Sizes(2000, 10, 2, 5, 3), categorical_features=None).configuration is not None


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: boosted(early_stopping=False), "early_stopping is off, ours stops on validation rows"),
        (lambda: boosted(max_iter=50), "max_iter ends training before the validation rows do"),
        (lambda: boosted(max_depth=3), "max_depth of HistGradientBoostingClassifier is other than null"),
        (lambda: boosted(max_features=0.5), "max_features of HistGradientBoostingClassifier is other than 1.0"),
        (lambda: boosted(max_leaf_nodes=None), "max_leaf_nodes is not a number"),
        (lambda: boosted(learning_rate=0.5), "learning_rate is not in [0.01, 0.3]"),
        (lambda: boosted(l2_regularization=-1.0), "lambda_l2 is not in [1e-06, 100.0]"),
        (lambda: boosted(Sizes(799, 10)), "min_samples_leaf is too large for so few rows"),
        (
            lambda: boosted(problem="multiclass"),
            "HistGradientBoostingClassifier on a multiclass task is not what ours does",
        ),
        (lambda: boosted(problem="regression", loss="poisson"), "loss of HistGradientBoostingRegressor is other than"),
        (
            lambda: translated(GradientBoostingClassifier(), "binary", SIZES),
            "GradientBoostingClassifier: a fixed number of",
        ),
    ],
)
def test_what_lightgbm_is_not_is_foreign(found: Callable[[], Translation], reason: str) -> None:
    assert reason in found().reason
