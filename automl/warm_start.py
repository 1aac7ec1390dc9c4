"""Warm start: from the meta-features of a table to the configurations that a search tries first."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from automl.recording import ENSEMBLE, TaskRow, configuration_of, fidelity_of
from automl.search import Search
from automl.space import Space
from automl.starts import MAX_STARTS, PortfolioStarts
from automl.trial import Configuration, Fidelity, Outcome, Status
from knowledge_base import KnowledgeBase
from portfolios import AdaptivePortfolio, predict_seconds, scaled_losses

logger = logging.getLogger(__name__)

# Tasks that have a say. What one at distance d says weighs (d + 0.02) ** -4, beside a tenth that all share alike:
# replayed on 127 tables, each left out with its relatives, this stood between -3 with a fifth, better in the first
# trials, and -5, better in the tenth to twentieth. A half of the same table, at 0.06, weighs as much as 250 at 0.3.
NEIGHBOURS = 50
_NEAREST, _POWER, _SHARED = 0.02, 4, 0.1
# By so much two configurations differ otherwise than on a past task, in scaled losses. Of 0, 0.05, 0.1, 0.15, 0.2,
# 0.25, 0.3 and 0.4, replayed on 127 tables, 0.15 to 0.25 were best from the third trial on, with a clock and without,
# and most of all where the past task was other rows of the same table.
_DEVIATION = 0.2
# What the nearest of the tasks within this distance tried teaches the surrogate.
TRUSTED, MAX_TRUSTED = 0.12, 8
# Of each task, its best so many can be among the starts.
BEST_OF_TASK = 30
MAX_FAVOURED = 8
# Of the time budget: where one fold is expected to take more, a configuration is not among the starts. The favoured
# together take no more than a tenth of it of all workers, or a half where a trusted task's fit ended with them.
_LONGEST, _FAVOURED, _CHOSEN = 0.5, 0.1, 0.5
_COLUMNS = ["task_id", "name", "distance", "n_rows", "n_features", "weight"]
_SIZES = ["n_rows", "n_features", "n_classes"]


@dataclass(frozen=True)
class Experience:
    """What a fit took from past tasks.

    Parameters
    ----------
    portfolio : AdaptivePortfolio or None
        Says what to try first, by identifier.
    configurations : mapping of str to Configuration
        Those that it chooses from.
    too_slow : frozenset of str
        Identifiers of those that the time does not allow.
    starts : tuple of Configuration
        What it says as long as nothing of this task is known, in this order.
    favoured : tuple of Configuration
        The first of them; they are tried on all folds at once, without a first look. Where a trusted task's fit told
        what it ended with, they are the members of that ensemble.
    searches : tuple of Search
        What was tried on trusted tasks of late.
    pooled : Search
        How the other tasks together see what many of them tried.
    tasks : DataFrame
        The past tasks that tried some of them: task_id, name, distance, n_rows, n_features, weight (their sum is 1).
    tried : frozenset of str
        Algorithms that these tasks have tried, at any fidelity and with any success.
    n_outdated : int
        Configurations that would be among the starts, but do not fit the space of this fit.
    """

    portfolio: AdaptivePortfolio | None = None
    configurations: Mapping[str, Configuration] = field(default_factory=dict)
    too_slow: frozenset[str] = frozenset()
    starts: tuple[Configuration, ...] = ()
    favoured: tuple[Configuration, ...] = ()
    searches: tuple[Search, ...] = ()
    pooled: Search = ()
    tasks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    tried: frozenset[str] = frozenset()
    n_outdated: int = 0

    def starts_in(self, space: Space, *, limit: int = MAX_STARTS) -> PortfolioStarts:
        """Say what a search in this space tries before it proposes anything itself.

        At most `limit` of it come from past tasks.
        """
        tried = [trial for search in self.searches for trial in search]
        hopeless = {c.algorithm for c, _, _ in tried} - {c.algorithm for c, _, outcome in tried if outcome.ok}
        return PortfolioStarts(
            space,
            self.portfolio,
            self.configurations,
            favoured=self.favoured,
            heard_of=self.tried,
            hopeless=frozenset(hopeless),
            too_slow=self.too_slow,
            limit=limit,
        )


@dataclass(frozen=True)
class _Memory:
    """What the store says of the nearest tasks.

    Losses and seconds of a fold are tasks x configurations, of those alone that fit the space of this fit; some of them
    are chosen: what the nearest trusted task's last fit ended with, the greatest weight first. The surrogate learns
    from each trusted task by itself; they are given by task_id, nearest first.
    """

    near: pd.DataFrame
    losses: pd.DataFrame
    seconds: pd.DataFrame
    configurations: Mapping[str, Configuration]
    trusted: Sequence[int]
    latest: pd.DataFrame
    chosen: Sequence[str]
    tried: frozenset[str]
    n_outdated: int


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
    store that cannot be read, or that holds what makes no sense, is reported and gives no experience.

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
        return _experience(_read(knowledge_base, row, space), row, space, time_budget, n_workers)
    except Exception as error:  # whatever is wrong with a store, the fit goes on
        logger.warning("past experience cannot be read: %s", error)
        return Experience()


def _read(knowledge_base: KnowledgeBase, row: TaskRow, space: Space) -> _Memory:
    with knowledge_base.snapshot() as view:  # one opening of the store for all questions
        near = view.nearest_tasks(
            dict(row.metafeatures),
            task_type=row.task.problem,
            k=NEIGHBOURS,
            exclude_content=(row.content_hash,),
            metafeatures_version=row.metafeatures_version,
        )
        tasks = list(near["task_id"])
        losses, seconds = view.matrices(
            task_type=row.task.problem, metric=row.task.metric, task_ids=tasks, or_recorded=True
        )
        trusted = list(near.loc[near["distance"] <= TRUSTED, "task_id"].head(MAX_TRUSTED))
        latest = view.latest_outcomes(trusted, metric=row.task.metric)
        chosen = _chosen(latest, trusted)
        is_known_well = (losses.rank(axis=1) <= BEST_OF_TASK).any() | (losses.notna().mean() >= 0.5)
        told = view.configurations(list(losses.columns[is_known_well | losses.columns.isin(chosen)]))
        tried = view.algorithms(tasks)
    named = {str(each["configuration_id"]): configuration_of(each) for each in told.to_dict("records")}
    wanted = {name: c for name, c in named.items() if c.algorithm in space.algorithms and c.id == name}
    fitting = {name: c for name, c in wanted.items() if space.why_invalid(c) is None and space.conform(c) == c}
    names = list(fitting)
    return _Memory(
        near, losses[names], seconds[names], fitting, trusted, latest,
        [name for name in chosen if name in fitting], frozenset(tried), len(wanted) - len(fitting),
    )  # fmt: skip


def _chosen(latest: pd.DataFrame, nearest_first: Sequence[int]) -> list[str]:
    """Give the members of the last ensemble of the nearest task that has one, the greatest weight first."""
    ensembles = latest[latest["algorithm"] == ENSEMBLE]
    for task_id in nearest_first:
        told = ensembles.loc[ensembles["task_id"] == task_id, "configuration"]
        if len(told):
            weights = json.loads(told.iloc[-1])
            return sorted(weights, key=lambda name: (-weights[name], name))
    return []


def _experience(
    memory: _Memory, row: TaskRow, space: Space, time_budget: float | None, n_workers: int
) -> Experience:
    if memory.n_outdated:
        logger.info("%d past configurations do not fit the search space of this fit", memory.n_outdated)
    searches = _searches(memory.latest, space)
    if not memory.losses.notna().to_numpy().any():
        return Experience(searches=searches, tried=memory.tried, n_outdated=memory.n_outdated)
    weights = _weights(memory.near).reindex(memory.losses.index)
    losses, seconds = memory.losses, None
    if time_budget is not None:
        seconds = _expected_seconds(memory, row)
        losses = losses.loc[:, (seconds <= _LONGEST * time_budget).to_numpy()]
    portfolio, beginning = None, list[str]()
    if losses.notna().to_numpy().any():
        kinds = {name: c.algorithm for name, c in memory.configurations.items()}
        portfolio = AdaptivePortfolio(
            losses, weights=dict(weights.items()), seconds=seconds, deviation=_DEVIATION, kinds=kinds
        )
        beginning = portfolio.beginning(MAX_STARTS)

    spent = None if seconds is None else row.task.n_folds * seconds
    workers_s = np.inf if time_budget is None else time_budget * n_workers
    chosen = _affordable([name for name in memory.chosen if name in losses.columns], spent, _CHOSEN * workers_s)
    favoured = chosen or _affordable(beginning[:MAX_FAVOURED], spent, _FAVOURED * workers_s)
    starts = tuple(memory.configurations[name] for name in list(dict.fromkeys([*chosen, *beginning]))[:MAX_STARTS])
    return Experience(
        portfolio=portfolio,
        configurations={name: memory.configurations[name] for name in losses.columns},
        too_slow=frozenset(memory.losses.columns) - frozenset(losses.columns),
        starts=starts,
        favoured=tuple(memory.configurations[name] for name in favoured),
        searches=searches,
        pooled=_pooled(memory, weights),
        tasks=_heard(memory, weights, starts),
        tried=memory.tried,
        n_outdated=memory.n_outdated,
    )


def _affordable(names: list[str], seconds: pd.Series | None, limit_s: float) -> list[str]:
    """Give the first of them that together take no longer."""
    return names if seconds is None else names[: int((np.cumsum(seconds[names]) <= limit_s).sum())]


def _weights(near: pd.DataFrame) -> pd.Series:
    """What each task's say weighs, by task_id; they sum to 1."""
    says = (near["distance"].to_numpy(dtype=np.float64) + _NEAREST) ** -_POWER
    weights = (1 - _SHARED) * says / says.sum() + _SHARED / len(says)
    return pd.Series(weights, index=near["task_id"])


