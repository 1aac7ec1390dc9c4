from __future__ import annotations

import pytest
from misbehaving import Misbehaving, make_trial

from automl.execution import FallbackExecutor, InProcessExecutor, WorkerStartError
from automl.execution.base import Executor
from automl.trial import Outcome, Status, Trial


class Failing(InProcessExecutor):
    """Answers one trial, then none any more."""

    def __init__(self) -> None:
        super().__init__(Misbehaving())
        self.answers = 1
        self.closed = False

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        if self.answers == 0:
            raise WorkerStartError("no process any more")
        self.answers -= 1
        return super().collect(timeout_s)

    def close(self) -> None:
        self.closed = True
        super().close()


def test_every_trial_is_answered_once_when_the_first_executor_fails() -> None:
    failing = Failing()
    errors: list[str] = []

    def second(error: Exception) -> Executor:
        errors.append(str(error))
        return InProcessExecutor(Misbehaving())

    executor = FallbackExecutor(lambda: failing, [second])
    trials = [make_trial("ok", number) for number in range(4)]
    for trial in trials:
        executor.submit(trial, 5.0)
    answered = []
    while executor.pending:
        before = executor.pending
        found = executor.collect(1.0)
        assert before - len(found) == executor.pending
        answered += found
    assert [trial for trial, _ in answered] == trials
    assert all(outcome.ok for _, outcome in answered)
    assert errors == ["no process any more"]
    assert failing.closed
    executor.close()


def test_what_the_last_one_raises_is_raised() -> None:
    def none(error: Exception | None = None) -> Executor:
        raise WorkerStartError("no process to be had" if error is None else f"{error}, here neither")

    with pytest.raises(WorkerStartError, match="had, here neither"):
        FallbackExecutor(none, [none])
    executor = FallbackExecutor(Failing, [])
    for number in range(2):
        executor.submit(make_trial("ok", number))
    executor.collect()
    with pytest.raises(WorkerStartError, match="no process any more"):
        executor.collect()


def test_cancel_and_close_reach_the_executor() -> None:
    executor = FallbackExecutor(lambda: InProcessExecutor(Misbehaving()), [])
    assert executor.n_workers == 1
    executor.submit(make_trial("ok"))
    assert [outcome.status for _, outcome in executor.cancel()] == [Status.TIMEOUT]
    assert executor.pending == 0
    executor.close()
    with pytest.raises(RuntimeError, match="closed"):
        executor.submit(make_trial("ok"))
