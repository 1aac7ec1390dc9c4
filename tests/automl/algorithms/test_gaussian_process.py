from __future__ import annotations

import time

import numpy as np
from algorithm_cases import REAL, case_of, default, fitted, no_codes

from automl.algorithms import ALGORITHMS
from automl.table import Table
from automl.task import Shape

GP = ALGORITHMS["gaussian_process"]


def test_a_smooth_function_is_found_from_few_rows() -> None:
    X = np.linspace(0, 6, 40)[:, None]
    case = case_of(Table(X, no_codes(40), ()), np.sin(X[:, 0]), "regression")
    prediction = fitted(GP, default(GP, "regression"), case, np.arange(0, 40, 2)).predict(case.table)
    assert np.abs(prediction - case.y)[2:-2].max() < 0.05


def test_a_deadline_ends_the_search_for_a_kernel() -> None:
    case = REAL["breast_cancer"]
    start = time.process_time()
    values = default(GP, "binary") | {"max_steps": 50}
    fitted(GP, values, case, np.arange(500), deadline=time.monotonic() + 0.1)
    assert time.process_time() - start < 1.0


def test_size_limits() -> None:
    assert GP.why_not(Shape("regression", 0, 1_000, 10, 0)) is None
    assert "cube" in str(GP.why_not(Shape("regression", 0, 1_001, 10, 0)))
    assert GP.why_not(Shape("multiclass", 20, 500, 10, 0)) is not None
    assert GP.why_not(Shape("binary", 2, 500, 10, 0, is_weighted=True)) is not None