def _expected_seconds(memory: _Memory, row: TaskRow) -> pd.Series:
    """Seconds of a fold of each configuration on a table of this size."""
    sizes = memory.near.set_index("task_id")[_SIZES].astype("float64").clip(lower=1.0)
    shape = row.shape
    size = pd.Series([shape.n_rows, shape.n_numeric + shape.n_categorical, shape.n_classes], _SIZES, dtype="float64")
    algorithms = pd.Series({name: c.algorithm for name, c in memory.configurations.items()})
    expected = predict_seconds(memory.seconds, sizes, size.clip(lower=1.0), algorithms)
    return expected.fillna(expected.median()).fillna(1.0)


def _pooled(memory: _Memory, weights: pd.Series) -> Search:
    """How the tasks that are not trusted by themselves see the configurations that half of them, by weight, tried."""
    others = ~memory.losses.index.isin(memory.trusted)
    losses, weight = memory.losses.loc[others], weights.to_numpy()[others]
    known = losses.notna().to_numpy()
    if not known.any():
        return ()
    share = weight @ known
    means = (weight @ np.where(known, scaled_losses(losses).to_numpy(), 0.0)) / np.maximum(share, 1e-12)
    return [
        (memory.configurations[name], Fidelity(1), Outcome(Status.OK, float(mean), 1.0))
        for name, mean, heard in zip(losses.columns, means, share / weight.sum(), strict=True)
        if heard >= 0.5
    ]


