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
        Weights sum to 1.
    decision : ndarray of shape (n_classes,) or None
        Factors on the probabilities before a label is chosen.
    class_counts : ndarray of shape (n_classes,) or None
        Training rows of each class. Their shares enter the average with the weight of one row, so that no class has
        probability 0: a class that training rows lacked would cost a log loss without limit.
    """

    def __init__(
        self,
        members: Sequence[tuple[float, Sequence[Learner]]],
        decision: Array | None = None,
        class_counts: Array | None = None,
    ):
        self.members = [(weight, list(learners)) for weight, learners in members]
        self.decision = decision
        self.class_counts = class_counts

    def predict(self, table: Table) -> Array:
        """Average the members, shape (n_rows,) or (n_rows, n_classes)."""
        total: Array = np.zeros(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for weight, learners in self.members:
                for learner in learners:
                    total = total + learner.predict(table) * (weight / len(learners))
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
