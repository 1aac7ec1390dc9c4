"""Naive Bayes over numbers (normal) and categories (counts)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace, Float
from scipy.special import softmax
from sklearn.naive_bayes import CategoricalNB, GaussianNB

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]


def _space(problem: Problem) -> ConfigurationSpace:
    return space_of(
        problem,
        Steps(encoding=(), scaling=("quantile", "standard", "robust"), imputation=("median", "mean")),
        [
            Float("var_smoothing", (1e-9, 1.0), log=True, default=1e-3),
            Float("alpha", (0.01, 100.0), log=True, default=1.0),
            # Columns that say the same are counted twice: likelihoods to the power (columns) ** -tempering make the
            # probabilities less sure of themselves.
            Float("tempering", (0.0, 1.0), default=0.35),
        ],
    )


class NaiveBayes(PreprocessedLearner):
    """The product of both kinds of likelihood and the prior."""

    needs_dense = True
    fixed = MappingProxyType({"encoding": "native"})

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Count; categories come as codes, NaN for missing."""
        self.categorical = np.zeros(X.shape[1], dtype=bool)
        self.categorical[self.preprocessor.categorical_columns] = True
        total = np.bincount(y, weights=weight, minlength=self.n_present)
        self.log_prior = np.log(total / total.sum())
        self.normal, self.counts = None, None
        if not self.categorical.all():
            self.normal = GaussianNB(var_smoothing=float(self.values["var_smoothing"]))
            self.normal.fit(X[:, ~self.categorical], y, sample_weight=weight)
        if self.categorical.any():
            self.sizes = self._shifted(X).max(axis=0) + 1
            self.counts = CategoricalNB(alpha=float(self.values["alpha"]), min_categories=self.sizes)
            self.counts.fit(self._codes(X), y, sample_weight=weight)

    def raw_predict(self, X: Any) -> Array:
        """Posterior probabilities."""
        log_likelihood = np.zeros((X.shape[0], self.n_present))
        if self.normal is not None:
            log_likelihood += self.normal.predict_joint_log_proba(X[:, ~self.categorical]) - self.log_prior
        if self.counts is not None:
            log_likelihood += self.counts.predict_joint_log_proba(self._codes(X)) - self.log_prior
        power = X.shape[1] ** -float(self.values["tempering"])
        return np.asarray(softmax(self.log_prior + power * log_likelihood, axis=1))

    def _codes(self, X: Array) -> Array:
        # 0 is missing; a category above those seen in training counts as missing.
        codes = self._shifted(X)
        return np.where(codes < self.sizes, codes, 0)

    def _shifted(self, X: Array) -> Array:
        return np.nan_to_num(X[:, self.categorical] + 1.0).astype(np.int64)


def _unfit(shape: Shape) -> str | None:
    if shape.is_sparse or shape.n_rows * (shape.n_numeric + shape.n_categorical) > 1e9:
        return "naive Bayes copies a dense matrix: not for sparse tables or more than 1e9 cells"
    return None


NAIVE_BAYES = Algorithm("naive_bayes", _space, NaiveBayes, problems=("binary", "multiclass"), unfit=_unfit)
