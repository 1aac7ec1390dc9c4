"""Extremely randomised trees (Geurts, Ernst and Wehenkel 2006, Machine Learning 63)."""

from __future__ import annotations

from ConfigSpace import ConfigurationSpace

from automl.algorithms.base import Algorithm
from automl.algorithms.forest import ExtraForest, forest_space, too_large
from automl.task import Problem


def _space(problem: Problem) -> ConfigurationSpace:
    return forest_space(problem, bootstrap="no")


EXTRA_TREES = Algorithm("extra_trees", _space, ExtraForest, iterative=True, unfit=too_large)
