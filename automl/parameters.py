"""Constructor parameters: checked at the start of fit, with an error that names the parameter and the remedy."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from automl.algorithms import ALGORITHMS
from knowledge_base import KnowledgeBase


def check_parameters(values: dict[str, Any]) -> None:
    """Check the parameters of an estimator.

    Raises
    ------
    ValueError
        If a value is out of range or unknown.
    TypeError
        If a value is of the wrong type.

    Examples
    --------
    >>> good = dict(time_budget=60, max_trials=None, n_jobs=-1, memory_limit_mb=None, ensemble_size=25,
    ...             include=None, exclude=["svm"], verbose=0, warm_start=True, record=True, random_state=None,
    ...             knowledge_base="default")
    >>> check_parameters(good)
    >>> check_parameters({**good, "time_budget": -1})
    Traceback (most recent call last):
    ...
    ValueError: time_budget must be a positive number of seconds or None, got -1
    """
    _check_number(values, "time_budget", "a positive number of seconds or None", above=0, or_none=True)
    _check_number(values, "max_trials", "a positive whole number or None", above=0, whole=True, or_none=True)
    if values["time_budget"] is None and values["max_trials"] is None:
        raise ValueError("time_budget and max_trials are both None; give at least one, or the fit would never end")
    _check_number(values, "memory_limit_mb", "a number of megabytes above 100 or None", above=100, or_none=True)
    _check_number(values, "ensemble_size", "a positive whole number", above=0, whole=True)
    _check_number(values, "verbose", "0, 1 or 2", above=-1, whole=True)
    n_jobs = values["n_jobs"]
    if n_jobs is not None and (not _is_whole(n_jobs) or n_jobs == 0):
        raise ValueError(f"n_jobs must be a whole number other than 0 (-1 for all cores) or None, got {n_jobs!r}")
    for name in ("warm_start", "record"):
        if not isinstance(values[name], bool | np.bool_):
            raise TypeError(f"{name} must be True or False, got {values[name]!r}")
    for name in ("include", "exclude"):
        _check_names(name, values[name])
    if not isinstance(values["knowledge_base"], str | os.PathLike | KnowledgeBase | None):
        wanted = "'default', a path, a KnowledgeBase or None"
        raise TypeError(f"knowledge_base must be {wanted}, got {values['knowledge_base']!r}")
    try:
        check_random_state(values["random_state"])
    except ValueError as error:
        wanted = "a whole number not below 0, a numpy RandomState or None"
        raise ValueError(f"random_state must be {wanted}, got {values['random_state']!r}") from error


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _check_number(
    values: dict[str, Any],
    name: str,
    wanted: str,
    *,
    above: float,
    whole: bool = False,
    or_none: bool = False,
) -> None:
    value = values[name]
    if value is None and or_none:
        return
    is_number = _is_whole(value) if whole else isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or math.isinf(value) or not value > above:
        raise ValueError(f"{name} must be {wanted}, got {value!r}")


def _check_names(name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        raise TypeError(f"{name} must be a list of algorithm names or None, got {value!r}")
    unknown = sorted(set(value) - set(ALGORITHMS))
    if unknown or (name == "include" and not value):
        what = f"unknown algorithm {unknown[0]!r}" if unknown else "no algorithm"
        raise ValueError(f"{name} names {what}; choose from {', '.join(sorted(ALGORITHMS))}")
