"""From a table to its meta-features."""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from metafeatures.feature import Feature, UndefinedError
from metafeatures.intermediates import Intermediates
from metafeatures.registry import VERSION, full_names, select
from metafeatures.result import MetaFeatures
from metafeatures.sampling import RowLimits
from metafeatures.summaries import DEFAULT_SUMMARIES, summarise
from metafeatures.tabular import make_table

logger = logging.getLogger(__name__)


def extract(
    X: Any,
    y: ArrayLike,
    *,
    categorical: ArrayLike | None = None,
    task: str = "auto",
    groups: str | Iterable[str] | None = "core",
    summaries: Iterable[str] = DEFAULT_SUMMARIES,
    time_limit_s: float | None = None,
    row_limits: RowLimits | None = None,
    random_state: int = 0,
) -> MetaFeatures:
    """Compute meta-features of a table.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        Numbers, dates, durations and nullable numbers are numeric columns; text, categories and booleans are
        categorical. With `categorical`, the numeric block alone, NaN for missing, used without a copy.
    y : array-like of shape (n_rows,)
        Labels of any kind, or numbers. Rows without a target are left out.
    categorical : array-like of shape (n_rows, n_categorical), int32, optional
        Codes of the categorical columns from 0, -1 for missing.
    task : {"auto", "binary", "multiclass", "regression"}
        "auto" takes numbers with fractions, or with more than 30 distinct values, for regression.
    groups : "core", "all", name or sequence of names
        Groups of meta-features, see `describe`. "core" is the set that tasks are compared by.
    summaries : sequence of str
        Summaries of array-valued meta-features; the core set has its own.
    time_limit_s : float, optional
        Seconds of wall clock. Groups come in order of worth per second; a meta-feature that is not begun at the
        limit, or that is still fitting models, is missing with that reason. With the default row limits one step
        takes at most about a second.
    row_limits : RowLimits, optional
        Most rows that each kind of work looks at.
    random_state : int
        Seed, not negative.

    Returns
    -------
    MetaFeatures
        Each name of ``names(groups, summaries)`` is in `values` or, with a reason, in `missing`.

    Raises
    ------
    ValueError
        If X and y do not make a table: no rows, different lengths, no target; or if an option is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 3))
    >>> result = extract(X, X[:, 0] > 0)
    >>> result.values["n_rows"], result.missing["target_autocorrelation"]
    (100.0, 'defined for regression only')
    """
    started = time.perf_counter()
    selected = select(groups, summaries)
    deadline = math.inf if time_limit_s is None else started + time_limit_s
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    seconds: dict[str, float] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        table = make_table(X, y, categorical=categorical, task=task)
        shared = Intermediates(table, row_limits or RowLimits(), random_state, deadline)
        for group, features in selected.items():
            begun = time.perf_counter()
            for feature, chosen in features:
                if time.perf_counter() >= deadline:
                    missing |= dict.fromkeys(full_names(feature, chosen), "time limit")
                    continue
                found, reasons = _compute(feature, chosen, shared)
                values |= found
                missing |= reasons
            seconds[group] = time.perf_counter() - begun
    return MetaFeatures(values, missing, seconds, VERSION)


def _compute(feature: Feature, summaries: list[str], shared: Intermediates) -> tuple[dict[str, float], dict[str, str]]:
    """Values and reasons for the missing ones of one meta-feature."""
    names = full_names(feature, summaries)
    reason = feature.unmet(shared)
    if reason is not None:
        return {}, dict.fromkeys(names, reason)
    try:
        result = shared.once(feature.compute)
    except UndefinedError as error:
        return {}, dict.fromkeys(names, str(error))
    except np.linalg.LinAlgError:
        return {}, dict.fromkeys(names, "the linear algebra did not converge")
    except MemoryError:
        return {}, dict.fromkeys(names, "not enough memory")
    except (ArithmeticError, ValueError, IndexError) as error:
        logger.warning("%s failed: %s", feature.name, error, exc_info=True)
        return {}, dict.fromkeys(names, f"failed: {error}")
    if feature.per == "table":
        found = {feature.name: float(result)}
        reason = "not finite"
    else:
        array = np.asarray(result, dtype=np.float64)
        found = {f"{feature.name}.{suffix}": value for suffix, value in summarise(array, summaries).items()}
        reason = "too few defined values"
    values = {name: value for name, value in found.items() if math.isfinite(value)}
    return values, {name: reason for name in names if name not in values}
