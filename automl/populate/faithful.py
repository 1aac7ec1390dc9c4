"""What makes a translation faithful: checks that learners and steps of preprocessing share.

Reasons name the parameter, not its value, so that equal reasons can be counted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence

from automl.populate.flows import Json

Version = tuple[int, int]
Defaults = Sequence[tuple[Version, Mapping[str, Json]]]
Fixed = Mapping[str, tuple[Json, ...]]


class Unfaithful(Exception):
    """What was published is none of our configurations; the text says why."""


def defaults_at(defaults: Defaults, version: Version) -> dict[str, Json]:
    """Give scikit-learn's defaults at a version.

    Parameters
    ----------
    defaults : sequence of (version, mapping)
        In order; each names what changed at its version.
    version : (int, int)

    Examples
    --------
    >>> defaults_at([((0, 0), {"n_estimators": 10}), ((0, 22), {"n_estimators": 100})], (0, 20))
    {'n_estimators': 10}
    """
    values: dict[str, Json] = {}
    for since, changed in defaults:
        if since <= version:
            values.update(changed)
    return values


def check(
    owner: str, given: Mapping[str, Json], *, known: Collection[str], fixed: Fixed, ignored: Collection[str]
) -> None:
    """Check the parameters that a translation does not read.

    Parameters
    ----------
    owner : str
        Class, for the reason.
    given : mapping of str to value
    known : collection of str
        What the translation reads.
    fixed : mapping of str to tuple
        The values that leave the model as ours is; the first is scikit-learn's default.
    ignored : collection of str
        What changes speed, output or seed, not the expected loss.

    Raises
    ------
    Unfaithful
        If one is not known at all, or has a value other than the fixed.
    """
    for name, value in given.items():
        if name in fixed:
            if not any(_same(value, allowed) for allowed in fixed[name]):
                raise Unfaithful(f"{name} of {owner} is other than {json.dumps(fixed[name][0])}, which ours has fixed")
        elif name not in known and name not in ignored:
            raise Unfaithful(f"{name} of {owner} is not known here")


def _same(value: Json, other: Json) -> bool:
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def number(parameters: Mapping[str, Json], name: str) -> float:
    """Read a finite number, or raise `Unfaithful`."""
    value = parameters.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfaithful(f"{name} is not a number")
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Unfaithful(f"{name} is not a finite number")
    return value


def integer(parameters: Mapping[str, Json], name: str) -> int:
    """Read a whole number, or raise `Unfaithful`; a share of rows such as 0.1 is none."""
    value = number(parameters, name)
    if value != int(value):
        raise Unfaithful(f"{name} is not a whole number")
    return int(value)


def real(parameters: Mapping[str, Json], name: str) -> float:
    """Read a number to the six significant digits that configurations of ours have, or raise `Unfaithful`."""
    return rounded(number(parameters, name))


def rounded(value: float) -> float:
    """Round to the six significant digits that configurations of ours have.

    Examples
    --------
    >>> rounded(1 / 3)
    0.333333
    """
    return float(f"{value:.6g}")


def word(parameters: Mapping[str, Json], name: str) -> str:
    """Read a word, or raise `Unfaithful`."""
    value = parameters.get(name)
    if not isinstance(value, str):
        raise Unfaithful(f"{name} is not a word")
    return value


def flag(parameters: Mapping[str, Json], name: str) -> bool:
    """Read true or false, or raise `Unfaithful`."""
    value = parameters.get(name)
    if not isinstance(value, bool):
        raise Unfaithful(f"{name} is neither true nor false")
    return value
