"""ReplayExecutor: answers trials from recorded outcomes, on a simulated clock."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import replace

from automl.trial import Fidelity, Outcome, Status, Trial


class ReplayExecutor:
    """Answers trials from recorded outcomes as if `n_workers` workers took the recorded seconds.

    Nothing runs: time is simulated, so that a search of hours replays in milliseconds and the
    same submissions always finish in the same order.

    Parameters
    ----------
    recorded : mapping of (str, Fidelity) to Outcome
        Keyed by the configuration's id and the fidelity. A trial that is not in it gets an
        outcome with status invalid after no time.
    n_workers : int, default=1

    Attributes
    ----------
    clock_s : float
        Simulated seconds since the start; `collect` moves it on.

    Examples
    --------
    >>> from automl.trial import Configuration, Fidelity, Outcome, Status, Trial
    >>> slow, quick = Configuration("mlp", {}), Configuration("knn", {})
    >>> executor = ReplayExecutor(
    ...     {
    ...         (slow.id, Fidelity(1)): Outcome(Status.OK, 0.1, seconds=60.0),
    ...         (quick.id, Fidelity(1)): Outcome(Status.OK, 0.2, seconds=2.0),
    ...     },
    ...     n_workers=2,
    ... )
    >>> executor.submit(Trial(0, slow, Fidelity(1), seed=0))
    >>> executor.submit(Trial(1, quick, Fidelity(1), seed=0))
    >>> [(trial.number, outcome.loss) for trial, outcome in executor.collect()], executor.clock_s
    ([(1, 0.2)], 2.0)
    """

    def __init__(self, recorded: Mapping[tuple[str, Fidelity], Outcome], n_workers: int = 1) -> None:
        if n_workers < 1:
            raise ValueError(f"n_workers must be at least 1, got {n_workers}")
        self.n_workers = n_workers
        self.clock_s = 0.0
        self._recorded = recorded
        self._free_s = [0.0] * n_workers
        self._running: list[tuple[float, int, float, Trial, Outcome]] = []
        self._submitted = 0
        self._closed = False

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Give the trial to the worker that is free first.

        Raises
        ------
        RuntimeError
            After `close`.
        """
        if self._closed:
            raise RuntimeError("the executor is closed")
        outcome = self._look_up(trial, time_limit_s)
        start_s = max(self.clock_s, self._free_s[0])
        heapq.heapreplace(self._free_s, start_s + outcome.seconds)
        heapq.heappush(self._running, (start_s + outcome.seconds, self._submitted, start_s, trial, outcome))
        self._submitted += 1

    def _look_up(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        outcome = self._recorded.get((trial.configuration.id, trial.fidelity))
        if outcome is None:
            return Outcome.failed(Status.INVALID, "no recorded outcome", 0.0)
        if time_limit_s is not None and outcome.seconds > time_limit_s:
            return Outcome.failed(Status.TIMEOUT, f"over its limit of {time_limit_s:g} s", time_limit_s)
        return outcome

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Move the clock on to the next finish, at most by `timeout_s`; give what has finished."""
        if not self._running:
            return []
        deadline_s = self._running[0][0] if timeout_s is None else self.clock_s + max(0.0, timeout_s)
        self.clock_s = max(self.clock_s, min(self._running[0][0], deadline_s))
        finished = []
        while self._running and self._running[0][0] <= self.clock_s:
            _, _, _, trial, outcome = heapq.heappop(self._running)
            finished.append((trial, outcome))
        return finished

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""
        return len(self._running)

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Stop what runs; an outcome with status timeout for each, with the seconds it ran."""
        stopped = []
        for _, _, start_s, trial, outcome in sorted(self._running, key=lambda entry: entry[1]):
            seconds = max(0.0, self.clock_s - start_s)
            failed = Outcome.failed(Status.TIMEOUT, "cancelled", seconds)
            stopped.append((trial, replace(failed, peak_mb=outcome.peak_mb)))
        self._running.clear()
        self._free_s = [self.clock_s] * self.n_workers
        return stopped

    def close(self) -> None:
        """Drop what is pending."""
        self._running.clear()
        self._closed = True
