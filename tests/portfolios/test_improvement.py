from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from portfolios.improvement import expected_improvement


@pytest.mark.parametrize(("mean", "variance", "best"), [(0.0, 1.0, 0.0), (1.0, 0.25, 0.5), (-1.0, 2.0, 0.0)])
def test_expected_improvement_is_the_integral(mean: float, variance: float, best: float) -> None:
    density = norm(mean, variance**0.5).pdf
    integral, _ = quad(lambda y: (best - y) * density(y), -20, best)
    got = expected_improvement(np.array([mean]), np.array([variance]), best)
    assert got == pytest.approx([integral], rel=1e-6)


def test_without_variance_only_a_lower_mean_improves() -> None:
    gain = expected_improvement(np.array([1.0, -1.0]), np.zeros(2), 0.0)
    assert gain == pytest.approx([0.0, 1.0])


def test_each_mean_is_weighed_against_the_best_of_its_row() -> None:
    mean, best = np.array([[0.0, 0.5], [0.2, 0.9]]), np.array([[0.4], [1.0]])
    gains = expected_improvement(mean, np.full((1, 1), 0.04), best)
    for row, column in np.ndindex(mean.shape):
        one = expected_improvement(mean[row, [column]], np.array([0.04]), best[row, 0])
        assert gains[row, column] == pytest.approx(one[0])
