"""MLP-PLR: a multilayer perceptron that sees numbers through periodic embeddings.

Y. Gorishniy, I. Rubachev, A. Babenko (2022). On embeddings for numerical features in tabular deep learning. NeurIPS.
The schedule, the smooth clipping of numbers and the scaling layer are those of D. Holzmüller, L. Grinsztajn, I.
Steinwart (2024). Better by default: strong pre-tuned MLPs and boosted trees on tabular data. NeurIPS.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, Integer
from scipy import sparse
from scipy.special import softmax

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner, past
from automl.algorithms.network import Adam, Architecture, first_parameters, gradients_of, outputs_of
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

MAX_EPOCHS = 60
_FEWEST_STEPS = 8  # of an epoch
_FEWEST_ROWS = 16  # of a step
# More embedded columns would cost more than the layers behind them.
_MAX_EMBEDDED = 100
_CYCLES = 4
# The clock moves the schedule only once training is so far behind it: a far limit must not change a single bit.
_LATE = 0.05
_MAX_COLUMNS = 20_000
_CELLS_AT_ONCE = 4_000_000


def _space(problem: Problem) -> ConfigurationSpace:
    frequency = Float("frequency", (0.02, 2.0), log=True, default=0.15)
    space = space_of(
        problem,
        Steps(scaling=("robust", "quantile", "standard"), target=("standard", "log", "quantile")),
        [
            Integer("hidden_units", (32, 384), log=True, default=128),
            Integer("hidden_layers", (1, 3), default=2),
            Categorical("embedding", ["periodic", "none"], default="periodic"),
            frequency,
            Float("learning_rate", (5e-4, 3e-2), log=True, default=6e-3),
            Float("weight_decay", (1e-4, 10.0), log=True, default=2e-2),
            Float("dropout", (0.0, 0.5), default=0.25),
            Integer("batch_size", (32, 512), log=True, default=128),
        ],
    )
    space.add(EqualsCondition(frequency, space["embedding"], "periodic"))
    return space


class PeriodicPerceptron(PreprocessedLearner):
    """Epochs of mini-batches, at a rate that rises and falls four times; the best epoch's weights are kept."""

    dtype = "float32"
    uses_valid = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Train until the epochs are spent or the deadline is there; the rate comes to its end in time for either."""
        rng = np.random.default_rng(self.seed)
        self.architecture = self._architecture(X)
        self.parameters = first_parameters(self.architecture, rng)
        if self.n_present:
            counts = np.bincount(y, weights=weight, minlength=self.n_present)
            self.parameters["b_out"][:] = np.log(np.maximum(counts, 1e-3) / counts.sum())
        weight = np.ones(len(y), dtype=np.float32) if weight is None else (weight / weight.mean()).astype(np.float32)
        target = y if self.n_present else y.astype(np.float32)[:, None]
        n_epochs = max(1, round(MAX_EPOCHS * context.iterations))
        schedule = Schedule(n_epochs, time.monotonic(), context.deadline)
        best, best_loss = None, np.inf
        adam = Adam(self.parameters, float(self.values["weight_decay"]))
        for epoch in range(n_epochs):
            self._epoch(X, target, weight, adam, rng, epoch, schedule)
            if valid:
                loss = self._loss(*valid)
                if loss < best_loss:
                    best_loss, best = loss, {name: value.copy() for name, value in self.parameters.items()}
            if past(context.deadline):
                break
        self.parameters = best or self.parameters

    def raw_predict(self, X: Any) -> Array:
        """Predict by the network, some rows at a time."""
        step = max(1, _CELLS_AT_ONCE // (X.shape[1] + 100 * len(self.architecture.embedded)))
        parts = [
            outputs_of(self.parameters, self.architecture, _dense(X[start : start + step]))
            for start in range(0, X.shape[0], step)
        ]
        raw = np.concatenate(parts) if parts else np.zeros((0, max(1, self.n_present)))
        return np.asarray(softmax(raw.astype(np.float64), axis=1) if self.n_present else raw[:, 0])

    def _architecture(self, X: Any) -> Architecture:
        embedded = np.empty(0, dtype=np.intp)
        if self.values["embedding"] == "periodic" and not sparse.issparse(X):
            # A column of two values needs no more than a weight.
            embedded = np.flatnonzero([_has_three_values(column) for column in X.T])
        return Architecture(
            n_inputs=X.shape[1],
            n_outputs=max(1, self.n_present),
            embedded=embedded if len(embedded) <= _MAX_EMBEDDED else embedded[:0],
            hidden_units=int(self.values["hidden_units"]),
            hidden_layers=int(self.values["hidden_layers"]),
            frequency=float(self.values.get("frequency", 1.0)),
            dropout=float(self.values["dropout"]),
        )

    def _epoch(
        self, X: Any, target: Array, weight: Array, adam: Adam, rng: np.random.Generator, epoch: int, schedule: Schedule
    ) -> None:  # fmt: skip
        n_rows = X.shape[0]
        batch = min(int(self.values["batch_size"]), max(_FEWEST_ROWS, n_rows // _FEWEST_STEPS))
        order = rng.permutation(n_rows)
        for start in range(0, n_rows, batch):
            rows = order[start : start + batch]
            factor = schedule.factor(epoch + start / n_rows)

            def slope(output: Array, rows: Array = rows) -> Array:
                slopes = softmax(output, axis=1) if self.n_present else output - target[rows]
                if self.n_present:
                    slopes[np.arange(len(rows)), target[rows]] -= 1
                return np.asarray(slopes * (weight[rows] / len(rows))[:, None])

            found = gradients_of(self.parameters, self.architecture, _dense(X[rows]), slope, rng)
            adam.step(found, float(self.values["learning_rate"]) * factor)
            if past(schedule.deadline):
                break


@dataclass(frozen=True)
class Schedule:
    """The learning rate over the epochs, or over the time that is left for them where that is shorter.

    Parameters
    ----------
    n_epochs : int
    begun : float
        `time.monotonic` moment.
    deadline : float or None
        Another, at which training has to be done.
    """

    n_epochs: int
    begun: float
    deadline: float | None

    def factor(self, epochs: float) -> float:
        """Factor of the learning rate after so many epochs."""
        share = epochs / self.n_epochs
        if self.deadline is not None:
            elapsed = (time.monotonic() - self.begun) / max(self.deadline - self.begun, 1e-9)
            share = max(share, min(1.0, elapsed) - _LATE)
        return rate_at(share)


def rate_at(share: float) -> float:
    """Factor of the learning rate after a share of training: cosines that come round ever more slowly.

    Examples
    --------
    >>> [round(rate_at(share), 2) for share in (0.0, 1 / 30, 1 / 15, 7 / 15, 1.0)]
    [0.0, 0.93, 0.0, 0.0, 0.0]
    """
    return float(0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + (2**_CYCLES - 1) * share))))


def _dense(X: Any) -> Array:
    return np.asarray(X.toarray() if sparse.issparse(X) else X, dtype=np.float32)


def _has_three_values(column: Array) -> bool:
    return bool(((column != column[0]) & (column != column[(column != column[0]).argmax()])).any())


def _unfit(shape: Shape) -> str | None:
    n_columns = shape.n_numeric + shape.n_categorical
    if n_columns > _MAX_COLUMNS:
        return f"more than {_MAX_COLUMNS:,} columns would make its first layer too large"
    if shape.n_rows * n_columns > 3e8:  # of a sparse table too: its rows are made dense
        return "one epoch over more than 3e8 cells would take minutes"
    return None


MLP_PLR = Algorithm("mlp_plr", _space, PeriodicPerceptron, iterative=True, unfit=_unfit)
