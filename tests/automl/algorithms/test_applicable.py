from __future__ import annotations

from automl.algorithms import ALGORITHMS, applicable
from automl.task import Shape

SHAPE = Shape("binary", 2, 500, 10, 2)


def test_each_algorithm_is_chosen_or_has_a_reason() -> None:
    chosen, left_out = applicable(SHAPE)
    assert {*chosen, *left_out} == set(ALGORITHMS)
    assert not set(chosen) & set(left_out)
    assert all(reason for reason in left_out.values())


def test_include_and_exclude() -> None:
    chosen, left_out = applicable(SHAPE, include=["linear", "knn"], exclude=["knn"])
    assert list(chosen) == ["linear"]
    assert left_out["knn"] == "in exclude"
    assert left_out["svm"] == "not in include"


def test_regression_leaves_classifiers_out() -> None:
    chosen, left_out = applicable(Shape("regression", 0, 500, 10, 2))
    assert "naive_bayes" not in chosen
    assert left_out["naive_bayes"] == "naive_bayes does not do regression"
