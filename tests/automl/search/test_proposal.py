from __future__ import annotations

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from scipy.integrate import quad
from scipy.stats import norm
from search_problems import wide_space

from automl.search.proposal import best_first, expected_improvement
from automl.space import Space, Vectors


@pytest.mark.parametrize(("mean", "variance", "best"), [(0.0, 1.0, 0.0), (1.0, 0.25, 0.5), (-1.0, 2.0, 0.0)])
def test_expected_improvement_is_the_integral(mean: float, variance: float, best: float) -> None:
    density = norm(mean, variance**0.5).pdf
    integral, _ = quad(lambda y: (best - y) * density(y), -20, best)
    got = expected_improvement(np.array([mean]), np.array([variance]), best)
    assert got == pytest.approx([integral], rel=1e-6)


def test_without_variance_only_a_lower_mean_improves() -> None:
    gain = expected_improvement(np.array([1.0, -1.0]), np.zeros(2), 0.0)
    assert gain == pytest.approx([0.0, 1.0])


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
