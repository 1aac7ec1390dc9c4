"""What a fit and its sites on Dask workers say to each other."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple, Protocol, runtime_checkable

from automl.folds import FoldResult, FoldStore
from automl.trial import Outcome, Trial

# Models travel as pickles, which other versions may not read, and equal trials are to have equal outcomes.
_SAME_VERSIONS = ("precedent-automl", "numpy", "scipy", "pandas", "scikit-learn", "lightgbm", "xgboost", "catboost")


@runtime_checkable
class KeepsFolds(Protocol):
    """An evaluator that keeps finished folds, and observes a moment of this machine's clock."""

    store: FoldStore | None
    end: float | None


class SiteSettings(NamedTuple):
    """How trials run on every worker; `memory_limit_mb` None takes the worker's own."""

    memory_limit_mb: float | None
    grace_s: float
    preload: Sequence[str]
    versions: Mapping[str, str]


class Errand(NamedTuple):
    """A trial on its way to a worker, with the folds that are finished already."""

    ticket: int
    trial: Trial
    time_limit_s: float | None
    finished: Mapping[int, FoldResult]


class Answer(NamedTuple):
    """An outcome on its way home, with the folds that finished there: result and pickled learner."""

    outcome: Outcome
    folds: Mapping[int, tuple[FoldResult, bytes]]


def versions() -> dict[str, str]:
    """Versions here of what outcomes and pickled learners depend on; what is not installed is left out."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in _SAME_VERSIONS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
