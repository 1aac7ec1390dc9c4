"""Multilayer perceptron, trained by Adam (Kingma and Ba 2015) with early stopping."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from sklearn.neural_network import MLPClassifier, MLPRegressor

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import EarlyStopping, PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

MAX_EPOCHS = 100
# Without validation rows to stop on.
_BLIND_EPOCHS = 40
# Multiply-adds of one step, about a third of a second, between two looks at the clock.
_STEP_COST = 1e9


def _space(problem: Problem) -> ConfigurationSpace:
    # Ranges follow Gorishniy et al. 2021, "Revisiting deep learning models for tabular data", within what a single
    # thread trains in seconds.
    return space_of(
        problem,
        Steps(
            scaling=("standard", "robust", "quantile", "minmax"),
            selection=("none", "f_score"),
            target=("standard", "log", "quantile"),
        ),
        [
            Integer("hidden_units", (16, 512), log=True, default=128),
            Integer("hidden_layers", (1, 3), default=2),
            Categorical("activation", ["relu", "tanh"], default="relu"),
            Float("learning_rate", (1e-4, 1e-2), log=True, default=2e-3),
            Float("alpha", (1e-7, 1.0), log=True, default=1e-3),
            Integer("batch_size", (32, 512), log=True, default=128),
        ],
    )


class Perceptron(PreprocessedLearner):
    """Epochs of mini-batches until the validation loss rests; keeps the weights of the best epoch."""

    dtype = "float32"
    uses_valid = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Train until the validation loss rests, the epochs are spent or the deadline is there."""
        rng = np.random.default_rng(self.seed)
        n_rows = X.shape[0]
        # An epoch of a small table has at least eight steps.
        batch = min(int(self.values["batch_size"]), max(8, n_rows // 8))
        self.model = self._make(batch)
        weight = None if weight is None else weight / weight.mean()
        step = self._rows_per_step(X, batch)
        stopping, best = EarlyStopping(patience=12), None
        for _ in range(max(1, round((MAX_EPOCHS if valid else _BLIND_EPOCHS) * context.iterations))):
            order = rng.permutation(n_rows)
            for start in range(0, n_rows, step):
                self._step(X, y, weight, order[start : start + step])
                if past(context.deadline):
                    break
            if valid:
                stop = stopping.should_stop(self._loss(*valid))
                if stopping.best_round == stopping.round:
                    best = [w.copy() for w in self.model.coefs_], [b.copy() for b in self.model.intercepts_]
                if stop:
                    break
            if past(context.deadline):
                break
        if best is not None:
            self.model.coefs_, self.model.intercepts_ = best
        # What only training needs would triple the size of the model.
        del self.model._optimizer
        self.model.random_state = self.model._random_state = None

    def raw_predict(self, X: Any) -> Array:
        """Predict by the network."""
        return np.asarray(self.model.predict_proba(X) if self.n_present else self.model.predict(X))

    def _make(self, batch: int) -> Any:
        units, layers = int(self.values["hidden_units"]), int(self.values["hidden_layers"])
        return (MLPClassifier if self.n_present else MLPRegressor)(
            hidden_layer_sizes=(units,) * layers,
            activation=self.values["activation"],
            learning_rate_init=float(self.values["learning_rate"]),
            alpha=float(self.values["alpha"]),
            batch_size=batch,
            # An instance, not a seed: a seed would shuffle each epoch alike.
            random_state=np.random.RandomState(self.seed % 2**32),
        )

    def _rows_per_step(self, X: Any, batch: int) -> int:
        units, layers = int(self.values["hidden_units"]), int(self.values["hidden_layers"])
        cost = 3 * units * (X.shape[1] + (layers - 1) * units + max(1, self.n_present))
        return max(1, int(_STEP_COST / cost) // batch) * batch

    def _step(self, X: Any, y: Array, weight: Array | None, rows: Array) -> None:
        # The last rows of an epoch may be fewer than a batch.
        self.model.batch_size = min(self.model.batch_size, len(rows))
        classes = {"classes": np.arange(self.n_present)} if self.n_present else {}
        part = None if weight is None else weight[rows]
        self.model.partial_fit(X[rows], y[rows], sample_weight=part, **classes)


def _unfit(shape: Shape) -> str | None:
    if shape.n_rows * (shape.n_numeric + shape.n_categorical) > 3e8 and not shape.is_sparse:
        return "one epoch over more than 3e8 cells would take minutes"
    return None


MLP = Algorithm("mlp", _space, Perceptron, iterative=True, unfit=_unfit)
