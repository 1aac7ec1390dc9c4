"""Random forest (Breiman 2001, Machine Learning 45)."""

from __future__ import annotations

from ConfigSpace import ConfigurationSpace

from automl.algorithms.base import Algorithm
from automl.algorithms.forest import Forest, forest_space, too_large
from automl.task import Problem


def _space(problem: Problem) -> ConfigurationSpace:
    return forest_space(problem, bootstrap="yes")


RANDOM_FOREST = Algorithm("random_forest", _space, Forest, iterative=True, unfit=too_large)
