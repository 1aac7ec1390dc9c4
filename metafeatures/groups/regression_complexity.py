"""Complexity of a regression task: linear fit, smoothness of the target over the columns.

Columns and target are scaled to [0, 1], so that the measures compare across tables.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from metafeatures.arrays import FloatArray, IntArray, chunks_of
from metafeatures.design import min_max_scale
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates


class Scaled(NamedTuple):
    """Design matrix and target scaled to [0, 1], rows in the order of the target."""

    x: FloatArray
    y: FloatArray


class LinearFit(NamedTuple):
    """Least-squares fit with an intercept."""

    intercept: float
    slopes: FloatArray
    residuals: FloatArray


def scaled_pairs_of(t: Intermediates) -> Scaled:
    """The pair sample."""
    return _scale(t.pair_matrix, t.pair_sample.target)


def scaled_models_of(t: Intermediates) -> Scaled:
    """The model sample."""
    return _scale(t.model_matrix, t.model_sample.target)


def linear_fit_of(t: Intermediates) -> LinearFit:
    """Least squares on the model sample."""
    x, y = t.once(scaled_models_of)
    centre, mean = x.mean(axis=0), float(y.mean())
    slopes = np.linalg.lstsq(x - centre, y - mean, rcond=1e-9)[0]
    return LinearFit(mean - float(centre @ slopes), slopes, y - mean - (x - centre) @ slopes)


def nearest_of(t: Intermediates) -> IntArray:
    """Nearest other row of each row of the pair sample, by Euclidean distance."""
    x, _ = t.once(scaled_pairs_of)
    nearest = np.empty(len(x), dtype=np.intp)
    for rows in chunks_of(len(x), len(x)):
        distance = cdist(x[rows], x)
        distance[np.arange(len(distance)), np.arange(rows.start, rows.stop)] = np.inf
        nearest[rows] = distance.argmin(axis=1)
    return nearest


def residual_size(t: Intermediates) -> float:
    """Mean absolute residual of linear regression (L1)."""
    return float(np.abs(t.once(linear_fit_of).residuals).mean())


def residual_variance(t: Intermediates) -> float:
    """Mean squared residual of linear regression (L2)."""
    return float(np.square(t.once(linear_fit_of).residuals).mean())


def linear_interpolation_error(t: Intermediates) -> float:
    """Mean squared error of linear regression between rows that are neighbours in the target (L3)."""
    x, y = t.once(scaled_models_of)
    fit = t.once(linear_fit_of)
    made_x, made_y = _between_neighbours(x, y, t.rng(50))
    return float(np.square(made_y - fit.intercept - made_x @ fit.slopes).mean())


def target_roughness(t: Intermediates) -> FloatArray:
    """Of each edge of the minimum spanning tree of the rows: absolute difference of the targets (S1)."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    x, y = t.once(scaled_pairs_of)
    lengths = np.triu(cdist(x, x) + 1.0, k=1)
    first, second = minimum_spanning_tree(lengths, overwrite=True).nonzero()
    return np.asarray(np.abs(y[first] - y[second]))


def input_roughness(t: Intermediates) -> FloatArray:
    """Of each two rows next to each other by target: distance of the columns over the diagonal (S2)."""
    x, _ = t.once(scaled_pairs_of)
    return np.asarray(np.linalg.norm(np.diff(x, axis=0), axis=1) / np.sqrt(x.shape[1]))


def nearest_neighbour_squared_error(t: Intermediates) -> FloatArray:
    """Of each row: squared difference of its target from that of its nearest neighbour (S3)."""
    _, y = t.once(scaled_pairs_of)
    return (y - y[t.once(nearest_of)]) ** 2


def nearest_neighbour_interpolation_error(t: Intermediates) -> float:
    """Mean squared error of the nearest neighbour between rows that are neighbours in the target (S4)."""
    x, y = t.once(scaled_pairs_of)
    made_x, made_y = _between_neighbours(x, y, t.rng(51))
    errors = [(made_y[rows] - y[cdist(made_x[rows], x).argmin(axis=1)]) ** 2 for rows in chunks_of(len(made_x), len(x))]
    return float(np.concatenate(errors).mean())


def _scale(x: FloatArray, y: FloatArray) -> Scaled:
    order = np.argsort(y, kind="stable")
    return Scaled(min_max_scale(x)[order], min_max_scale(y[order, None])[:, 0])


def _between_neighbours(x: FloatArray, y: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """New rows at a random place between rows next to each other by target."""
    part = rng.random(len(x) - 1)
    return x[:-1] + (x[1:] - x[:-1]) * part[:, None], y[:-1] + (y[1:] - y[:-1]) * part


LORENA = "Lorena et al., Data complexity meta-features for regression problems, Machine Learning 2018"
_ROWS: tuple[Need, ...] = ("regression", "columns", "two rows")

FEATURES = [
    Feature(residual_size, LORENA, "model", needs=_ROWS),
    Feature(residual_variance, LORENA, "model", needs=_ROWS),
    Feature(linear_interpolation_error, LORENA, "model", needs=_ROWS),
    Feature(target_roughness, LORENA, "quadratic", "edge", _ROWS),
    Feature(input_roughness, LORENA, "sort", "row pair", _ROWS),
    Feature(nearest_neighbour_squared_error, LORENA, "quadratic", "row", _ROWS),
    Feature(nearest_neighbour_interpolation_error, LORENA, "quadratic", needs=_ROWS),
]
