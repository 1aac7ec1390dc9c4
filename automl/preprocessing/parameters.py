"""The hyperparameters of preprocessing, declared once for every algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, InCondition, Integer

from automl.task import Problem


@dataclass(frozen=True)
class Steps:
    """The preprocessing that an algorithm offers; the first value of each step is its default.

    A step with no value is not part of the algorithm's space and is left out of its matrix.

    Parameters
    ----------
    encoding : tuple of {"onehot", "target", "ordinal", "native"}
        Category codes to numbers. ``native`` keeps codes for a learner that splits on categories itself.
    imputation : tuple of {"median", "mean", "most_frequent", "median_indicator", "native"}
        ``median_indicator`` appends a column that marks the missing; ``native`` leaves NaN to the learner.
    scaling : tuple of {"standard", "robust", "quantile", "minmax"}
    selection : tuple of {"none", "f_score", "variance"}
    balancing : tuple of {"none", "weights"}
        Classification only: ``weights`` gives each class the same total weight.
    target : tuple of {"standard", "log", "quantile"}
        Regression only: the transformation of the target.
    """

    encoding: tuple[str, ...] = ("onehot", "target", "ordinal")
    imputation: tuple[str, ...] = ("median", "mean", "most_frequent", "median_indicator")
    scaling: tuple[str, ...] = ()
    selection: tuple[str, ...] = ()
    balancing: tuple[str, ...] = ("none", "weights")
    target: tuple[str, ...] = ()


def space_of(
    problem: Problem, steps: Steps, hyperparameters: Sequence[Any], conditions: Sequence[Any] = ()
) -> ConfigurationSpace:
    """Join an algorithm's own hyperparameters with those of its preprocessing.

    Parameters
    ----------
    problem : {"binary", "multiclass", "regression"}
    steps : Steps
    hyperparameters, conditions : sequence of ConfigSpace objects
        The algorithm's own.

    Examples
    --------
    >>> space = space_of("regression", Steps(target=("standard", "log")), [Float("alpha", (0.1, 10.0), log=True)])
    >>> sorted(space)
    ['alpha', 'encoding', 'imputation', 'onehot_limit', 'target']
    """
    space = ConfigurationSpace()
    space.add(list(hyperparameters))
    space.add(list(conditions))
    offered = {"encoding": steps.encoding, "imputation": steps.imputation, "scaling": steps.scaling}
    offered["selection"] = steps.selection
    if problem == "regression":
        offered["target"] = steps.target
    else:
        offered["balancing"] = steps.balancing
    for name, values in offered.items():
        if values:
            space.add(Categorical(name, values, default=values[0]))
    if "onehot" in steps.encoding:
        # Columns past 50 are mostly rare categories, which the target encoding of wide columns carries.
        limit = Integer("onehot_limit", (4, 50), log=True, default=20)
        space.add(limit, EqualsCondition(limit, space["encoding"], "onehot"))
    if len(steps.selection) > 1:
        share = Float("selection_share", (0.05, 0.95), default=0.5)
        chosen = [value for value in steps.selection if value != "none"]
        space.add(share, InCondition(share, space["selection"], chosen))
    return space
