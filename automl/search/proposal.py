"""Where to look next: expected improvement, and the search for its maximum."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import ndtr

from automl.search.forest import Array
from automl.space import Space, Vectors

N_RANDOM, N_LOCAL, N_CENTRES, ROUNDS = 300, 24, 10, 2


def expected_improvement(mean: Array, variance: Array, best: float) -> Array:
    """Expected improvement on `best` of normal losses, minimised (Jones et al., JGO 1998).

    Examples
    --------
    >>> expected_improvement(np.array([0.0, 0.0]), np.array([0.0, 1.0]), best=0.0).round(3).tolist()
    [0.0, 0.399]
    """
    deviation = np.sqrt(np.maximum(variance, 1e-12))
    z = (best - mean) / deviation
    return np.asarray(deviation * (z * ndtr(z) + np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)))


def best_first(
    acquire: Callable[[Vectors], Array],
    space: Space,
    centres: Vectors,
    rng: np.random.Generator,
    weights: Mapping[str, float],
) -> Vectors:
    """Give candidates in descending order of an acquisition function.

    Candidates are random vectors and mutants of `centres` (the best configurations so far), then, twice, mutants of
    the best candidates.
    """
    pool = np.concatenate([space.sample_vectors(N_RANDOM, rng, weights), space.neighbours(centres, N_LOCAL, rng)])
    values = acquire(pool)
    for _ in range(ROUNDS):
        best = pool[np.argsort(-values, kind="stable")[:N_CENTRES]]
        mutants = space.neighbours(best, N_LOCAL // 2, rng, spread=0.05)
        pool, values = np.concatenate([pool, mutants]), np.concatenate([values, acquire(mutants)])
    return pool[np.argsort(-values, kind="stable")]
