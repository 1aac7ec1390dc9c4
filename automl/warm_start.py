"""Warm start: from the meta-features of a table to the configurations that a search tries first."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from automl.recording import TaskRow, configuration_of, fidelity_of
from automl.search import Search
from automl.space import Space
from automl.trial import Configuration, Fidelity, Outcome, Status
from knowledge_base import KnowledgeBase
from portfolios import build, predict_seconds, scaled_losses

logger = logging.getLogger(__name__)

# Tasks that have a say. What one at distance d says weighs (d + 0.02) ** -3, beside a fifth that all share alike:
# among other powers, kernels and shares these were as good as any, replayed on 127 tables, each left out with its
# relatives. A half of the same table, at 0.06, weighs as much as 40 tables at 0.3.
NEIGHBOURS = 50
_NEAREST, _POWER, _SHARED = 0.02, 3, 0.2
# What a task within this distance tried teaches the surrogate.
TRUSTED = 0.12
MAX_STARTS = 16
# An ensemble lives on variety.
PER_ALGORITHM = 4
MAX_FAVOURED = 5
# So many starts come before the defaults of algorithms that no past task has tried.
_BEFORE_UNTRIED = 2
# Of the time budget: where one fold is expected to take more, a configuration is not begun; the favoured together take
# no more than that of all workers.
_LONGEST, _FAVOURED = 0.5, 0.25
_COLUMNS = ["task_id", "name", "distance", "n_rows", "n_features", "weight"]
_SIZES = ["n_rows", "n_features", "n_classes"]


@dataclass(frozen=True)
class Experience:
    """What a fit took from past tasks.

    Parameters
    ----------
    starts : tuple of Configuration
        To be tried first, in this order.
    favoured : tuple of Configuration
        Those of them that climb to all folds whatever their first look.
    searches : tuple of Search
        What was tried on trusted tasks of late, and how all tasks together see what many of them tried.
    tasks : DataFrame
        The past tasks that tried some of them: task_id, name, distance, n_rows, n_features, weight (their sum is 1).
    tried : frozenset of str
        Algorithms that some of all past tasks have tried.
    n_outdated : int
        Configurations that would be among the starts, but do not fit the space of this fit.
    """

    starts: tuple[Configuration, ...] = ()
    favoured: tuple[Configuration, ...] = ()
    searches: tuple[Search, ...] = ()
    tasks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    tried: frozenset[str] = frozenset()
    n_outdated: int = 0

    @property
    def known(self) -> frozenset[str]:
        """Algorithms that need no default trial: among the starts, or tried on trusted tasks without one success.

        An algorithm that did badly there is tried all the same: a first look is cheap, and may have erred.
        """
        tried = [trial for search in self.searches for trial in search]
        hopeless = {c.algorithm for c, _, _ in tried} - {c.algorithm for c, _, outcome in tried if outcome.ok}
        return frozenset(hopeless | {start.algorithm for start in self.starts})

    def before(self, space: Space) -> list[Configuration]:
        """What a search tries before it proposes anything itself.

        The starts, with the defaults of algorithms that no past task has tried among the first; last the defaults of
        those that were tried, but gave no start.
        """
        left = {name: space.default(name) for name in space.algorithms if name not in self.known}
        untried = [default for name, default in left.items() if name not in self.tried]
        others = [default for name, default in left.items() if name in self.tried]
        return [*self.starts[:_BEFORE_UNTRIED], *untried, *self.starts[_BEFORE_UNTRIED:], *others]


@dataclass(frozen=True)
class _Memory:
    """What the store says of the nearest tasks: they, their losses and seconds by configuration, and what those are."""

    near: pd.DataFrame
    losses: pd.DataFrame
    seconds: pd.DataFrame
    configurations: Mapping[str, Configuration]
    latest: pd.DataFrame


def recall(
    knowledge_base: KnowledgeBase | None,
    row: TaskRow,
    space: Space,
    *,
    time_budget: float | None = None,
    n_workers: int = 1,
) -> Experience:
    """Build a portfolio for this table: configurations of which one at least did well on each past task.

    The nearer a task, the more it counts. The table's own results, recognised by content hash, never take part. A
    store that cannot be read is reported and gives no experience.

    Parameters
    ----------
    knowledge_base : KnowledgeBase or None
    row : TaskRow
        The task of this fit.
    space : Space
    time_budget : float or None
        Seconds of the fit. With it, what is quick comes sooner and what is too slow not at all; without, the seconds
        of past trials influence nothing.
    n_workers : int

    Returns
    -------
    Experience
    """
    if knowledge_base is None:
        return Experience()
    try:
        memory = _read(knowledge_base, row)
    except Exception as error:  # whatever is wrong with a store, the fit goes on
        logger.warning("past experience cannot be read: %s", error)
        return Experience()
    searches = _searches(memory.latest, space)
    if memory.losses.empty:
        return Experience(searches=searches)
    weights = _weights(memory.near).reindex(memory.losses.index)
    seconds = None if time_budget is None else _expected_seconds(memory, row)
    losses = memory.losses
    if seconds is not None and time_budget is not None:
        losses = losses.loc[:, seconds.reindex(losses.columns) / row.task.n_folds <= _LONGEST * time_budget]
    starts, n_outdated = _portfolio(losses, weights, seconds, memory.configurations, space)
    favoured = starts[:MAX_FAVOURED]
    if seconds is not None and time_budget is not None:
        spent = np.cumsum([seconds[start.id] for start in favoured])
        favoured = favoured[: max(1, int((spent <= _FAVOURED * time_budget * n_workers).sum()))]
    if n_outdated:
        logger.info("%d past configurations do not fit the search space of this fit", n_outdated)
    pooled = _pooled(memory, weights, space)
    tried = frozenset(configuration.algorithm for configuration in memory.configurations.values())
    return Experience(starts, favoured, (*searches, *pooled), _heard(memory, weights, starts), tried, n_outdated)


def _read(knowledge_base: KnowledgeBase, row: TaskRow) -> _Memory:
    with knowledge_base.snapshot() as view:  # one opening of the store for all questions
        near = view.nearest_tasks(
            dict(row.metafeatures),
            task_type=row.task.problem,
            k=NEIGHBOURS,
            exclude_content=(row.content_hash,),
            metafeatures_version=row.metafeatures_version,
        )
        of_these: dict[str, Any] = {
            "task_type": row.task.problem, "metric": row.task.metric, "task_ids": list(near["task_id"]),
            "or_recorded": True,
        }  # fmt: skip
        losses, seconds = view.loss_matrix(**of_these), view.runtime_matrix(**of_these)
        known = view.configurations(list(losses.columns))
        trusted = near.loc[near["distance"] <= TRUSTED, "task_id"]
        latest = view.latest_outcomes(list(trusted), metric=row.task.metric)
    rows = known.to_dict("records")
    return _Memory(near, losses, seconds, {each["configuration_id"]: configuration_of(each) for each in rows}, latest)


def _weights(near: pd.DataFrame) -> pd.Series:
    """What each task's say weighs, by task_id; they sum to 1."""
    says = (near["distance"].to_numpy(dtype=np.float64) + _NEAREST) ** -_POWER
    weights = (1 - _SHARED) * says / says.sum() + _SHARED / len(says)
    return pd.Series(weights, index=near["task_id"])


