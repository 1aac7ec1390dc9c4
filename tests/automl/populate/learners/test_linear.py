from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from published_learners import space_for, translated, values_of
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from automl.populate.sizes import Sizes
from automl.populate.translation import Translation, translate

SIZES = Sizes(500, 10)
OLD = (
    "sklearn.pipeline.Pipeline(s=sklearn.preprocessing.data.StandardScaler,"
    "c=sklearn.linear_model.logistic.LogisticRegression)(4)"
)


def scaled(model: Any, problem: Any = "binary") -> Translation:
    return translated(make_pipeline(StandardScaler(), model), problem, SIZES)


def old(problem: Any = "binary", **parameters: str) -> Translation:
    given = {f"sklearn.linear_model.logistic.LogisticRegression(31)_{name}": v for name, v in parameters.items()}
    return translate(OLD, given, task_type=problem, space=space_for(problem), sizes=SIZES)


def test_logistic_regression() -> None:
    assert values_of(scaled(LogisticRegression(C=0.03, class_weight="balanced"))) == {
        "alpha": 33.3333,
        "penalty": "l2",
        "scaling": "standard",
        "encoding": "ordinal",
        "imputation": "median",
        "selection": "none",
        "balancing": "weights",
    }


def test_ridge() -> None:
    model = make_pipeline(MinMaxScaler(), Ridge(2.5, solver="svd"))
    assert values_of(translated(model, "regression", SIZES)) == {
        "alpha": 2.5,
        "penalty": "l2",
        "scaling": "minmax",
        "encoding": "ordinal",
        "imputation": "median",
        "selection": "none",
        "target": "standard",
    }


@pytest.mark.parametrize(
    ("found", "ratio"),
    [
        (lambda: scaled(LogisticRegression(solver="saga", l1_ratio=0.3)), 0.3),
        (lambda: scaled(LogisticRegression(solver="saga", l1_ratio=1.0)), 1.0),
        (lambda: old(solver='"saga"', penalty='"l1"'), 1.0),
        (lambda: old(solver='"saga"', penalty='"elasticnet"', l1_ratio="0.25"), 0.25),
    ],
)
def test_the_lasso_is_the_elastic_net_of_ratio_1(found: Callable[[], Translation], ratio: float) -> None:
    values = values_of(found())
    assert (values["penalty"], values["l1_ratio"], values["alpha"]) == ("elasticnet", ratio, 1.0)


def test_defaults_and_meanings_changed() -> None:
    assert old().reason == "solver penalises the intercept"
    assert values_of(old(solver='"lbfgs"'))["penalty"] == "l2"
    one_against_rest = "multi_class is one against the rest, ours is multinomial"
    assert old("multiclass", solver='"lbfgs"').reason == one_against_rest
    assert values_of(old("multiclass", solver='"lbfgs"', multi_class='"multinomial"'))["alpha"] == 1.0
    assert "halves the penalty" in old(solver='"lbfgs"', multi_class='"multinomial"').reason
    assert values_of(scaled(LogisticRegression(), "multiclass"))["alpha"] == 1.0
    assert scaled(LogisticRegression(solver="newton-cholesky"), "multiclass").reason == one_against_rest


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: scaled(LogisticRegression(C=1e-5)), "alpha is not in [0.0001, 10000.0]"),
        (lambda: scaled(LogisticRegression(C=0.0)), "C is not positive"),
        (lambda: scaled(LogisticRegression(max_iter=20)), "tol or max_iter ends the solver before its solution"),
        (lambda: scaled(LogisticRegression(tol=0.1)), "tol or max_iter ends the solver before its solution"),
        (
            lambda: scaled(LogisticRegression(fit_intercept=False)),
            "fit_intercept of LogisticRegression is other than true",
        ),
        (lambda: scaled(LogisticRegression(solver="saga", l1_ratio=0.01)), "l1_ratio is not in [0.05, 1.0]"),
        (lambda: old(solver='"lbfgs"', penalty='"none"'), "penalty is none, ours always has one"),
        (lambda: scaled(Ridge(0.0), "regression"), "alpha is not in [0.0001, 10000.0]"),
        (lambda: scaled(Ridge(positive=True), "regression"), "positive of Ridge is other than false"),
        (lambda: scaled(ElasticNet(), "regression"), "ElasticNet: its penalties are in units of the target"),
        (lambda: scaled(Ridge(), "binary"), "Ridge on a binary task is not what ours does"),
    ],
)
def test_what_our_linear_models_are_not_is_foreign(found: Callable[[], Translation], reason: str) -> None:
    assert reason in found().reason
