"""The folds of a trial side by side: a trial goes to an executor in parts, one a fold."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace

from automl.evaluation import outcome_of_folds
from automl.execution.base import Executor
from automl.folds import FoldStore
from automl.trial import Outcome, Status, Trial


@dataclass
class _Run:
    """A trial under way: which folds wait, and what came of the others."""

    trial: Trial
    time_limit_s: float | None
    waiting: deque[int | None]
    n_running: int = 0
    end: float | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return not self.waiting and not self.n_running

    @property
    def failure(self) -> Outcome | None:
        """The first part that gave no fold; one on which the metric is undefined gave one."""
        return next((each for each in self.outcomes if not each.ok and not each.fold_losses), None)

    def left_s(self) -> float | None:
        """Seconds of the trial's limit that are left, which count from its first part on."""
        if self.time_limit_s is None:
            return None
        if self.end is None:
            self.end = time.monotonic() + self.time_limit_s
        return max(0.0, self.end - time.monotonic())


class FoldwiseExecutor:
    """Evaluates the folds of a trial side by side, so that a first model does not wait for one worker.

    The folds of the oldest trial go first. Folds that are in the store are not asked again. Once a part has failed, no
    further one is begun; what has finished is kept.

    Parameters
    ----------
    executor : Executor
        Runs the parts: trials that name their fold. Its evaluator writes to the store.
    store : FoldStore

    Examples
    --------
    >>> import tempfile
    >>> from automl.execution import InProcessExecutor
    >>> from automl.trial import Configuration, Fidelity
    >>> def evaluate(trial, time_limit_s):
    ...     return Outcome(Status.OK, 0.25, 0.1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     executor = FoldwiseExecutor(InProcessExecutor(evaluate), FoldStore(folder))
    ...     executor.submit(Trial(0, Configuration("knn", {}), Fidelity(1), seed=0))
    ...     [(trial.number, outcome.loss) for trial, outcome in executor.collect()]
    [(0, 0.25)]
    """

    def __init__(self, executor: Executor, store: FoldStore) -> None:
        self._executor, self._store = executor, store
        self._runs: list[_Run] = []
        self._parts: dict[Trial, _Run] = {}
        self._finished: list[tuple[Trial, Outcome]] = []

    @property
    def n_workers(self) -> int:
        """Parts that run at the same time; on a cluster it may change."""
        return self._executor.n_workers

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""
        return len(self._runs) + len(self._finished)

    @property
    def has_room(self) -> bool:
        """Whether a further trial would begin at once, or with the next part that ends."""
        return self._executor.pending + sum(len(run.waiting) for run in self._runs) <= self.n_workers

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Start a trial or queue it; its limit counts from its first part on."""
        waiting: deque[int | None] = deque([None])
        if trial.fidelity.folds > 1:
            known = self._store.finished(trial.configuration, trial.fidelity)
            waiting = deque(fold for fold in range(trial.fidelity.folds) if fold not in known)
        run = _Run(trial, time_limit_s, waiting)
        self._runs.append(run)
        self._settle(run)
        self._feed()

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Wait until a trial has finished or `timeout_s` has passed; give all finished ones, in that order.

        Raises
        ------
        WorkerStartError
            If no executor can run anything.
        """
        end = None if timeout_s is None else time.monotonic() + timeout_s
        left_s = 0.0 if self._finished else timeout_s
        while self._runs:
            ended = self._executor.collect(left_s)
            for part, outcome in ended:
                self._take(part, outcome)
            self._feed()
            if self._finished or not ended:
                break
            left_s = None if end is None else max(0.0, end - time.monotonic())
        finished, self._finished = self._finished, []
        return finished

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Kill what runs, drop what is queued; an outcome for each trial, timeout where it had not finished."""
        for run in self._runs:
            if run.waiting:
                run.waiting.clear()
                run.outcomes.append(Outcome.failed(Status.TIMEOUT, "cancelled", 0.0))
        for part, outcome in self._executor.cancel():
            self._take(part, outcome)
        for run in list(self._runs):
            self._settle(run)
        finished, self._finished = self._finished, []
        return finished

    def close(self) -> None:
        """End every process. Safe to call twice."""
        self._runs.clear()
        self._parts.clear()
        self._finished.clear()
        self._executor.close()

    def _feed(self) -> None:
        for run in list(self._runs):
            while run.waiting and self._executor.pending <= self.n_workers:
                part = replace(run.trial, fold=run.waiting.popleft())
                self._parts[part] = run
                run.n_running += 1
                self._executor.submit(part, run.left_s())

    def _take(self, part: Trial, outcome: Outcome) -> None:
        run = self._parts.pop(part)
        run.n_running -= 1
        run.outcomes.append(outcome)
        if run.failure is not None:
            run.waiting.clear()
        self._settle(run)

    def _settle(self, run: _Run) -> None:
        if run.is_done:
            self._runs.remove(run)
            self._finished.append((run.trial, self._whole(run)))

    def _whole(self, run: _Run) -> Outcome:
        """Sum up what has finished, also where a fold was killed once it had."""
        trial, failed = run.trial, run.failure
        if trial.fidelity.folds == 1 and failed is None:
            return run.outcomes[0]
        folds = self._store.in_order(trial.configuration, trial.fidelity)
        seconds = sum(outcome.seconds for outcome in run.outcomes)
        status, error = (Status.OK, None) if failed is None else (failed.status, failed.error)
        whole = outcome_of_folds(folds, seconds, status, error)
        return replace(whole, peak_mb=max((outcome.peak_mb for outcome in run.outcomes), default=0.0))
