from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from published_learners import space_for, translated, values_of
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

from automl.populate.sizes import Sizes
from automl.populate.translation import Translation, translate

SIZES = Sizes(500, 10)
MIXED = Sizes(500, 10, 2, 5, 3)


def scaled(model: Any, sizes: Sizes | None = SIZES, problem: Any = "binary") -> Translation:
    return translated(make_pipeline(StandardScaler(), model), problem, sizes)


def onehot(model: Any, sizes: Sizes | None) -> Translation:
    encoder = ColumnTransformer([("numeric", StandardScaler(), [0]), ("nominal", OneHotEncoder(), [1])])
    return translated(make_pipeline(encoder, model), "binary", sizes)


def test_gamma_is_relative_to_the_columns() -> None:
    assert values_of(scaled(SVC(C=3, gamma=0.02, probability=True))) == {
        "C": 3.0,
        "gamma": 0.2,  # x 10 columns of variance 1
        "kernel": "rbf",
        "n_components": 300,
        "scaling": "standard",
        "encoding": "ordinal",
        "imputation": "median",
        "selection": "none",
        "balancing": "none",
    }


def test_a_polynomial_kernel_has_a_degree() -> None:
    values = values_of(scaled(SVC(kernel="poly", coef0=1.0, degree=4)))
    assert (values["kernel"], values["degree"], values["gamma"]) == ("poly", 4, 1.0)


def test_scale_and_auto() -> None:
    assert values_of(onehot(SVC(), MIXED))["gamma"] == 1.0
    assert values_of(scaled(SVC(gamma="auto")))["gamma"] == 1.0
    name = "sklearn.pipeline.Pipeline(s=sklearn.preprocessing.data.StandardScaler,c=sklearn.svm.classes.SVC)"
    options: dict[str, Any] = {"task_type": "binary", "space": space_for("binary")}
    assert values_of(translate(name, {}, sizes=SIZES, **options))["gamma"] == 1.0  # "auto" before 0.22
    unknown = "gamma is relative to a variance that is not known"
    assert onehot(SVC(gamma="auto"), MIXED).reason == unknown
    assert translated(make_pipeline(MinMaxScaler(), SVC(gamma=0.1)), "binary", SIZES).reason == unknown


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: scaled(SVC(), None), "encoding depends on sizes of the table that are not known"),
        (lambda: onehot(SVC(), None), "whether the machine is exact depends on sizes of the table that are not known"),
        (lambda: scaled(SVC(), Sizes(3001, 10)), "the table has more than 3000 rows, beyond which ours is not exact"),
        (lambda: scaled(SVC(), problem="multiclass"), "SVC on a multiclass task is not what ours does"),
        (lambda: scaled(SVC(kernel="linear")), "kernel is not one of ['rbf', 'poly', 'sigmoid']"),
        (lambda: scaled(SVC(kernel="poly")), "coef0 of the poly kernel is other than 1.0, which ours has fixed"),
        (
            lambda: scaled(SVC(kernel="sigmoid", coef0=0.5)),
            "coef0 of the sigmoid kernel is other than 0.0, which ours has",
        ),
        (lambda: scaled(SVC(C=2000.0)), "C is not in [0.03, 1000.0]"),
        (lambda: scaled(SVC(gamma=8.0)), "gamma is not in [0.001, 10.0]"),
        (lambda: scaled(SVC(tol=0.01)), "tol or max_iter ends the solver before its solution"),
        (lambda: scaled(SVC(max_iter=100)), "tol or max_iter ends the solver before its solution"),
        (lambda: translated(SVC(), "binary", SIZES), "columns are not scaled as ours always are"),
        (lambda: scaled(SVR(), problem="regression"), "SVR: its penalties are in units of the target"),
        (
            lambda: translated(make_pipeline(StandardScaler(with_mean=False), SVC()), "binary", SIZES),
            "the columns are not centred",
        ),
    ],
)
def test_what_our_machine_is_not_is_foreign(found: Callable[[], Translation], reason: str) -> None:
    assert reason in found().reason
