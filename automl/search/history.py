"""What a searcher was told, in the order of telling."""

from __future__ import annotations

import math

import numpy as np

from automl.search.scores import Vector
from automl.space import Space, Vectors
from automl.trial import Configuration, Outcome

_REFIT_SHARE = 16  # the model is grown anew when the history has grown by one part of this


class History:
    """Outcomes as arrays, and the moment of the last fit as a function of the outcomes alone.

    Parameters
    ----------
    space : Space
    n_rungs : int

    Attributes
    ----------
    fit_at : int
        Number of outcomes that the model is fitted to: all of them while there are few, then it steps by a
        sixteenth, and to every new best of a rung. It follows from the outcomes, not from when somebody asks, so a
        fresh searcher that is told the same history fits the same model.
    n_successes : int
        Configurations that gave a loss.
    """

    def __init__(self, space: Space, n_rungs: int) -> None:
        self._space, self._n_rungs = space, n_rungs
        self._rows: dict[str, int] = {}
        self._vectors: list[Vectors] = []
        self._events: list[tuple[int, int, float, float]] = []
        self._best = [math.inf] * n_rungs
        self._counts = {name: [0, 0] for name in space.algorithms}
        self._succeeded: set[int] = set()
        self.fit_at = 0

    @property
    def n_successes(self) -> int:
        """Number of configurations that gave a loss."""
        return len(self._succeeded)

    def append(self, configuration: Configuration, rung: int, outcome: Outcome) -> None:
        """Take in an outcome."""
        row = self._rows.setdefault(configuration.id, len(self._rows))
        if row == len(self._vectors):
            self._vectors.append(self._space.encode([configuration])[0])
        loss = outcome.ranked_loss
        self._events.append((row, rung, loss, outcome.seconds))
        count = self._counts[configuration.algorithm]
        count[0] += outcome.ok
        count[1] += 1
        if outcome.ok:
            self._succeeded.add(row)
        if loss < self._best[rung] or len(self._events) >= self.fit_at + max(1, self.fit_at // _REFIT_SHARE):
            self.fit_at = len(self._events)
        self._best[rung] = min(self._best[rung], loss)

    def success_rates(self) -> dict[str, float]:
        """Share of each algorithm's trials that gave a loss; one success beforehand keeps every algorithm alive."""
        return {name: (ok + 1) / (n + 1) for name, (ok, n) in self._counts.items()}

    def fitted(self) -> tuple[Vectors, Vector, Vector]:
        """Give what the model is fitted to.

        Returns
        -------
        vectors : ndarray of float64, shape (n_configurations, n_columns)
        losses : ndarray of float64, shape (n_configurations, n_rungs)
            NaN where not told, infinite where failed.
        seconds : ndarray of float64, shape (n_configurations, n_rungs)
        """
        events = np.array(self._events[: self.fit_at])
        rows, rungs = events[:, 0].astype(np.intp), events[:, 1].astype(np.intp)
        losses = np.full((rows.max() + 1, self._n_rungs), np.nan)
        seconds = losses.copy()
        losses[rows, rungs], seconds[rows, rungs] = events[:, 2], events[:, 3]
        return np.array(self._vectors[: len(losses)]), losses, seconds

    def news(self) -> tuple[Vectors, Vector, Vector]:
        """Give vectors, rungs and losses of the outcomes since the last fit, one row each."""
        events = self._events[self.fit_at :]
        vectors = np.array([self._vectors[row] for row, _, _, _ in events]).reshape(len(events), self._space.n_columns)
        return vectors, np.array([e[1] for e in events], dtype=float), np.array([e[2] for e in events])