def _heard(memory: _Memory, weights: pd.Series, starts: Sequence[Configuration]) -> pd.DataFrame:
    """The tasks that have tried some of the starts, nearest first, with their share in the say."""
    some = memory.losses[[start.id for start in starts]].notna().any(axis=1)
    heard = weights[some.to_numpy()]
    tasks = memory.near.set_index("task_id").loc[heard.index].assign(weight=heard / heard.sum())
    return tasks.sort_values("distance", kind="stable").reset_index()[_COLUMNS]


def _searches(latest: pd.DataFrame, space: Space) -> tuple[Search, ...]:
    """What each trusted task tried, as far as it fits the space."""
    tasks = []
    whole = latest.dropna(subset=["folds", "iterations_fraction", "rows_fraction", "seconds"])  # others may lack them
    for _, part in whole.groupby("task_id", sort=False):
        rows = part.to_dict("records")
        tried = [(configuration_of(row), fidelity_of(row), _outcome_of(row)) for row in rows]
        tasks.append([each for each in tried if space.why_invalid(each[0]) is None])
    return tuple(tasks)


def _outcome_of(row: Mapping[Any, Any]) -> Outcome:
    status, seconds = Status(row["status"]), float(row["seconds"])
    return Outcome(status, float(row["loss"]), seconds) if status is Status.OK else Outcome.failed(status, "", seconds)
