"""Where to look next: the search for the maximum of an acquisition function."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from automl.search.forest import Array
from automl.space import Space, Vectors

N_RANDOM, N_LOCAL, N_CENTRES, ROUNDS = 300, 24, 10, 2


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
