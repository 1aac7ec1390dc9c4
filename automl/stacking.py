"""When a search turns to its second layer, and how long that may take."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from automl.ensemble.stacking import ALGORITHMS
from automl.search import Searcher
from automl.trial import Fidelity, Outcome, Trial

# Of the time budget, the least and the most that the second layer has; between them, what its configurations took in
# the first one and half as much again.
_LEAST, _MOST, _MORE = 0.05, 0.2, 1.5


class StackingSearcher:
    """A searcher that once asks some stacked trials in between.

    Parameters
    ----------
    searcher : Searcher
        Asked before and after, and told the outcomes of its own trials.
    trials : callable
        (first number) -> the stacked trials.
    due : callable
        (number of trials asked so far) -> whether it is time for them.
    """

    def __init__(
        self, searcher: Searcher, trials: Callable[[int], list[Trial]], due: Callable[[int], bool]
    ) -> None:
        self._searcher, self._trials, self._due = searcher, trials, due
        self._n_asked = 0
        self._queue: deque[Trial] | None = None

    def ask(self) -> Trial | None:
        """Give the next trial."""
        if self._queue is None and self._due(self._n_asked):
            self._queue = deque(self._trials(self._n_asked))
        trial = self._queue.popleft() if self._queue else self._searcher.ask()
        self._n_asked += trial is not None
        return trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Pass an outcome on; what became of a stacked trial teaches a search of the first layer nothing."""
        if not trial.configuration.base:
            self._searcher.tell(trial, outcome)


def stacking_s(
    history: Sequence[tuple[Trial, Outcome]], full: Fidelity, n_workers: int, time_budget: float | None
) -> float:
    """Seconds that the second layer should have, from what the best of each of its algorithms took in the first.

    Parameters
    ----------
    history : sequence of (Trial, Outcome)
    full : Fidelity
    n_workers : int
    time_budget : float or None

    Returns
    -------
    float
        Infinite without a clock.
    """
    if time_budget is None:
        return float("inf")
    best: dict[str, Outcome] = {}
    for trial, outcome in history:
        name = trial.configuration.algorithm
        if outcome.ok and trial.fidelity == full and name in ALGORITHMS and not trial.configuration.base:
            best[name] = min(best.get(name, outcome), outcome, key=lambda each: each.loss)
    needed = _MORE * sum(each.fit_seconds + each.predict_seconds for each in best.values()) / n_workers
    return min(_MOST * time_budget, max(_LEAST * time_budget, needed))
