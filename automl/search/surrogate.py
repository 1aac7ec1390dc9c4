"""The model of a search: where the loss is expected to be low, and how long it takes to find out."""

from __future__ import annotations

import copy

import numpy as np

from automl.search.forest import Array, Forest
from automl.search.history import History
from automl.search.past import PastSearches
from automl.search.scores import NormalScores, highest_seen, rung_offsets
from automl.space import Vectors
from portfolios.improvement import expected_improvement

_N_CENTRES = 10
_COST_TREES = 10
# The mean of the trees errs less than one tree does. Of 0.1, 0.3 and 1 this did best on Branin, Hartmann and a
# conditional mixed function, alone and with four trials in flight.
_VARIANCE_SHARE = 0.3
_OVERHEAD_S = 0.1  # of any trial, so that the cheapest of cheap trials do not look free


class Surrogate:
    """Forests of the loss and, if `cost_aware`, of the logarithm of the seconds.

    Each configuration counts once, with what it showed on its highest rung, brought to the scale of the top rung by
    `rung_offsets`, as a normal score over all configurations. Failures rank last. Past searches have a say in the mean
    as far as they are trusted.

    Parameters
    ----------
    history : History
        With at least one outcome.
    seed : int
    past : PastSearches
    cost_aware : bool
    """

    def __init__(self, history: History, seed: int, past: PastSearches, *, cost_aware: bool) -> None:
        self.n_seen = history.fit_at
        vectors, losses, seconds = history.fitted()
        self._offsets = rung_offsets(losses)
        aligned = highest_seen(losses + self._offsets)
        self._scores = NormalScores(aligned)
        scores = self._scores(aligned)
        rng = np.random.default_rng([seed, self.n_seen])
        self._forest = Forest(vectors, scores, rng)
        self._past, self._trust = past, past.trust(vectors, scores)
        self._vectors, self._seen = vectors, self._blended(scores, vectors)
        self._best = float(self._seen.min())
        self._algorithm: float | None = None
        self._cost: Forest | None = None
        if cost_aware:
            log_seconds = np.log(seconds + _OVERHEAD_S)
            self._cost = Forest(
                vectors, highest_seen(log_seconds + rung_offsets(log_seconds)), rng, n_trees=_COST_TREES
            )
        order = np.argsort(scores, kind="stable")
        self._best_first = order[np.isfinite(aligned[order])]
        self.centres = vectors[self._best_first[:_N_CENTRES]]

    def given_news(self, history: History) -> Surrogate:
        """Give the surrogate that has also seen what came after its fit."""
        vectors, rungs, losses = history.news()
        if not len(vectors):
            return self
        scores = self._scores(losses + self._offsets[rungs.astype(np.intp)])
        return self._with(self._forest.conditioned(vectors, scores))

    def given_pending(self, vectors: Vectors) -> Surrogate:
        """Give the surrogate that believes its own prediction for trials in flight, so that it asks elsewhere."""
        if not len(vectors):
            return self
        return self._with(self._forest.conditioned(vectors, self._forest.predict(vectors)[0]))

    @property
    def leading(self) -> list[float]:
        """Algorithms, as in the first column of vectors, that with the best configuration first.

        Empty if no configuration gave a loss on its highest rung.
        """
        return list(dict.fromkeys(self._vectors[self._best_first, 0].tolist()))

    def focused(self, algorithm: float) -> Surrogate:
        """Give the surrogate that looks for what improves on the best of one of the `leading` algorithms."""
        other = copy.copy(self)
        other._algorithm = algorithm
        own = self._best_first[self._vectors[self._best_first, 0] == algorithm]
        other._best, other.centres = float(self._seen[own].min()), self._vectors[own[:_N_CENTRES]]
        return other

    def acquire(self, vectors: Vectors) -> Array:
        """Expected improvement, per second if the surrogate is cost-aware, shape (n,)."""
        mean, variance = self._forest.predict(vectors)
        gain = expected_improvement(self._blended(mean, vectors), _VARIANCE_SHARE * variance, self._best)
        if self._algorithm is not None:
            gain = np.where(vectors[:, 0] == self._algorithm, gain, 0.0)
        return gain if self._cost is None else gain / np.exp(self._cost.predict(vectors)[0])

    def _blended(self, own: Array, vectors: Vectors) -> Array:
        """Average of this task's scores and of what trusted past tasks expect."""
        return np.asarray((own + self._trust @ self._past.means(vectors)) / (1 + self._trust.sum()))

    def _with(self, forest: Forest) -> Surrogate:
        other = copy.copy(self)
        other._forest = forest
        return other
