"""InProcessExecutor: runs trials one after another in the calling process."""

from __future__ import annotations

from collections import deque

from automl.execution.base import Evaluator
from automl.execution.guard import guarded
from automl.trial import Outcome, Status, Trial


class InProcessExecutor:
    """Runs trials in the calling process, each when it is collected.

    Nothing can be killed here: time limits are those that the evaluator observes itself, and a
    learner that hangs or crashes the interpreter does so to the caller. Any platform, no start
    cost.

    Parameters
    ----------
    evaluator : Evaluator

    Examples
    --------
    >>> from automl.trial import Configuration, Fidelity, Outcome, Status, Trial
    >>> executor = InProcessExecutor(lambda trial, time_limit_s: Outcome(Status.OK, 0.25, 0.1))
    >>> executor.submit(Trial(0, Configuration("knn", {}), Fidelity(1), seed=0))
    >>> [(trial.number, outcome.loss) for trial, outcome in executor.collect()]
    [(0, 0.25)]
    """

    n_workers = 1

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._queue: deque[tuple[Trial, float | None]] = deque()
        self._closed = False

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Queue a trial.

        Raises
        ------
        RuntimeError
            After `close`.
        """
        if self._closed:
            raise RuntimeError("the executor is closed")
        self._queue.append((trial, time_limit_s))

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Run the oldest queued trial and give its outcome; nothing if `timeout_s` is not positive."""
        if not self._queue or (timeout_s is not None and timeout_s <= 0):
            return []
        trial, time_limit_s = self._queue[0]
        outcome = guarded(self._evaluator, trial, time_limit_s)
        # Only now: an interrupted trial stays pending and is answered by `cancel`.
        self._queue.popleft()
        return [(trial, outcome)]

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""
        return len(self._queue)

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Drop what is queued; an outcome with status timeout for each."""
        dropped = [(trial, Outcome.failed(Status.TIMEOUT, "cancelled", 0.0)) for trial, _ in self._queue]
        self._queue.clear()
        return dropped

    def close(self) -> None:
        """Drop what is queued."""
        self._queue.clear()
        self._closed = True
