"""What an algorithm is: one declaration, one learner, one file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace

from automl.table import Table
from automl.task import PROBLEMS, Problem, Shape
from automl.trial import Value

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FitContext:
    """What a learner is told beside the rows.

    Parameters
    ----------
    iterations : float
        Share in (0, 1] of the full number of iterations (the fidelity axis of iterative learners).
    deadline : float or None
        `time.monotonic` moment after which an iterative learner stops and keeps what it has.
    valid : tuple of Table and ndarray, or None
        Validation rows for early stopping.
    """

    iterations: float = 1.0
    deadline: float | None = None
    valid: tuple[Table, Array] | None = None


class Learner(Protocol):
    """A model in the making; picklable before and after `fit`."""

    def fit(self, X: Table, y: Array, sample_weight: Array | None, context: FitContext) -> None:
        """Train on rows of a table; y holds class codes (int64) or targets (float64)."""

    def predict(self, X: Table) -> Array:
        """Predict, shape (n_rows,) for regression, (n_rows, n_classes) probabilities else."""


@dataclass(frozen=True)
class Algorithm:
    """One algorithm of the joint search space.

    Parameters
    ----------
    name : str
    space : callable
        problem -> ConfigurationSpace of this algorithm and its preprocessing. The names, ranges and defaults must
        depend on nothing else, so that past configurations stay valid.
    build : callable
        (values, shape, seed) -> Learner with a single thread.
    problems : tuple of str
    iterative : bool
        Whether `FitContext.iterations` shortens training.
    unfit : callable
        Shape -> reason why this algorithm is left out (too large, sparse, weights...), or None.
    requires : str or None
        Import name of an optional package.
    """

    name: str
    space: Callable[[Problem], ConfigurationSpace]
    build: Callable[[Mapping[str, Value], Shape, int], Learner]
    problems: tuple[Problem, ...] = PROBLEMS
    iterative: bool = False
    unfit: Callable[[Shape], str | None] = lambda shape: None
    requires: str | None = None

    def why_not(self, shape: Shape) -> str | None:
        """Reason why the algorithm cannot serve a table of this shape, or None."""
        if shape.problem not in self.problems:
            return f"{self.name} does not do {shape.problem}"
        if self.requires is not None and find_spec(self.requires) is None:
            return f"{self.name} needs the package {self.requires}"
        return self.unfit(shape)


def full_probabilities(probabilities: Array, classes: Array, n_classes: int) -> Array:
    """Spread predicted probabilities over all classes; classes unseen in training get 0.

    Examples
    --------
    >>> full_probabilities(np.array([[0.3, 0.7]]), np.array([0, 2]), 3).tolist()
    [[0.3, 0.0, 0.7]]
    """
    if probabilities.shape[1] == n_classes:
        return probabilities
    full = np.zeros((probabilities.shape[0], n_classes))
    full[:, classes.astype(np.intp)] = probabilities
    return full