def _expected_seconds(memory: _Memory, row: TaskRow) -> pd.Series:
    """Seconds of each configuration on a table of this size."""
    sizes = memory.near.set_index("task_id")[_SIZES].astype("float64").clip(lower=1.0)
    shape = row.shape
    size = pd.Series([shape.n_rows, shape.n_numeric + shape.n_categorical, shape.n_classes], _SIZES, dtype="float64")
    algorithms = pd.Series({name: c.algorithm for name, c in memory.configurations.items()})
    expected = predict_seconds(memory.seconds, sizes, size.clip(lower=1.0), algorithms)
    return expected.fillna(expected.median()).fillna(1.0)


def _portfolio(
    losses: pd.DataFrame,
    weights: pd.Series,
    seconds: pd.Series | None,
    configurations: Mapping[str, Configuration],
    space: Space,
) -> tuple[tuple[Configuration, ...], int]:
    """Choose the starts, and count those that do not fit the space."""
    outdated: set[str] = set()
    while losses.notna().to_numpy().any():
        # More than are wanted: of one algorithm there may be too many.
        names = build(losses, 3 * MAX_STARTS, weights=dict(weights.items()), seconds=seconds)
        wrong = {name for name in names if space.why_invalid(configurations[name]) is not None}
        if not wrong:
            return tuple(_varied([configurations[name] for name in names])[:MAX_STARTS]), len(outdated)
        outdated |= wrong
        losses = losses.drop(columns=list(wrong))
    return (), len(outdated)


def _varied(best: Sequence[Configuration]) -> list[Configuration]:
    """Keep the first few of each algorithm."""
    counts: Counter[str] = Counter()
    kept = []
    for configuration in best:
        counts[configuration.algorithm] += 1
        if counts[configuration.algorithm] <= PER_ALGORITHM:
            kept.append(configuration)
    return kept


def _pooled(memory: _Memory, weights: pd.Series, space: Space) -> tuple[Search, ...]:
    """How the tasks together see the configurations that tasks of half of the weight have tried, as one search."""
    known = memory.losses.notna().to_numpy()
    weight = weights.to_numpy()
    share = weight @ known
    means = (weight @ np.where(known, scaled_losses(memory.losses).to_numpy(), 0.0)) / np.maximum(share, 1e-12)
    tried = []
    for name, mean, heard in zip(memory.losses.columns, means, share / weight.sum(), strict=True):
        configuration = memory.configurations[name]
        if heard >= 0.5 and space.why_invalid(configuration) is None:
            tried.append((configuration, Fidelity(1), Outcome(Status.OK, float(mean), 1.0)))
    return (tried,) if tried else ()


def _heard(memory: _Memory, weights: pd.Series, starts: Sequence[Configuration]) -> pd.DataFrame:
    """The tasks that have tried some of the starts, nearest first, with their share in the say."""
    some = memory.losses.reindex(columns=[start.id for start in starts]).notna().any(axis=1)
    heard = weights[some.to_numpy()]
    tasks = memory.near.set_index("task_id").loc[heard.index].assign(weight=heard / heard.sum())
    return tasks.sort_values("distance", kind="stable").reset_index()[_COLUMNS]


def _searches(latest: pd.DataFrame, space: Space) -> tuple[Search, ...]:
    """What each trusted task tried, as far as it fits the space."""
    tasks = []
    for _, part in latest.groupby("task_id", sort=False):
        rows = part.to_dict("records")
        tried = [(configuration_of(row), fidelity_of(row), _outcome_of(row)) for row in rows]
        tasks.append([each for each in tried if space.why_invalid(each[0]) is None])
    return tuple(tasks)


def _outcome_of(row: Mapping[Any, Any]) -> Outcome:
    status, seconds = Status(row["status"]), float(row["seconds"])
    return Outcome(status, float(row["loss"]), seconds) if status is Status.OK else Outcome.failed(status, "", seconds)
