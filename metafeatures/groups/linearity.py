"""How well a linear support vector machine tells each pair of classes apart.

Of more than 500 pairs of classes, 500 drawn at random take part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from metafeatures.arrays import FloatArray, IntArray
from metafeatures.design import standardise
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates
from metafeatures.pairs import class_pairs

PENALTY = 2.0
TOLERANCE = 0.01
MAX_ITERATIONS = 10_000


class Machine(NamedTuple):
    """A machine for one pair of classes with the standardised rows that it was fitted to."""

    model: Any
    x: FloatArray
    is_first: IntArray


def machines_of(t: Intermediates) -> list[Machine]:
    """One linear support vector machine per pair of classes, on the model sample."""
    from sklearn.svm import LinearSVC

    y = t.model_sample.target
    machines = []
    for a, b in t.class_pairs:
        t.check_time()
        rows = np.flatnonzero((y == a) | (y == b))
        x, is_first = standardise(t.model_matrix[rows]), y[rows] == a
        model = LinearSVC(loss="hinge", C=PENALTY, tol=TOLERANCE, max_iter=MAX_ITERATIONS, random_state=t.random_state)
        machines.append(Machine(model.fit(x, is_first), x, is_first))
    return machines


def linear_error_distance(t: Intermediates) -> FloatArray:
    """Of each pair of classes: 1 - 1 / (1 + s), s the mean over rows of the distance of errors from the plane (L1).

    The distance is the absolute decision value; rows on their own side count as 0.
    """
    sums = []
    for model, x, is_first in t.once(machines_of):
        decision = model.decision_function(x)
        sums.append(float(np.abs(decision[(decision > 0) != is_first]).sum()) / len(x))
    return np.asarray(1.0 - 1.0 / (1.0 + np.array(sums)))


def linear_error(t: Intermediates) -> FloatArray:
    """Of each pair of classes: share of its rows on the wrong side of the plane (L2)."""
    machines = t.once(machines_of)
    return np.array([float(np.mean(model.predict(x) != is_first)) for model, x, is_first in machines])


def linear_nonlinearity(t: Intermediates) -> FloatArray:
    """Of each pair of classes: share of points between rows of a class on the wrong side of the plane (L3)."""
    rng = t.rng(40)
    errors = []
    for model, x, is_first in t.once(machines_of):
        first, second = class_pairs(is_first.astype(np.int64), rng)
        points = x[first] + (x[second] - x[first]) * rng.random(x.shape)
        errors.append(float(np.mean(model.predict(points) != is_first[first])))
    return np.array(errors)


LORENA = "Lorena et al., How complex is your classification problem?, CSUR 2019"
HO = "Ho and Basu, Complexity measures of supervised classification problems, TPAMI 2002"
_CLASSES: tuple[Need, ...] = ("two classes", "columns")

FEATURES = [
    Feature(linear_error_distance, LORENA, "model", "class pair", _CLASSES),
    Feature(linear_error, HO, "model", "class pair", _CLASSES),
    Feature(linear_nonlinearity, HO, "model", "class pair", _CLASSES),
]
