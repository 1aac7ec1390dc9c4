"""From finished folds to an ensemble: which trials are its members, with which weight and which labels."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.decision import tune_decision
from automl.ensemble.greedy import greedy_selection
from automl.folds import FoldResult
from automl.metrics import Metric
from automl.splits import SplitPlan
from automl.trial import Configuration, Fidelity

Array = npt.NDArray[Any]

# With fewer to choose from, more candidates are worth more than more folds to compare them on, ...
_ENOUGH_CANDIDATES = 4
# ... unless the folds that are left have too few rows to tell candidates apart.
_ENOUGH_ROWS = 1000
# Greedy weights fit the validation rows a little too well: this share goes evenly to the best few instead, two of an
# algorithm at most, as far as their loss is near that of the very best. Of 21 tables, chosen on half of the rows and
# scored on the other, better on 18.
_EVEN_SHARE, _EVEN_MOST, _EVEN_OF_ALGORITHM, _EVEN_WITHIN = 0.3, 5, 2, 2.0


@dataclass(frozen=True)
class Candidate:
    """A configuration with its finished folds at one row and iteration fidelity."""

    configuration: Configuration
    fidelity: Fidelity
    folds: dict[int, FoldResult]

    def loss_on(self, folds: frozenset[int]) -> float:
        """Mean loss of these folds, NaN where none defines it."""
        losses = [self.folds[f].loss for f in folds if not np.isnan(self.folds[f].loss)]
        return float(np.mean(losses)) if losses else float("nan")

    @property
    def loss(self) -> float:
        """Mean loss of the finished folds, NaN where none defines it."""
        return self.loss_on(frozenset(self.folds))

    @property
    def model_mb(self) -> float:
        """Size of all its fold models."""
        return sum(result.model_mb for result in self.folds.values())

    @property
    def predict_seconds(self) -> float:
        """Time that its fold models took on their validation rows."""
        return sum(result.predict_seconds for result in self.folds.values())


@dataclass(frozen=True)
class Member:
    """A chosen candidate and its weight."""

    candidate: Candidate
    weight: float


@dataclass(frozen=True)
class Selection:
    """An ensemble on paper.

    Parameters
    ----------
    members : tuple of Member
        Weights sum to 1.
    loss : float
        Of the averaged out-of-fold predictions, decision included; optimistic by the selection.
    decision : ndarray of shape (n_classes,) or None
        Factors on the probabilities before the most probable class is taken.
    """

    members: tuple[Member, ...]
    loss: float
    decision: Array | None

    @property
    def weights(self) -> dict[str, float]:
        """Weights of the members that are not stacked, by the identifiers of their configurations."""
        return {m.candidate.configuration.id: m.weight for m in self.members if not m.candidate.configuration.base}


@dataclass(frozen=True)
class Caps:
    """What the ensemble may cost.

    Parameters
    ----------
    max_draws : int
        Draws of the greedy selection.
    max_candidates, max_of_algorithm : int
        Best candidates that take part, in all and of one algorithm: an ensemble lives on variety.
    max_model_mb : float
        Size of all learners together.
    max_latency_s : float
        Sum of the members' prediction times on one fold's validation rows.
    """

    max_draws: int = 25
    max_candidates: int = 40
    max_of_algorithm: int = 10
    max_model_mb: float = 500.0
    max_latency_s: float = 20.0


class _Scorer:
    """Loss of a prediction on the stacked validation rows, as the mean over folds."""

    def __init__(self, metric: Metric, plan: SplitPlan, y: Array, weight: Array | None, folds: Sequence[int]):
        rows = [plan.folds[fold][1] for fold in folds]
        ends = np.cumsum([len(r) for r in rows])
        self.slices = [slice(end - len(r), end) for end, r in zip(ends, rows, strict=True)]
        self.metric = metric
        self.y = [y[r] for r in rows]
        self.weight = [None if weight is None else weight[r] for r in rows]

    def __call__(self, prediction: Array) -> float:
        losses = [
            self.metric.loss(y, prediction[part], weight)
            for y, weight, part in zip(self.y, self.weight, self.slices, strict=True)
        ]
        defined = [loss for loss in losses if not np.isnan(loss)]
        return float(np.mean(defined)) if defined else float("nan")


def select_ensemble(
    candidates: Sequence[Candidate],
    *,
    metric: Metric,
    plan: SplitPlan,
    y: Array,
    sample_weight: Array | None = None,
    caps: Caps | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Selection | None:
    """Choose members and weights by greedy selection over out-of-fold predictions, shrunk towards the best few.

    Candidates are compared on folds that all of them finished: as many as leave a choice of candidates.

    Parameters
    ----------
    candidates : sequence of Candidate
    metric, plan, y, sample_weight
        As in the evaluation.
    caps : Caps or None
    stop : callable
        Asked often; once true, the best selection so far is taken.

    Returns
    -------
    Selection or None
        None when no candidate has a finished fold with a finite loss.
    """
    caps = caps or Caps()
    pool = [c for c in candidates if c.folds and np.isfinite(c.loss)]
    if not pool:
        return None
    common = _common_folds(pool, [len(valid) for _, valid in plan.folds])
    pool = [c for c in pool if common <= set(c.folds) and np.isfinite(c.loss_on(common))]
    pool = sorted(pool, key=lambda c: (c.loss_on(common), c.configuration.id))
    pool = _affordable(_various(pool, common, caps.max_of_algorithm), caps)
    scorer = _Scorer(metric, plan, y, sample_weight, sorted(common))
    stacked = [np.concatenate([c.folds[f].prediction for f in sorted(common)]).astype(np.float64) for c in pool]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decision = tune_decision(stacked[0], scorer, stop=stop) if metric.tunes_decision else None
        weights = greedy_selection(
            stacked,
            scorer if decision is None else lambda p: scorer(p * decision),
            max_draws=caps.max_draws,
            stop=stop,
        )
        if metric.best is not None and not stop():
            weights = _evened(weights, pool, common, caps.max_draws)
        mean = sum(w * p for w, p in zip(weights, stacked, strict=True) if w > 0)
        if metric.tunes_decision and not stop():
            decision = tune_decision(mean, scorer, stop=stop)
        loss = scorer(mean if decision is None else mean * decision)
    members = tuple(Member(c, float(w)) for c, w in zip(pool, weights, strict=True) if w > 0)
    return Selection(members, loss, decision)


def _common_folds(pool: Sequence[Candidate], fold_rows: Sequence[int]) -> frozenset[int]:
    """Folds on which candidates are compared: all if enough finished them, else fewer, as long as rows suffice."""

    def count(folds: frozenset[int]) -> int:
        return sum(folds <= set(c.folds) and bool(np.isfinite(c.loss_on(folds))) for c in pool)

    enough = min(_ENOUGH_CANDIDATES, len(pool))
    for n in range(len(fold_rows), 0, -1):
        first = frozenset(range(n))
        found = count(first)
        if found >= enough or (found and sum(fold_rows[: n - 1]) < _ENOUGH_ROWS):
            return _without_losing_the_best(pool, first)
    return max((frozenset(c.folds) for c in pool), key=count)


def _without_losing_the_best(pool: Sequence[Candidate], folds: frozenset[int]) -> frozenset[int]:
    """Fewer folds, if a candidate that was cut off beats on each of its folds, two at least, all that have `folds`."""
    whole = [c for c in pool if folds <= set(c.folds)]
    for n in range(len(folds) - 1, 1, -1):
        first = range(n)
        partial = [c for c in pool if set(first) <= set(c.folds) and not folds <= set(c.folds)]
        best = [min(c.folds[fold].loss for c in whole) for fold in first]
        if any(all(c.folds[fold].loss < best[fold] for fold in first) for c in partial):
            return frozenset(first)
    return folds


def _evened(weights: Array, best_first: Sequence[Candidate], folds: frozenset[int], max_members: int) -> Array:
    """Give a share of the weight evenly to the best few."""
    members = set(np.flatnonzero(weights).tolist())
    limit = _EVEN_WITHIN * best_first[0].loss_on(folds)
    counts: Counter[str] = Counter()
    even = np.zeros(len(weights))
    for place, each in enumerate(best_first):
        name = each.configuration.algorithm
        if each.loss_on(folds) > limit or counts.total() == _EVEN_MOST:
            break
        if counts[name] < _EVEN_OF_ALGORITHM and len(members | {place}) <= max_members:
            counts[name] += 1
            members.add(place)
            even[place] = 1.0
    return weights if not even.any() else (1 - _EVEN_SHARE) * weights + _EVEN_SHARE * even / even.sum()


def without_twins(losses: Sequence[tuple[float, ...]], most: int) -> list[int]:
    """Positions of the first few, of those that lose the same on every fold the first alone.

    Examples
    --------
    >>> without_twins([(0.1, 0.2), (0.1, 0.2), (0.2, 0.2), (0.3, 0.3)], 2)
    [0, 2]
    """
    kept: dict[bytes, int] = {}
    for place, each in enumerate(losses):
        if len(kept) < most:
            kept.setdefault(np.array(each).tobytes(), place)  # as bytes, NaN equals NaN
    return list(kept.values())


def _various(best_first: Sequence[Candidate], folds: frozenset[int], most: int) -> list[Candidate]:
    """Leave out twins, and all but the best few of each algorithm."""
    places: dict[tuple[str, bool], list[int]] = {}
    for place, each in enumerate(best_first):
        places.setdefault((each.configuration.algorithm, bool(each.configuration.base)), []).append(place)
    kept: list[int] = []
    for own in places.values():
        losses = [tuple(best_first[place].folds[fold].loss for fold in sorted(folds)) for place in own]
        kept += [own[i] for i in without_twins(losses, most)]
    return [best_first[place] for place in sorted(kept)]


def _affordable(pool: list[Candidate], caps: Caps) -> list[Candidate]:
    """Keep the best candidates whose learners together stay under the caps; the best one always stays."""
    kept, mb, seconds = pool[:1], pool[0].model_mb, pool[0].predict_seconds
    for candidate in pool[1 : caps.max_candidates]:
        if mb + candidate.model_mb > caps.max_model_mb or seconds + candidate.predict_seconds > caps.max_latency_s:
            continue
        kept.append(candidate)
        mb += candidate.model_mb
        seconds += candidate.predict_seconds
    return kept
