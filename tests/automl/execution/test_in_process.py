"""One trial after another in the calling process."""

from __future__ import annotations

import pytest
from misbehaving import Misbehaving, make_trial

from automl.execution import InProcessExecutor
from automl.trial import Status


def test_each_collect_runs_the_oldest() -> None:
    executor = InProcessExecutor(Misbehaving())
    for number in range(3):
        executor.submit(make_trial("ok", number))
    assert executor.collect(0.0) == []
    assert [[trial.number for trial, _ in executor.collect(5.0)] for _ in range(3)] == [[0], [1], [2]]


def test_an_interrupted_trial_stays_pending() -> None:
    executor = InProcessExecutor(Misbehaving())
    executor.submit(make_trial("interrupt"))
    with pytest.raises(KeyboardInterrupt):
        executor.collect()
    assert executor.pending == 1
    ((_, outcome),) = executor.cancel()
    assert outcome.status is Status.TIMEOUT
