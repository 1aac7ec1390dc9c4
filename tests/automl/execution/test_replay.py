"""Recorded outcomes on a simulated clock."""

from __future__ import annotations

import pytest

from automl.execution import ReplayExecutor
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial


def trial(number: int, folds: int = 1) -> Trial:
    return Trial(number, Configuration("knn", {"n_neighbors": number}), Fidelity(folds), seed=0)


def recorded(*seconds: float) -> dict[tuple[str, Fidelity], Outcome]:
    return {
        (trial(number).configuration.id, Fidelity(1)): Outcome(Status.OK, number / 10, each, peak_mb=50.0)
        for number, each in enumerate(seconds)
    }


def test_workers_run_side_by_side_and_queue() -> None:
    executor = ReplayExecutor(recorded(5.0, 2.0, 4.0, 1.0), n_workers=2)
    for number in range(4):
        executor.submit(trial(number))
    finished = []
    while executor.pending:
        finished += [(executor.clock_s, each.number) for each, _ in executor.collect()]
    # 1 ends at 2, then 2 runs from 2 to 6 beside 0; 3 starts at 5.
    expected = [(2.0, 1), (5.0, 0), (6.0, 2), (6.0, 3)]
    assert [(executor_s, number) for executor_s, number in finished] == expected


def test_a_trial_starts_no_sooner_than_it_is_submitted() -> None:
    executor = ReplayExecutor(recorded(5.0, 2.0))
    executor.submit(trial(0))
    executor.collect()
    executor.submit(trial(1))
    executor.collect()
    assert executor.clock_s == 7.0


def test_a_timeout_moves_the_clock_no_further() -> None:
    executor = ReplayExecutor(recorded(5.0))
    executor.submit(trial(0))
    assert executor.collect(2.0) == []
    assert executor.clock_s == 2.0
    assert executor.collect(-1.0) == []
    assert executor.clock_s == 2.0
    assert len(executor.collect(100.0)) == 1
    assert executor.clock_s == 5.0


def test_limits_cut_recorded_seconds() -> None:
    executor = ReplayExecutor(recorded(5.0, 5.0), n_workers=2)
    executor.submit(trial(0), time_limit_s=3.0)
    executor.submit(trial(1), time_limit_s=5.0)
    ((_, cut),) = executor.collect()
    ((_, whole),) = executor.collect()
    assert (cut.status, cut.seconds, executor.clock_s) == (Status.TIMEOUT, 3.0, 5.0)
    assert whole.ok


def test_what_is_not_recorded_is_invalid_and_takes_no_time() -> None:
    executor = ReplayExecutor(recorded(5.0))
    executor.submit(trial(0, folds=2))
    ((_, outcome),) = executor.collect()
    assert (outcome.status, executor.clock_s) == (Status.INVALID, 0.0)


def test_cancelled_trials_have_run_until_now() -> None:
    executor = ReplayExecutor(recorded(5.0, 2.0, 9.0))
    for number in range(3):
        executor.submit(trial(number))
    executor.collect(4.0)
    cancelled = executor.cancel()
    assert [(each.number, outcome.seconds) for each, outcome in cancelled] == [(0, 4.0), (1, 0.0), (2, 0.0)]
    assert {(outcome.status, outcome.peak_mb) for _, outcome in cancelled} == {(Status.TIMEOUT, 50.0)}
    executor.submit(trial(1))
    executor.collect()
    assert executor.clock_s == 6.0


def test_no_workers() -> None:
    with pytest.raises(ValueError, match="n_workers"):
        ReplayExecutor({}, n_workers=0)
