"""The algorithms of the joint search space, one file each."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

from automl.algorithms.base import Algorithm, FitContext, Learner
from automl.algorithms.catboost import CATBOOST
from automl.algorithms.discriminant import DISCRIMINANT
from automl.algorithms.extra_trees import EXTRA_TREES
from automl.algorithms.gaussian_process import GAUSSIAN_PROCESS
from automl.algorithms.kernel_ridge import KERNEL_RIDGE
from automl.algorithms.knn import KNN
from automl.algorithms.lightgbm import LIGHTGBM
from automl.algorithms.linear import LINEAR
from automl.algorithms.mlp import MLP
from automl.algorithms.mlp_plr import MLP_PLR
from automl.algorithms.naive_bayes import NAIVE_BAYES
from automl.algorithms.random_forest import RANDOM_FOREST
from automl.algorithms.svm import SVM
from automl.algorithms.xgboost import XGBOOST
from automl.space import Space
from automl.task import Problem, Shape

# The order is that in which defaults are tried: strong and fast first.
ALGORITHMS = MappingProxyType(
    {
        algorithm.name: algorithm
        for algorithm in (
            LIGHTGBM,
            LINEAR,
            EXTRA_TREES,
            KERNEL_RIDGE,
            CATBOOST,
            MLP_PLR,
            MLP,
            RANDOM_FOREST,
            SVM,
            XGBOOST,
            GAUSSIAN_PROCESS,
            KNN,
            DISCRIMINANT,
            NAIVE_BAYES,
        )
    }
)

__all__ = ["ALGORITHMS", "Algorithm", "FitContext", "Learner", "applicable", "full_space"]


def full_space(problem: Problem) -> Space:
    """Joint space of all algorithms for a kind of problem, whatever the table and whatever is installed.

    Examples
    --------
    >>> "naive_bayes" in full_space("regression").algorithms
    False
    """
    return Space({name: a.space(problem) for name, a in ALGORITHMS.items() if problem in a.problems})


def applicable(
    shape: Shape, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> tuple[dict[str, Algorithm], dict[str, str]]:
    """Choose the algorithms that can serve a table of this shape.

    Parameters
    ----------
    shape : Shape
    include : collection of str, optional
        Only these names.
    exclude : collection of str, optional
        All but these names.

    Returns
    -------
    chosen : dict of str to Algorithm
        In the order of `ALGORITHMS`; may be empty.
    left_out : dict of str to str
        The reason for each of the others.

    Examples
    --------
    >>> chosen, left_out = applicable(Shape("binary", 2, 100, 4, 0), include=["linear"])
    >>> list(chosen), left_out["lightgbm"]
    (['linear'], 'not in include')
    """
    chosen: dict[str, Algorithm] = {}
    left_out: dict[str, str] = {}
    for name, algorithm in ALGORITHMS.items():
        if include is not None and name not in include:
            left_out[name] = "not in include"
        elif name in (exclude or ()):
            left_out[name] = "in exclude"
        elif reason := algorithm.why_not(shape):
            left_out[name] = reason
        else:
            chosen[name] = algorithm
    return chosen, left_out
