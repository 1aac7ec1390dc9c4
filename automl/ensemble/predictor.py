"""The fitted model: a weighted average of fold models, or of a constant where nothing else finished."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.algorithms.base import FitContext, Learner
from automl.table import Table

Array = npt.NDArray[Any]


class Constant:
    """Learner that predicts the (weighted) class shares or the mean; always ready.

    Examples
    --------
    >>> table = Table(np.zeros((4, 1)), np.zeros((4, 0), dtype=np.int32), ())
    >>> c = Constant(2)
    >>> c.fit(table, np.array([0, 0, 0, 1]), None, FitContext())
    >>> c.predict(table)[0].tolist()
    [0.75, 0.25]
    """

    def __init__(self, n_classes: int):
        self.n_classes = n_classes
        self.value: Array = np.zeros(max(n_classes, 1))

    def fit(self, X: Table, y: Array, sample_weight: Array | None, context: FitContext) -> None:
        """Take the shares of the classes, or the mean of the targets."""
        if self.n_classes:
            counts = np.bincount(y, weights=sample_weight, minlength=self.n_classes)
            self.value = counts / counts.sum()
        else:
            self.value = np.array([np.average(y, weights=sample_weight)])

    def predict(self, X: Table) -> Array:
        """Repeat the constant for each row."""
        rows = np.tile(self.value, (len(X), 1))
        return rows if self.n_classes else rows[:, 0]


class EnsemblePredictor:
    """Weighted average over members, each the plain average of its fold models.

    Parameters
    ----------
    members : sequence of (float, sequence of Learner)
        Weights of these and of `stacked` sum to 1; a weight of 0 has one that only serves as a base.
    decision : ndarray of shape (n_classes,) or None
        Factors on the probabilities before a label is chosen.
    class_counts : ndarray of shape (n_classes,) or None
        Training rows of each class. Their shares enter the average with the weight of one row, so that no class has
        probability 0: a class that training rows lacked would cost a log loss without limit.
    stacked : sequence of (float, sequence of Learner)
        Members that also see, as further columns, what others predict.
    base : sequence of int
        Positions of those others among the members, in the order of the columns.
    """

    def __init__(
        self,
        members: Sequence[tuple[float, Sequence[Learner]]],
        decision: Array | None = None,
        class_counts: Array | None = None,
        stacked: Sequence[tuple[float, Sequence[Learner]]] = (),
        base: Sequence[int] = (),
    ):
        self.members = [(weight, list(learners)) for weight, learners in members]
        self.stacked = [(weight, list(learners)) for weight, learners in stacked]
        self.base = list(base)
        self.decision = decision
        self.class_counts = class_counts

    def predict(self, table: Table) -> Array:
        """Average the members, shape (n_rows,) or (n_rows, n_classes)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first = [_mean_prediction(learners, table) for _, learners in self.members]
            second: list[Array] = []
            if self.stacked:
                table = table.widened(np.concatenate([columns_of(first[i]) for i in self.base], axis=1))
                second = [_mean_prediction(learners, table) for _, learners in self.stacked]
        weights = [weight for weight, _ in self.members + self.stacked]
        total = sum((w * p for w, p in zip(weights, first + second, strict=True)), start=np.zeros(1))
        if total.ndim == 2:
            total = np.clip(total, 0.0, 1.0)
            total /= total.sum(axis=1, keepdims=True)
            if self.class_counts is not None:
                n_rows = self.class_counts.sum()
                total = (n_rows * total + self.class_counts / n_rows) / (n_rows + 1)
        return total

    def decide(self, probabilities: Array) -> Array:
        """Class codes from probabilities."""
        weighted = probabilities if self.decision is None else probabilities * self.decision
        return np.asarray(weighted.argmax(axis=1))


def columns_of(prediction: Array) -> Array:
    """What a prediction says as columns: a target, or the probabilities of all classes but one.

    Examples
    --------
    >>> columns_of(np.array([[0.25, 0.75]])).tolist(), columns_of(np.array([3.0])).tolist()
    ([[0.75]], [[3.0]])
    """
    return prediction[:, 1:] if prediction.ndim == 2 else prediction[:, np.newaxis]


def _mean_prediction(learners: Sequence[Learner], table: Table) -> Array:
    return np.asarray(sum(learner.predict(table) for learner in learners) / len(learners))
