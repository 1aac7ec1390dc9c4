"""The loop of a fit: ask, submit, collect, tell, until the budget is spent."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from automl.budget import Budget
from automl.foldwise import FoldwiseExecutor
from automl.search.base import Searcher
from automl.trial import Outcome, Trial

logger = logging.getLogger(__name__)

# Without a clock trials are asked in batches of this size, whatever the number of workers: the same on any machine.
BATCH = 4
# Longest wait for an outcome before signals and the clock are looked at, in seconds.
POLL_S = 0.1
# Without a clock a hanging learner still must not hang the fit.
CLOCKLESS_LIMIT_S = 900.0

OnOutcome = Callable[[Trial, Outcome], bool]


@dataclass
class StopFlag:
    """Raised by Ctrl-C or SIGTERM; the loop looks at it."""

    reason: str | None = None


@contextmanager
def stop_on_signals() -> Iterator[StopFlag]:
    """Turn the first SIGINT or SIGTERM into a flag; a second SIGINT interrupts as usual.

    Outside the main thread signals cannot be caught, and the flag stays down.
    """
    flag = StopFlag()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def raise_flag(number: int, frame: FrameType | None) -> None:
        if flag.reason is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        flag.reason = f"stopped by {signal.Signals(number).name}; the best model so far was kept"

    before = {number: signal.signal(number, raise_flag) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield flag
    finally:
        for number, handler in before.items():  # None stands for a handler that Python cannot name
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def run_search(
    searcher: Searcher,
    executor: FoldwiseExecutor,
    budget: Budget,
    *,
    reserve_s: Callable[[], float],
    on_outcome: OnOutcome,
    on_cut_off: OnOutcome,
    stop: StopFlag,
    n_done: int = 0,
) -> str:
    """Run trials until the budget is spent, the space is exhausted, or `on_outcome` says it is enough.

    Parameters
    ----------
    searcher, executor, budget
    reserve_s : callable
        Seconds to leave for what comes after the search.
    on_outcome : callable
        (trial, outcome) -> whether the search has reached its goal; called after the searcher was told.
    on_cut_off : callable
        The same for trials that still ran, or waited, when the search ended.
    stop : StopFlag
    n_done : int
        Trials that count against `max_trials` already.

    Returns
    -------
    str
        Why the search ended.
    """
    run = _ClockedRun if budget.has_clock else _BatchRun
    return run(searcher, executor, budget, reserve_s, on_outcome, on_cut_off, stop, n_done).run()


@dataclass
class _Run:
    searcher: Searcher
    executor: FoldwiseExecutor
    budget: Budget
    reserve_s: Callable[[], float]
    on_outcome: OnOutcome
    on_cut_off: OnOutcome
    stop: StopFlag
    n_asked: int

    def trials_left(self) -> bool:
        return self.budget.max_trials is None or self.n_asked < self.budget.max_trials

    def ask(self) -> Trial | None:
        trial = self.searcher.ask() if self.trials_left() else None
        if trial is not None:
            self.n_asked += 1
        return trial

    def take(self, finished: list[tuple[Trial, Outcome]]) -> bool:
        enough = False
        for trial, outcome in finished:
            self.searcher.tell(trial, outcome)
            enough |= self.on_outcome(trial, outcome)
        return enough

    def cancel(self) -> None:
        for trial, outcome in self.executor.cancel():
            self.searcher.tell(trial, outcome)
            self.on_cut_off(trial, outcome)


class _ClockedRun(_Run):
    """Workers are kept busy; one trial waits in the queue so that none idles while the next is thought up."""

    def run(self) -> str:
        reason = self._run()
        self.cancel()
        return reason

    def _left_s(self) -> float:
        return self.budget.remaining_s() - self.reserve_s()

    def _run(self) -> str:
        while True:
            if self.stop.reason is not None:
                return self.stop.reason
            if self._left_s() <= 0:
                return "the time budget is spent"
            if not self._fill() and self.executor.pending == 0:
                return "max_trials is reached" if not self.trials_left() else "every configuration has been tried"
            if self.take(self.executor.collect(min(POLL_S, max(self._left_s(), 0.0)))):
                return "the best model makes no error on any fold"

    def _fill(self) -> bool:
        """Submit until no worker idles; says whether there was enough to ask, which an outcome may change."""
        while self.executor.has_room and self._left_s() > 0:
            trial = self.ask()
            if trial is None:
                return False
            self.executor.submit(trial, self._limit_s(trial))
        return True

    def _limit_s(self, trial: Trial) -> float:
        """A first look may take a quarter of what is left, a full evaluation all of it: finished folds are kept."""
        left = max(self._left_s(), 0.1)
        return left if trial.fidelity.folds > 1 else max(left / 4, min(left, 1.5))


class _BatchRun(_Run):
    """Batches of fixed size, told in the order of asking: nothing depends on time or on the number of workers."""

    def run(self) -> str:
        while self.stop.reason is None:
            batch = [trial for trial in (self.ask() for _ in range(BATCH)) if trial is not None]
            if not batch:
                return "max_trials is reached" if not self.trials_left() else "every configuration has been tried"
            for trial in batch:
                self.executor.submit(trial, CLOCKLESS_LIMIT_S)
            outcomes = self._collect()
            enough = self.take(sorted(outcomes, key=lambda pair: batch.index(pair[0])))
            if enough:
                return "the best model makes no error on any fold"
        self.cancel()
        return self.stop.reason

    def _collect(self) -> list[tuple[Trial, Outcome]]:
        outcomes: list[tuple[Trial, Outcome]] = []
        while self.executor.pending and self.stop.reason is None:
            outcomes += self.executor.collect(POLL_S)
        return outcomes
