"""Warm start: from the meta-features of a table to the configurations that a search tries first."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from automl.recording import TaskRow, configuration_of
from automl.space import Space
from automl.trial import Configuration
from knowledge_base import KnowledgeBase, KnowledgeBaseError

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
        Configurations of those tasks that no longer fit the space.
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
        near = knowledge_base.nearest_tasks(
            dict(row.metafeatures),
            task_type=row.task.problem,
            k=NEIGHBOURS,
            exclude_content=(row.content_hash,),
            metafeatures_version=row.metafeatures_version,
        )
        if near.empty:
            return Experience()
        best = knowledge_base.best_configurations(list(near["task_id"]), metric=row.task.metric, n_per_task=CHOSEN_FROM)
    except (KnowledgeBaseError, OSError) as error:
        logger.warning("past experience cannot be read: %s", error)
        return Experience()
    return _merge(near, best, space)


def _merge(near: pd.DataFrame, best: pd.DataFrame, space: Space) -> Experience:
    per_task = {task: _varied(part) for task, part in best.groupby("task_id", sort=False)}
    order = _visits([float(d) for d in near["distance"]])
    queues = [per_task.get(task, []) for task in near["task_id"]]
    starts: dict[str, Configuration] = {}
    used = [0] * len(queues)
    n_outdated = 0
    for visit in order:
        while queues[visit] and len(starts) < MAX_STARTS:
            configuration = configuration_of(queues[visit].pop(0))
            if space.why_invalid(configuration) is not None:
                n_outdated += 1
                continue
            if configuration.id not in starts:
                starts[configuration.id] = configuration
                used[visit] += 1
                break
    tasks = near.assign(configurations=used).reindex(columns=_COLUMNS)
    tasks = tasks[tasks["configurations"] > 0].reset_index(drop=True)
    if n_outdated:
        logger.info("%d past configurations no longer fit the search space", n_outdated)
    return Experience(tuple(starts.values()), tasks, n_outdated)


def _varied(best: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The best configuration of each algorithm, then the second best of each, ...: an ensemble lives on variety."""
    turn = best.groupby("algorithm", sort=False).cumcount()
    order = turn.sort_values(kind="stable").index
    return list(best.loc[order].head(PER_TASK).to_dict("records"))


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
