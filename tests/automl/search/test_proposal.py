from __future__ import annotations

import numpy as np
from ConfigSpace import ConfigurationSpace
from search_problems import wide_space

from automl.search.proposal import best_first
from automl.space import Space, Vectors


def test_candidates_come_best_first_and_local_search_gets_near_the_optimum() -> None:
    space = Space({"a": ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(4)})})
    target = np.array([0.0, 0.2, 0.4, 0.6, 0.8])

    def acquire(vectors: Vectors) -> Vectors:
        return -np.square(vectors - target).sum(axis=1)

    ratios = []
    for seed in range(7):
        rng = np.random.default_rng(seed)
        values = acquire(best_first(acquire, space, space.sample_vectors(5, rng), rng, {"a": 1.0}))
        assert np.all(np.diff(values) <= 0)
        ratios.append(values[0] / acquire(space.sample_vectors(len(values), rng)).max())
    assert np.median(ratios) < 0.6


def test_random_candidates_follow_the_weights() -> None:
    space = wide_space(3)
    centres = space.encode([space.default("algorithm0")])
    rng = np.random.default_rng(0)
    found = best_first(lambda v: np.zeros(len(v)), space, centres, rng, {"algorithm0": 1.0, "algorithm1": 1.0})
    algorithms = [c.algorithm for c in space.decode_all(found)]
    assert algorithms.count("algorithm2") < 0.1 * len(algorithms) < algorithms.count("algorithm1")
