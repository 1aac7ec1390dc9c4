"""The question and the answer of a search: Configuration, Fidelity, Trial, Outcome."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Value = bool | int | float | str


@dataclass(frozen=True, eq=False)
class Configuration:
    """An algorithm and the values of its hyperparameters.

    Parameters
    ----------
    algorithm : str
        Name in the list of algorithms.
    values : mapping of str to bool, int, float or str
        Only active hyperparameters; copied and read-only from then on.
    base : tuple of str
        Identifiers of configurations whose out-of-fold predictions the learner sees as further columns: of one that is
        stacked on others. What a search proposes has none.

    Examples
    --------
    >>> a = Configuration("knn", {"n_neighbors": 5, "weights": "distance"})
    >>> b = Configuration("knn", {"weights": "distance", "n_neighbors": 5})
    >>> a == b, a.id == b.id, len(a.id)
    (True, True, 16)
    """

    algorithm: str
    values: Mapping[str, Value]
    base: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ordered = dict(sorted(self.values.items()))
        object.__setattr__(self, "values", MappingProxyType(ordered))

    @cached_property
    def canonical_json(self) -> str:
        """JSON with sorted keys and no spaces, equal for equal configurations."""
        told = [self.algorithm, dict(self.values), *([list(self.base)] if self.base else [])]
        return json.dumps(told, sort_keys=True, separators=(",", ":"))

    @cached_property
    def id(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of `canonical_json`."""
        return hashlib.sha256(self.canonical_json.encode()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self.canonical_json == other.canonical_json

    def __hash__(self) -> int:
        return hash(self.canonical_json)

    def __reduce__(self) -> tuple[type[Configuration], tuple[str, dict[str, Value], tuple[str, ...]]]:
        return Configuration, (self.algorithm, dict(self.values), self.base)


@dataclass(frozen=True, order=True)
class Fidelity:
    """How much of the full evaluation a trial asks for.

    Parameters
    ----------
    folds : int
        The first `folds` folds of the split plan.
    iterations : float
        Share in (0, 1] of an iterative learner's iterations.
    rows : float
        Share in (0, 1] of each fold's training rows.
    """

    folds: int
    iterations: float = 1.0
    rows: float = 1.0

    def __post_init__(self) -> None:
        if self.folds < 1 or not 0 < self.iterations <= 1 or not 0 < self.rows <= 1:
            raise ValueError(f"fidelity needs folds >= 1 and shares in (0, 1], got {self}")


@dataclass(frozen=True)
class Trial:
    """A question to the executor: evaluate this configuration at this fidelity.

    Parameters
    ----------
    number : int
        Position in the order of asking, from 0.
    configuration : Configuration
    fidelity : Fidelity
    seed : int
        Seeds the learner; equal seeds give equal outcomes.
    origin : str
        Why it was asked: ``"default"``, ``"warm"``, ``"model"``, ``"random"``, ``"promotion"``, ``"stacked"`` or
        ``"resumed"``.
    columns : ndarray of float32, shape (n_rows, n_columns), or None
        Further numeric columns of the table, for a configuration that is stacked on others.
    fold : int or None
        Of the folds of the fidelity this one only: the trial is a part of another.
    """

    number: int
    configuration: Configuration
    fidelity: Fidelity
    seed: int
    origin: str = "random"
    columns: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    fold: int | None = None

    @property
    def folds(self) -> range:
        """The folds that it asks for."""
        return range(self.fidelity.folds) if self.fold is None else range(self.fold, self.fold + 1)


class Status(StrEnum):
    """How a trial ended."""

    OK = "ok"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"
    INVALID = "invalid"


@dataclass(frozen=True)
class Outcome:
    """The answer to a trial. Failure is a value of `status`, never an exception.

    Parameters
    ----------
    status : Status
    loss : float
        Minimised; the mean over the asked folds. Finite if and only if `status` is ok, else NaN.
    seconds : float
        Wall clock of the whole trial; of its folds together where they ran side by side.
    peak_mb : float
        Highest resident memory of the worker, 0 where unknown.
    fold_losses : tuple of float
        Losses in fold order up to the last fold that finished, kept whatever the status; NaN where one before it did
        not, or where a fold's rows leave the metric undefined.
    metrics : mapping of str to float
        Scores by other metrics, mean over the finished folds.
    fit_seconds, predict_seconds : float
        Sum over the finished folds.
    error : str or None
        What went wrong, with the exception's type; None if ok.
    """

    status: Status
    loss: float
    seconds: float
    peak_mb: float = 0.0
    fold_losses: tuple[float, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    error: str | None = None

    def __post_init__(self) -> None:
        if (self.status is Status.OK) != math.isfinite(self.loss):
            raise ValueError(f"loss must be finite exactly when status is ok, got {self.status} and {self.loss}")

    @property
    def ranked_loss(self) -> float:
        """The loss, infinite after a failure."""
        return self.loss if self.ok else math.inf

    def __eq__(self, other: object) -> bool:
        """Whether all is equal; the losses of two failures, NaN both, are."""
        if not isinstance(other, Outcome):
            return NotImplemented
        mine, theirs = ([vars(o)[f.name] for f in fields(o) if f.name != "loss"] for o in (self, other))
        return mine == theirs and (self.loss == other.loss or not self.ok)

    @property
    def ok(self) -> bool:
        """Whether the trial finished with a finite loss."""
        return self.status is Status.OK

    def after(self, folds: int) -> Outcome:
        """Give what a trial of the first so many folds would have given, at the folds' mean seconds.

        Where they gave no loss, that is this outcome itself.

        Examples
        --------
        >>> cut_off = Outcome.failed(Status.TIMEOUT, "2 folds", 6.0, fold_losses=(0.2, 0.4))
        >>> cut_off.after(1).loss, cut_off.after(1).seconds, cut_off.after(3).ok
        (0.2, 3.0, False)
        """
        losses = self.fold_losses[:folds]
        if len(losses) < folds or not all(map(math.isfinite, losses)):
            return self
        share = folds / len(self.fold_losses)
        return Outcome(Status.OK, math.fsum(losses) / folds, share * self.seconds, self.peak_mb, losses)

    @classmethod
    def failed(cls, status: Status, error: str, seconds: float, **known: object) -> Outcome:
        """Build an outcome of a trial that gave no loss.

        Examples
        --------
        >>> Outcome.failed(Status.CRASH, "ValueError: no", 0.5).ok
        False
        """
        return cls(status, math.nan, seconds, error=error, **known)  # type: ignore[arg-type]
