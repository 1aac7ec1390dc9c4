"""Task: what is asked."""

from __future__ import annotations

import pytest

from automl.task import PROBLEMS, Problem, Task


@pytest.mark.parametrize("problem", PROBLEMS)
def test_all_but_regression_are_classification(problem: Problem) -> None:
    task = Task(problem, 0 if problem == "regression" else 3, "accuracy", "5-fold", 5, seed=0)
    assert task.is_classification == (problem != "regression")
