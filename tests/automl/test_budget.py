"""Budget: seconds from the start on."""

from __future__ import annotations

import math

from automl.budget import Budget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_time_runs_from_the_start_and_never_below_zero() -> None:
    clock = Clock()
    budget = Budget(10.0, clock=clock)
    assert budget.has_clock
    assert (budget.elapsed_s(), budget.remaining_s()) == (0.0, 10.0)
    clock.now += 7.5
    assert (budget.elapsed_s(), budget.remaining_s()) == (7.5, 2.5)
    clock.now += 60.0
    assert (budget.elapsed_s(), budget.remaining_s()) == (67.5, 0.0)


def test_without_a_clock_time_is_endless_but_measured() -> None:
    clock = Clock()
    budget = Budget(None, max_trials=5, clock=clock)
    clock.now += 1e6
    assert not budget.has_clock
    assert budget.remaining_s() == math.inf
    assert budget.elapsed_s() == 1e6
    assert budget.max_trials == 5
