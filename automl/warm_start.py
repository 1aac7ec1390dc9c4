"""Warm start: from the meta-features of a table to the configurations that a search tries first."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from automl.recording import TaskRow, configuration_of
from automl.space import Space
from automl.trial import Configuration
from knowledge_base import KnowledgeBase

logger = logging.getLogger(__name__)

NEIGHBOURS = 8
# Configurations that one task can give, and of how many of its best they are chosen for variety.
PER_TASK = 10
CHOSEN_FROM = 60
MAX_STARTS = 24
_COLUMNS = ["task_id", "name", "distance", "n_rows", "n_features", "configurations"]


@dataclass(frozen=True)
class Experience:
    """What a fit took from past tasks.

    Parameters
    ----------
    starts : tuple of Configuration
        To be tried first, best bet first.
    tasks : DataFrame
        The past tasks that gave them: task_id, name, distance, n_rows, n_features, configurations.
    n_outdated : int
        Configurations of those tasks that do not fit the space of this fit.
    """

    starts: tuple[Configuration, ...] = ()
    tasks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    n_outdated: int = 0


def recall(knowledge_base: KnowledgeBase | None, row: TaskRow, space: Space) -> Experience:
    """Look up the nearest past tasks and take the best configurations of each, nearest first, in turn.

    The table's own results, recognised by content hash, never take part. A store that cannot be read is reported
    and gives no experience.
    """
    if knowledge_base is None:
        return Experience()
    try:
        with knowledge_base.snapshot() as view:  # one opening of the store for both questions
            near = view.nearest_tasks(
                dict(row.metafeatures),
                task_type=row.task.problem,
                k=NEIGHBOURS,
                exclude_content=(row.content_hash,),
                metafeatures_version=row.metafeatures_version,
            )
            if near.empty:
                return Experience()
            best = view.best_configurations(list(near["task_id"]), metric=row.task.metric, n_per_task=CHOSEN_FROM)
    except Exception as error:  # whatever is wrong with a store, the fit goes on
        logger.warning("past experience cannot be read: %s", error)
        return Experience()
    return _merge(near, best, space)


def _merge(near: pd.DataFrame, best: pd.DataFrame, space: Space) -> Experience:
    offers, n_outdated = _valid_offers(best, space)
    queues = [offers.get(task, []) for task in near["task_id"]]
    starts: dict[str, Configuration] = {}
    used = [0] * len(queues)
    for visit in _visits([float(d) for d in near["distance"]]):
        fresh = [c for c in queues[visit] if c.id not in starts]
        if fresh and len(starts) < MAX_STARTS:
            starts[fresh[0].id] = fresh[0]
            used[visit] += 1
    tasks = near.assign(configurations=used).reindex(columns=_COLUMNS)
    tasks = tasks[tasks["configurations"] > 0].reset_index(drop=True)
    if n_outdated:
        logger.info("%d past configurations do not fit the search space of this fit", n_outdated)
    return Experience(tuple(starts.values()), tasks, n_outdated)


def _valid_offers(best: pd.DataFrame, space: Space) -> tuple[dict[Any, list[Configuration]], int]:
    """What each task offers, as far as it fits the space, and how many configurations do not."""
    offers: dict[Any, list[Configuration]] = {}
    n_outdated = 0
    for task, part in best.groupby("task_id", sort=False):
        found = [configuration_of(row) for row in part.to_dict("records")]
        valid = [c for c in found if space.why_invalid(c) is None]
        n_outdated += len(found) - len(valid)
        offers[task] = _varied(valid)
    return offers, n_outdated


def _varied(best: Sequence[Configuration]) -> list[Configuration]:
    """The best configuration of each algorithm, then the second best of each, ...: an ensemble lives on variety."""
    turns: Counter[str] = Counter()
    ranked = []
    for place, configuration in enumerate(best):
        ranked.append((turns[configuration.algorithm], place, configuration))
        turns[configuration.algorithm] += 1
    return [configuration for _, _, configuration in sorted(ranked, key=lambda each: each[:2])][:PER_TASK]


def _visits(distances: Sequence[float]) -> list[int]:
    """Order in which tasks give one configuration each: near ones come round more often.

    A configuration of a task at distance d costs d + 0.05; the task that would have spent least is next.

    Examples
    --------
    >>> _visits([0.0, 0.13])[:5]
    [0, 0, 0, 1, 0]
    """
    costs = [distance + 0.05 for distance in distances]
    spent = costs.copy()
    order: list[int] = []
    for _ in range(PER_TASK * len(costs)):
        cheapest = min(range(len(spent)), key=lambda i: spent[i])
        order.append(cheapest)
        spent[cheapest] += costs[cheapest] if order.count(cheapest) < PER_TASK else float("inf")
    return order
