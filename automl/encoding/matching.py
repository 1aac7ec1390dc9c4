"""Which column of a new table is which column of fit."""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt

_LOG = logging.getLogger(__name__)
_N_SHOWN = 5


def unique_names(names: list[str]) -> list[str]:
    """Tell columns of one name apart: the second "a" becomes "a.1".

    Examples
    --------
    >>> unique_names(["a", "b", "a", "a.1", "a"])
    ['a', 'b', 'a.2', 'a.1', 'a.3']
    """
    taken = set(names)
    seen: set[str] = set()
    unique = []
    for name in names:
        chosen, number = name, 0
        while chosen in seen or (number and chosen in taken):
            number += 1
            chosen = f"{name}.{number}"
        seen.add(chosen)
        unique.append(chosen)
    return unique


def match_columns(
    fitted: list[str] | None, given: list[str] | None, n_fitted: int, n_given: int, estimator_name: str
) -> npt.NDArray[np.int64]:
    """Find the place of every column of fit in a new table, shape (n_fitted,).

    By name where both tables have names (columns of one name in the order in which they stand), else by position.

    Raises
    ------
    ValueError
        Columns are missing, or there are more or fewer columns and no names to tell them by.

    Examples
    --------
    >>> match_columns(["a", "b"], ["b", "more", "a"], 2, 3, "Model").tolist()
    [2, 0]
    """
    if fitted is None or given is None or fitted == given:
        if n_given != n_fitted:
            raise ValueError(
                f"X has {n_given} features, but {estimator_name} is expecting {n_fitted} features as input."
            )
        return np.arange(n_fitted)
    place_of = {name: place for place, name in enumerate(unique_names(given))}
    wanted = unique_names(fitted)
    missing = [name for name in wanted if name not in place_of]
    if missing:
        unseen = [name for name in place_of if name not in set(wanted)]
        message = "The feature names should match those that were passed during fit.\n"
        if unseen:
            message += "Feature names unseen at fit time:\n" + _listed(unseen)
        raise ValueError(message + "Feature names seen at fit time, yet now missing:\n" + _listed(missing))
    if n_given > n_fitted:
        unseen = [name for name in place_of if name not in set(wanted)]
        _LOG.warning("columns that fit did not see are left out: %s", ", ".join(unseen[:_N_SHOWN]))
    return np.asarray([place_of[name] for name in wanted], dtype=np.int64)


def _listed(names: list[str]) -> str:
    shown = "".join(f"- {name}\n" for name in sorted(names)[:_N_SHOWN])
    return shown + ("- ...\n" if len(names) > _N_SHOWN else "")
