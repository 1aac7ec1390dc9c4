"""What the learners share: preprocessing, weights, classes absent from training, silence, early stopping."""

from __future__ import annotations

import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from threadpoolctl import ThreadpoolController

from automl.algorithms.base import FitContext, full_probabilities
from automl.preprocessing import Preprocessor, TargetTransform, balanced_weights
from automl.table import Table
from automl.task import Shape
from automl.trial import Value

Array = npt.NDArray[Any]


@cache
def _native_libraries() -> ThreadpoolController:
    # Looking the loaded libraries up takes 7 ms, limiting them 0.03 ms.
    return ThreadpoolController()


@contextmanager
def quiet_and_single_threaded() -> Iterator[None]:
    """Silence numeric and convergence warnings, hold native libraries to one thread, trust the matrix."""
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        config_context(assume_finite=True, skip_parameter_validation=True),
        _native_libraries().limit(limits=1),
    ):
        warnings.simplefilter("ignore")
        yield


class PreprocessedLearner(ABC):
    """Base of a learner: preprocess the table, then train on a matrix.

    A subclass sees class codes 0 to `n_present` - 1 without gaps (at least two), or a transformed target.

    Parameters
    ----------
    values : mapping
        A configuration of the algorithm's space.
    shape : Shape
    seed : int

    Attributes
    ----------
    dtype : str
        Of the matrix.
    needs_dense, uses_valid : bool
        Whether the learner cannot read a sparse matrix; whether it watches the validation rows.
    fixed : mapping
        Steps of preprocessing that are not searched.
    """

    dtype: str = "float64"
    needs_dense: bool = False
    uses_valid: bool = False
    fixed: Mapping[str, Value] = MappingProxyType({})

    def __init__(self, values: Mapping[str, Value], shape: Shape, seed: int) -> None:
        self.values = {**self.fixed, **values}
        self.shape = shape
        self.seed = seed

    @abstractmethod
    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Train on a matrix; `valid` is given only where `uses_valid` and there are such rows."""

    @abstractmethod
    def raw_predict(self, X: Any) -> Array:
        """Transformed targets, shape (n_rows,), or probabilities of the classes present, (n_rows, n_present)."""

    def fit(self, X: Table, y: Array, sample_weight: Array | None, context: FitContext) -> None:
        """Train on rows of a table; see `Learner`."""
        with quiet_and_single_threaded():
            if sample_weight is not None and not sample_weight.all():
                kept = np.flatnonzero(sample_weight)
                X, y, sample_weight = X.take(kept), y[kept], sample_weight[kept]
            target = self._fit_target(y, sample_weight)
            self.is_constant = self.n_present == 1 or (not self.n_present and bool((y == y[0]).all()))
            if self.is_constant:
                return
            if self.values.get("balancing") == "weights":
                sample_weight = balanced_weights(target, sample_weight)
            self.preprocessor = Preprocessor(
                self.values, self.n_present, self.seed, dtype=self.dtype, dense=self.needs_dense
            )
            matrix = self.preprocessor.fit_transform(X, target, sample_weight)
            valid = self._valid_rows(context) if self.uses_valid else None
            self.train(matrix, target, sample_weight, valid, context)

    def predict(self, X: Table) -> Array:
        """Predict; see `Learner`."""
        with quiet_and_single_threaded():
            if self.is_constant:
                raw = np.ones((len(X), 1)) if self.n_present else np.zeros(len(X))
            else:
                raw = self.raw_predict(self.preprocessor.transform(X))
            if self.shape.problem == "regression":
                return np.asarray(self.target.inverse(raw), dtype=np.float64)
            return full_probabilities(as_probabilities(raw), self.classes, self.shape.n_classes)

    def _fit_target(self, y: Array, sample_weight: Array | None) -> Array:
        if self.shape.problem == "regression":
            self.n_present = 0
            self.target = TargetTransform(str(self.values.get("target", "standard")))
            return self.target.fit_transform(np.asarray(y, dtype=np.float64), sample_weight)
        self.classes, codes = np.unique(y, return_inverse=True)
        self.n_present = len(self.classes)
        return codes.astype(np.int64)

    def _loss(self, X: Any, y: Array) -> float:
        """Mean squared error or log loss of a matrix's rows, for learners that stop on validation rows themselves."""
        raw = self.raw_predict(X)
        if not self.n_present:
            return float(np.mean((raw - y) ** 2))
        return float(-np.mean(np.log(np.maximum(raw[np.arange(len(y)), y], 1e-7))))

    def _valid_rows(self, context: FitContext) -> tuple[Any, Array] | None:
        if context.valid is None:
            return None
        table, y = context.valid
        if self.shape.problem == "regression":
            target = self.target.transform(np.asarray(y, dtype=np.float64))
        else:
            seen = np.flatnonzero(np.isin(y, self.classes))
            table, target = table.take(seen), np.searchsorted(self.classes, y[seen])
        return (self.preprocessor.transform(table), target) if len(target) else None


def as_probabilities(raw: Array) -> Array:
    """Make rows sum to 1; a row without a finite positive value becomes uniform.

    Examples
    --------
    >>> as_probabilities(np.array([[0.5, 1.5], [np.nan, np.nan]])).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    p = np.nan_to_num(np.asarray(raw, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0.0)
    total = p.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(p, total, out=np.full_like(p, 1.0 / p.shape[1]), where=total > 0))


def past(deadline: float | None) -> bool:
    """Whether a `time.monotonic` deadline has passed."""
    return deadline is not None and time.monotonic() >= deadline


# Of the first loss: with many classes a loss may creep down for thousands of rounds and gain nothing. A fold of vowel
# (11 classes) takes half the time with this, and ends no worse.
_NOTICEABLE = 3e-4


class EarlyStopping:
    """Watch a validation loss; remember the best round.

    Parameters
    ----------
    patience : int
        Rounds without a noticeable improvement after which training stops.

    Examples
    --------
    >>> stopping = EarlyStopping(2)
    >>> [stopping.should_stop(loss) for loss in (0.5, 0.4, 0.45, 0.41)], stopping.best_round
    ([False, False, False, True], 2)
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.best_loss = np.inf
        self.best_round = 0
        self.round = 0
        self._noticed_loss, self._noticed_round = np.inf, 0
        self._least_step = 0.0

    def should_stop(self, loss: float) -> bool:
        """Count a round with this loss."""
        self.round += 1
        if not self._least_step and np.isfinite(loss):
            self._least_step = _NOTICEABLE * abs(loss)
        if loss < self.best_loss:
            self.best_loss, self.best_round = loss, self.round
        if loss < self._noticed_loss - self._least_step:
            self._noticed_loss, self._noticed_round = loss, self.round
        return self.round - self._noticed_round >= self.patience
