"""Closed forms against fits without a row, gradients against differences."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from automl.algorithms import kernel_machine
from automl.algorithms.kernel_machine import (
    Kernel,
    outputs_at,
    sharpened,
    solve,
    solve_at_centres,
    solve_with_best_ridge,
)

N = 60


@pytest.fixture
def table() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 3))
    targets = np.column_stack([np.sin(2 * X[:, 0]), X[:, 1]]) + 0.4 * rng.normal(size=(N, 2))
    return X, targets - targets.mean(axis=0), rng.uniform(0.5, 2.0, N)


def kernel_for(X: Any, exponent: float = 1.0, linear: float = 0.5) -> Kernel:
    return Kernel(exponent, 2.0, linear, np.array([1.0, 0.5, 0.1])).fitted(X, np.random.default_rng(0))


@pytest.mark.parametrize("exponent", [0.6, 1.0, 2.0])
def test_a_kernel_is_one_where_rows_coincide_and_falls_with_distance(
    table: tuple[Any, Any, Any], exponent: float
) -> None:
    X = table[0]
    kernel = kernel_for(X, exponent, linear=0.0)
    values = kernel(X, X)
    assert np.diag(values) == pytest.approx(1.0, abs=1e-3)
    distances = np.linalg.norm((X[:, None] - X[None]) * kernel.scales, axis=2)
    assert values == pytest.approx(np.exp(-((distances / kernel.width) ** exponent)), abs=1e-3)
    assert kernel.width == pytest.approx(2.0 * np.median(distances[np.triu_indices(N, 1)]))
    with_line = kernel_for(X, exponent, linear=0.5)(X, X) - values
    assert np.trace(with_line) == pytest.approx(0.5 * N)
    assert with_line == pytest.approx(with_line.T) and np.linalg.matrix_rank(with_line, tol=1e-9) == 3


def test_rows_that_are_all_alike_have_a_width() -> None:
    X = np.ones((4, 2))
    kernel = Kernel(1.0, 1.0, 0.1, np.ones(2)).fitted(X, np.random.default_rng(0))
    assert kernel.width == 1.0 and np.isfinite(kernel(X, X)).all()
    assert np.isfinite(sharpened(kernel, X, np.ones((4, 1)), 0.5, np.random.default_rng(0)).scales).all()


def test_left_out_is_what_a_fit_on_all_others_predicts(table: tuple[Any, Any, Any]) -> None:
    X, targets, weight = table
    kernel, noise = kernel_for(X), 0.3 / weight
    coefficients, left_out = solve(kernel, X, targets, noise)
    fitted = outputs_at(kernel, X, X, coefficients)
    assert fitted == pytest.approx(targets - noise[:, None] * coefficients)
    for row in (0, 17, N - 1):
        others = np.arange(N) != row
        without, _ = solve(kernel, X[others], targets[others], noise[others])
        assert left_out[row] == pytest.approx(outputs_at(kernel, X[[row]], X[others], without)[0])


def test_the_best_ridge_leaves_the_least_error(table: tuple[Any, Any, Any]) -> None:
    X, targets, weight = table
    kernel = kernel_for(X)
    ridge, coefficients, error = solve_with_best_ridge(kernel, X, targets, weight)
    errors = {}
    for each in kernel_machine._RIDGES:
        found, left_out = solve(kernel, X, targets, each / weight)
        errors[each] = (weight[:, None] * (left_out - targets) ** 2).sum()
        if each == ridge:
            assert coefficients == pytest.approx(found, rel=1e-4, abs=1e-6)
    assert ridge == min(errors, key=lambda each: errors[each])
    assert error == pytest.approx(errors[ridge])
    assert kernel_machine._RIDGES[0] < ridge < kernel_machine._RIDGES[-1]


def test_a_fit_at_centres_solves_the_least_squares_of_all_rows(
    table: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, targets, weight = table
    kernel, noise, n = kernel_for(X), 0.3 / weight, 20
    within, between = kernel(X[:n], X[:n]), kernel(X, X[:n])

    def direct(rows: Any) -> Any:
        weighted = between[rows].T / noise[rows]
        return np.linalg.solve(within + weighted @ between[rows], weighted @ targets[rows])

    for at_once, n_last in ((2_000, N - n), (13, 13)):
        monkeypatch.setattr(kernel_machine, "_ROWS_AT_ONCE", at_once)
        coefficients, left_out = solve_at_centres(kernel, X, targets, noise, n, None)
        assert coefficients == pytest.approx(direct(np.arange(N)), rel=1e-4, abs=1e-6)
        assert len(left_out) == n_last
        for row in (N - n_last, N - 1):
            others = np.arange(N) != row
            assert left_out[row - N] == pytest.approx(between[row] @ direct(others), rel=1e-4, abs=1e-6)


def test_a_deadline_leaves_out_rows_and_twins_do_no_harm(
    table: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, targets, weight = table
    X = X.copy()
    X[1] = X[0]
    monkeypatch.setattr(kernel_machine, "_ROWS_AT_ONCE", 10)
    parts = [np.asarray(solve_at_centres(kernel_for(X), X, targets, 1e-4 / weight, 20, end)[0])
             for end in (None, time.monotonic() - 1)]  # fmt: skip
    assert np.isfinite(parts).all()
    assert parts[0] != pytest.approx(parts[1])


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_columns_are_scaled_by_the_mean_squares_of_the_gradient(table: tuple[Any, Any, Any], exponent: float) -> None:
    X, targets, weight = table
    kernel = kernel_for(X, exponent)
    coefficients, _ = solve(kernel, X, targets, 0.3 / weight)
    found = sharpened(kernel, X, coefficients, 1.0, np.random.default_rng(0)).scales ** 2
    step, squares = 1e-5, np.zeros(3)
    for column in range(3):
        aside = np.eye(3)[column] * step
        for row in range(N):
            # Laplace's kernel has a cusp at the row itself, whose two slopes cancel in the middle.
            ends = outputs_at(kernel, np.stack([X[row] + aside, X[row] - aside]), X, coefficients)
            squares[column] += (((ends[0] - ends[1]) / (2 * step)) ** 2).sum()
    assert found == pytest.approx(squares / squares.max(), rel=1e-3)
    assert found.max() == 1.0
