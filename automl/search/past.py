"""What searches on other tasks know of the losses on this one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import kendalltau

from automl.search.forest import Array, Forest
from automl.search.scores import NormalScores, highest_seen, rung_offsets
from automl.space import Space, Vectors
from automl.trial import Configuration, Fidelity, Outcome

Search = Sequence[tuple[Configuration, Fidelity, Outcome]]
"""One past search: what was tried, how thoroughly, and what came of it."""

_LEAST_CONFIGURATIONS = 6
# Before this task has said anything, a past task is expected to agree with it by this rank correlation; the belief
# weighs as much as so many configurations, and fades by half when this task has spoken as often as `_HALF_AFTER`.
_BELIEF, _BELIEF_WEIGHT = 0.5, 10
_HALF_AFTER = 30


class PastSearches:
    """Forests of past tasks' losses, each trusted as far as it orders this task's configurations rightly.

    A past loss counts as its normal score among that task's losses, so that tasks of any scale can be averaged. The
    average and its weights follow Wistuba, Schilling and Schmidt-Thieme, "Scalable Gaussian process-based transfer
    surrogates for hyperparameter optimization", Machine Learning 107 (2018), with two changes: the weight is the rank
    correlation (0 where negative), and it fades as this task's own outcomes come in.

    Parameters
    ----------
    space : Space
    searches : sequence of Search
        One for each past task.
    seed : int

    Raises
    ------
    ValueError
        If a configuration does not fit the space.

    Examples
    --------
    >>> from ConfigSpace import ConfigurationSpace
    >>> from automl.trial import Status
    >>> space = Space({"ridge": ConfigurationSpace({"alpha": (0.0, 1.0)})})
    >>> points = space.sample(40, np.random.default_rng(0))
    >>> past = [(p, Fidelity(1), Outcome(Status.OK, 1 - p.values["alpha"], 1.0)) for p in points]
    >>> searches = PastSearches(space, [past], seed=0)
    >>> low, high = (Configuration("ridge", {"alpha": alpha}) for alpha in (0.1, 0.9))
    >>> means = searches.means(space.encode([low, high]))
    >>> bool(means[0, 0] > means[0, 1])
    True
    """

    def __init__(self, space: Space, searches: Sequence[Search], seed: int) -> None:
        rng = np.random.default_rng([seed, len(searches)])
        forests = [_forest(space, search, rng) for search in searches]
        self._forests = [forest for forest in forests if forest is not None]

    def __len__(self) -> int:
        """Past tasks that have a say."""
        return len(self._forests)

    def means(self, vectors: Vectors) -> Array:
        """Give what each past task expects of configurations, as normal scores, shape (n_tasks, n)."""
        return np.array([forest.predict(vectors)[0] for forest in self._forests]).reshape(-1, len(vectors))

    def trust(self, vectors: Vectors, scores: Array) -> Array:
        """Give the weight of each past task against 1 for this task's own model, shape (n_tasks,).

        Parameters
        ----------
        vectors : ndarray of float64, shape (n, n_columns)
            Configurations that this task has seen.
        scores : ndarray of float64, shape (n,)
            What it saw of them.
        """
        n = len(vectors)
        agreement = np.array([kendalltau(expected, scores).statistic for expected in self.means(vectors)])
        agreement = np.nan_to_num(agreement)  # undefined where all are equal
        agreement = (n * agreement + _BELIEF_WEIGHT * _BELIEF) / (n + _BELIEF_WEIGHT)
        return np.asarray(np.maximum(agreement, 0.0) * _HALF_AFTER / (_HALF_AFTER + n))


def _forest(space: Space, search: Search, rng: np.random.Generator) -> Forest | None:
    """Learn one task's losses; None if it has too few configurations to learn from."""
    configurations = list({configuration.id: configuration for configuration, _, _ in search}.values())
    if len(configurations) < _LEAST_CONFIGURATIONS:
        return None
    rows = {configuration.id: row for row, configuration in enumerate(configurations)}
    rungs = {fidelity: rung for rung, fidelity in enumerate(sorted({fidelity for _, fidelity, _ in search}))}
    losses = np.full((len(rows), len(rungs)), np.nan)
    for configuration, fidelity, outcome in search:
        losses[rows[configuration.id], rungs[fidelity]] = outcome.loss if outcome.ok else np.inf
    aligned = highest_seen(losses + rung_offsets(losses))
    vectors = space.encode([space.conform(configuration) for configuration in configurations])
    return Forest(vectors, NormalScores(aligned)(aligned), rng)
