"""FallbackExecutor: goes on with another executor where one can start no processes any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from automl.execution.base import Executor
from automl.execution.pool import WorkerStartError
from automl.trial import Outcome, Status, Trial


class FallbackExecutor:
    """Runs trials by the first of several executors that can; the trials of one that fails go to the next.

    Parameters
    ----------
    first : callable
        Gives an executor that takes trials.
    others : sequence of callable
        Each is called with what went wrong when it is its turn, and gives an executor. What the last one raises, and
        what its executor does, is not caught.

    Examples
    --------
    >>> from automl.execution import InProcessExecutor
    >>> from automl.trial import Configuration, Fidelity, Outcome, Status, Trial
    >>> def first():
    ...     raise WorkerStartError("no process to be had")
    >>> def second(error):
    ...     print(error)
    ...     return InProcessExecutor(lambda trial, time_limit_s: Outcome(Status.OK, 0.25, 0.1))
    >>> executor = FallbackExecutor(first, [second])
    no process to be had
    >>> executor.submit(Trial(0, Configuration("knn", {}), Fidelity(1), seed=0))
    >>> [outcome.loss for trial, outcome in executor.collect()]
    [0.25]
    """

    def __init__(self, first: Callable[[], Executor], others: Sequence[Callable[[Exception], Executor]]) -> None:
        self._others = list(others)
        self._pending: list[tuple[Trial, float | None]] = []
        try:
            self._executor = first()
        except (WorkerStartError, TypeError) as error:
            self._executor = self._next(error)

    def _next(self, error: Exception) -> Executor:
        while True:
            if not self._others:
                raise error
            try:
                return self._others.pop(0)(error)
            except (WorkerStartError, TypeError) as another:
                error = another

    @property
    def n_workers(self) -> int:
        """Of the executor that runs the trials now."""
        return self._executor.n_workers

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Start a trial or queue it; what the executor raises passes."""
        self._executor.submit(trial, time_limit_s)
        self._pending.append((trial, time_limit_s))

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Wait until a trial has finished or `timeout_s` has passed; give all that have finished.

        Raises
        ------
        WorkerStartError
            If the last executor fails.
        """
        try:
            finished = self._executor.collect(timeout_s)
        except WorkerStartError as error:
            finished = self._replace(error)
        for trial, _ in finished:
            self._forget(trial)
        return finished

    def _replace(self, error: WorkerStartError) -> list[tuple[Trial, Outcome]]:
        failed = self._executor
        answered = [pair for pair in failed.cancel() if pair[1].status is not Status.TIMEOUT]
        failed.close()
        self._executor = self._next(error)
        known = [trial for trial, _ in answered]
        for trial, time_limit_s in self._pending:
            if trial not in known:
                self._executor.submit(trial, time_limit_s)
        return answered

    def _forget(self, trial: Trial) -> None:
        self._pending.pop([each for each, _ in self._pending].index(trial))

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""
        return len(self._pending)

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Kill what runs, drop what is queued; an outcome for each."""
        self._pending.clear()
        return self._executor.cancel()

    def close(self) -> None:
        """End every process. Safe to call twice."""
        self._pending.clear()
        self._executor.close()
