"""A linear task, a smooth one and noise: each measure puts them in order."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared

from metafeatures.groups import regression_complexity as complexity


@pytest.fixture(scope="module")
def tasks():
    rng = np.random.default_rng(0)
    X = rng.random((300, 2))
    return {
        "linear": shared(X, X @ [1.0, 2.0], task="regression"),
        "smooth": shared(X, np.sin(6 * X[:, 0]), task="regression"),
        "noise": shared(X, rng.random(300), task="regression"),
    }


@pytest.mark.parametrize("feature", [complexity.residual_size, complexity.residual_variance])
def test_only_the_linear_task_has_no_residuals(tasks, feature) -> None:
    assert feature(tasks["linear"]) < 1e-9
    assert feature(tasks["smooth"]) > 1e-3
    assert feature(tasks["noise"]) > 1e-2


def test_linear_interpolation(tasks) -> None:
    assert complexity.linear_interpolation_error(tasks["linear"]) < 1e-12
    assert complexity.linear_interpolation_error(tasks["smooth"]) > 1e-3


@pytest.mark.parametrize(
    "feature",
    [
        complexity.target_roughness,
        complexity.nearest_neighbour_squared_error,
        complexity.nearest_neighbour_interpolation_error,
    ],
)
def test_noise_is_rougher_than_a_smooth_target(tasks, feature) -> None:
    assert np.mean(feature(tasks["smooth"])) < np.mean(feature(tasks["noise"]))


def test_neighbours_in_the_target_are_neighbours_in_a_line() -> None:
    x = np.random.default_rng(1).random(100)
    t = shared(x[:, None], x, task="regression")
    assert complexity.input_roughness(t).sum() == pytest.approx(1.0)
    assert complexity.target_roughness(t).sum() == pytest.approx(1.0)


def test_scale_does_not_matter(tasks) -> None:
    t = tasks["smooth"]
    other = shared(t.table.numeric * 1e5 - 3, t.table.target * 1e-7, task="regression")
    assert complexity.residual_size(other) == pytest.approx(complexity.residual_size(t))
