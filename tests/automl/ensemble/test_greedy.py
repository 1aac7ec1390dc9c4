"""Greedy selection: against brute force, and its rules for ties, ends and bad values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.ensemble.greedy import greedy_selection


def squared(y: Any) -> Callable[[Any], float]:
    return lambda prediction: float(((prediction - y) ** 2).mean())


def by_hand(predictions: list[Any], loss: Callable[[Any], float], max_draws: int) -> Any:
    """Greedy selection in its plainest words: all draws, then the shortest best beginning."""
    drawn: list[int] = []
    losses: list[float] = []
    for _ in range(max_draws):
        tries = [loss(np.mean([predictions[i] for i in [*drawn, k]], axis=0)) for k in range(len(predictions))]
        drawn.append(int(np.argmin(tries)))
        losses.append(min(tries))
    best = int(np.argmin(losses)) + 1
    return np.bincount(drawn[:best], minlength=len(predictions)) / best


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), n_models=st.integers(1, 6), max_draws=st.integers(1, 8), n_rows=st.integers(5, 30))
def test_equals_the_plain_algorithm(seed: int, n_models: int, max_draws: int, n_rows: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n_rows)
    predictions = [y + rng.normal(size=n_rows) for _ in range(n_models)]
    weights = greedy_selection(predictions, squared(y), max_draws=max_draws, patience=max_draws)
    assert weights == pytest.approx(by_hand(predictions, squared(y), max_draws))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n_models=st.integers(2, 4))
def test_is_never_worse_than_the_best_model_and_close_to_brute_force(seed: int, n_models: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=20)
    predictions = [y + rng.normal(size=20) for _ in range(n_models)]
    loss = squared(y)
    weights = greedy_selection(predictions, loss, max_draws=4)
    found = loss(sum(w * p for w, p in zip(weights, predictions, strict=True)))
    every = [
        loss(np.mean([predictions[i] for i in drawn], axis=0))
        for length in range(1, 5)
        for drawn in combinations_with_replacement(range(n_models), length)
    ]
    assert min(every) - 1e-12 <= found <= min(loss(p) for p in predictions) + 1e-12
    assert found <= 1.25 * min(every)


def test_two_draws_are_the_best_pair_with_the_best_model() -> None:
    y = np.zeros(4)
    predictions = [np.full(4, 1.0), np.full(4, -1.1), np.full(4, 5.0), np.full(4, -5.0)]
    assert greedy_selection(predictions, squared(y), max_draws=2).tolist() == [0.5, 0.5, 0, 0]


def test_repeats_weigh_more() -> None:
    y = np.zeros(3)
    predictions = [np.full(3, 1.0), np.full(3, -2.0)]
    weights = greedy_selection(predictions, squared(y), max_draws=30, patience=30)
    assert weights == pytest.approx([2 / 3, 1 / 3])


def test_ties_go_to_the_earlier_model() -> None:
    y = np.array([0.0, 1.0])
    same = np.array([0.2, 0.8])
    assert greedy_selection([same, same.copy(), same.copy()], squared(y), max_draws=6).tolist() == [1.0, 0.0, 0.0]
    mirrored = [y + 1, y + 3, y - 1, y - 1]
    assert greedy_selection(mirrored, squared(y), max_draws=6).tolist() == [0.5, 0.0, 0.5, 0.0]


def test_rounding_noise_is_a_tie() -> None:
    y = np.zeros(2)
    assert greedy_selection([y + 1.0, y + (1.0 - 1e-15)], squared(y), max_draws=3).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("max_draws", [1, 2, 3, 7])
def test_at_most_max_draws_are_drawn(max_draws: int) -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=50)
    predictions = [y + rng.normal(size=50) for _ in range(12)]
    weights = greedy_selection(predictions, squared(y), max_draws=max_draws)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights > 0).sum() <= max_draws
    draws = next(n for n in range(1, max_draws + 1) if np.allclose(weights * n, np.round(weights * n)))
    assert draws <= max_draws


def count_calls(loss: Callable[[Any], float]) -> tuple[Callable[[Any], float], list[int]]:
    calls = [0]

    def counted(prediction: Any) -> float:
        calls[0] += 1
        return loss(prediction)

    return counted, calls


def test_patience_ends_a_selection_that_gains_nothing() -> None:
    y = np.zeros(3)
    loss, calls = count_calls(squared(y))
    weights = greedy_selection([y, y + 1], loss, max_draws=1000, patience=4)
    assert weights.tolist() == [1.0, 0.0]
    assert calls[0] == 2 * (1 + 4)


def test_the_same_call_gives_the_same_weights() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(3, size=80)
    predictions = [rng.dirichlet(np.ones(3), size=80) for _ in range(9)]

    def error(prediction: Any) -> float:
        return float((prediction.argmax(axis=1) != y).mean())

    first = greedy_selection(predictions, error, max_draws=20)
    assert first.tolist() == greedy_selection(predictions, error, max_draws=20).tolist()
    assert np.isclose(first.sum(), 1.0)


def test_stop_before_anything_takes_the_first() -> None:
    y = np.zeros(3)
    loss, calls = count_calls(squared(y))
    assert greedy_selection([y + 1, y], loss, max_draws=5, stop=lambda: True).tolist() == [1.0, 0.0]
    assert calls[0] == 0


@pytest.mark.parametrize(("n_evaluations", "expected"), [(2, [0, 1, 0]), (3, [0, 0, 1]), (5, [0, 0, 1])])
def test_stop_in_the_middle_keeps_the_best_so_far(n_evaluations: int, expected: list[float]) -> None:
    """A first round may be cut; a later one counts only if it was finished."""
    y = np.zeros(2)
    loss, calls = count_calls(squared(y))
    predictions = [y + 3, y + 2, y + 1]
    weights = greedy_selection(predictions, loss, max_draws=9, stop=lambda: calls[0] >= n_evaluations)
    assert weights.tolist() == expected
    assert calls[0] == n_evaluations


def test_a_later_round_that_was_cut_does_not_count() -> None:
    y = np.zeros(2)
    loss, calls = count_calls(squared(y))
    predictions = [y - 1.2, y + 5, y + 1]
    assert greedy_selection(predictions, loss, max_draws=2).tolist() == [0.5, 0, 0.5]
    calls[0] = 0
    assert greedy_selection(predictions, loss, max_draws=2, stop=lambda: calls[0] >= 4).tolist() == [0, 0, 1]


def test_models_with_undefined_losses_are_not_drawn() -> None:
    y = np.zeros(2)
    broken = np.full(2, np.nan)
    assert greedy_selection([broken, y + 1, y + 2], squared(y), max_draws=3).tolist() == [0.0, 1.0, 0.0]
    assert greedy_selection([broken, broken], squared(y), max_draws=3).tolist() == [1.0, 0.0]
    endless = [np.full(2, np.inf), y + 1]
    assert greedy_selection(endless, squared(y), max_draws=3).tolist() == [0.0, 1.0]


def test_without_a_model_there_is_nothing_to_select() -> None:
    with pytest.raises(ValueError, match="at least one model"):
        greedy_selection([], squared(np.zeros(1)), max_draws=3)


def test_predictions_are_left_as_they_were() -> None:
    predictions = [np.array([1.0, 2.0], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32)]
    before = [p.copy() for p in predictions]
    greedy_selection(predictions, squared(np.zeros(2)), max_draws=4)
    assert all((a == b).all() and a.dtype == b.dtype for a, b in zip(predictions, before, strict=True))
