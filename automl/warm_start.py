"""Warm start: from the meta-features of a table to the configurations that a search tries first."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from automl.recording import TaskRow, configuration_of, fidelity_of
from automl.search import Search
from automl.space import Space
from automl.trial import Configuration, Outcome, Status
from knowledge_base import KnowledgeBase

logger = logging.getLogger(__name__)

NEIGHBOURS = 8
# A task within this distance is trusted: its best climb to full fidelity, and the surrogate learns from it.
TRUSTED = 0.15
# A task further off than this gives nothing: on 18 tables at 10 s, the best of such tasks were no better starts than
# the defaults (behind on 10, before on 7).
TOO_FAR = 0.2
# Configurations that one task can give, how many of them from one algorithm, of how many of its best they are chosen.
PER_TASK = 10
PER_ALGORITHM = 3
CHOSEN_FROM = 30
MAX_STARTS = 12
MAX_FAVOURED = 5
_QUICK_OF = 4
_COLUMNS = ["task_id", "name", "distance", "n_rows", "n_features", "configurations"]


@dataclass(frozen=True)
class Experience:
    """What a fit took from past tasks.

    Parameters
    ----------
    starts : tuple of Configuration
        To be tried first, in this order.
    favoured : tuple of Configuration
        Those of them that were the best of trusted tasks.
    searches : tuple of Search
        All that was tried on trusted tasks of late.
    tasks : DataFrame
        The past tasks that gave them: task_id, name, distance, n_rows, n_features, configurations.
    n_outdated : int
        Configurations of those tasks that do not fit the space of this fit.
    """

    starts: tuple[Configuration, ...] = ()
    favoured: tuple[Configuration, ...] = ()
    searches: tuple[Search, ...] = ()
    tasks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    n_outdated: int = 0

    @property
    def known(self) -> frozenset[str]:
        """Algorithms that need no default trial: among the starts, or tried on trusted tasks without one success.

        An algorithm that did badly there is tried all the same: a first look is cheap, and may have erred.
        """
        tried = [trial for search in self.searches for trial in search]
        hopeless = {c.algorithm for c, _, _ in tried} - {c.algorithm for c, _, outcome in tried if outcome.ok}
        return frozenset(hopeless | {start.algorithm for start in self.starts})


@dataclass(frozen=True)
class _Offer:
    """A configuration that a past task recommends, and the seconds that it took there."""

    configuration: Configuration
    seconds: float


def recall(
    knowledge_base: KnowledgeBase | None, row: TaskRow, space: Space, *, favour_s: float = math.inf
) -> Experience:
    """Look up the nearest past tasks and take the best configurations of each, nearest first, in turn.

    The table's own results, recognised by content hash, never take part. A store that cannot be read is reported
    and gives no experience.

    Parameters
    ----------
    knowledge_base : KnowledgeBase or None
    row : TaskRow
        The task of this fit.
    space : Space
    favour_s : float
        Seconds that the favoured configurations may have taken together on the tasks that they come from.

    Returns
    -------
    Experience
    """
    if knowledge_base is None:
        return Experience()
    try:
        with knowledge_base.snapshot() as view:  # one opening of the store for all questions
            near = view.nearest_tasks(
                dict(row.metafeatures),
                task_type=row.task.problem,
                k=NEIGHBOURS,
                exclude_content=(row.content_hash,),
                metafeatures_version=row.metafeatures_version,
            )
            near = near[near["distance"] < TOO_FAR]
            if near.empty:
                return Experience()
            best = view.best_configurations(list(near["task_id"]), metric=row.task.metric, n_per_task=CHOSEN_FROM)
            trusted = near.loc[near["distance"] <= TRUSTED, "task_id"]
            latest = view.latest_outcomes(list(trusted), metric=row.task.metric)
    except Exception as error:  # whatever is wrong with a store, the fit goes on
        logger.warning("past experience cannot be read: %s", error)
        return Experience()
    return _merge(near, best, space, _searches(latest, space), favour_s)


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


def _merge(
    near: pd.DataFrame, best: pd.DataFrame, space: Space, searches: tuple[Search, ...], favour_s: float
) -> Experience:
    offers, n_outdated = _valid_offers(best, space)
    distances = [float(d) for d in near["distance"]]
    queues = [offers.get(task, [])[: _allowed(d)] for task, d in zip(near["task_id"], distances, strict=True)]
    starts: dict[str, _Offer] = {}
    favoured: dict[str, _Offer] = {}
    used = [0] * len(queues)
    for visit in _visits(distances):
        fresh = [offer for offer in queues[visit] if offer.configuration.id not in starts]
        if fresh and len(starts) < MAX_STARTS:
            name = fresh[0].configuration.id
            starts[name] = fresh[0]
            used[visit] += 1
            spent_s = sum(offer.seconds for offer in favoured.values()) + fresh[0].seconds
            if distances[visit] <= TRUSTED and len(favoured) < MAX_FAVOURED and (not favoured or spent_s <= favour_s):
                favoured[name] = fresh[0]
    tasks = near.assign(configurations=used).reindex(columns=_COLUMNS)
    tasks = tasks[tasks["configurations"] > 0].reset_index(drop=True)
    if n_outdated:
        logger.info("%d past configurations do not fit the search space of this fit", n_outdated)
    return Experience(
        tuple(offer.configuration for offer in _quickest_of(_QUICK_OF, list(starts.values()))),
        tuple(offer.configuration for offer in favoured.values()),
        searches, tasks, n_outdated,
    )  # fmt: skip


def _valid_offers(best: pd.DataFrame, space: Space) -> tuple[dict[Any, list[_Offer]], int]:
    """What each task offers, as far as it fits the space, and how many configurations do not."""
    offers: dict[Any, list[_Offer]] = {}
    n_outdated = 0
    for task, part in best.groupby("task_id", sort=False):
        found = [_Offer(configuration_of(row), float(row["seconds"])) for row in part.to_dict("records")]
        valid = [offer for offer in found if space.why_invalid(offer.configuration) is None]
        n_outdated += len(found) - len(valid)
        offers[task] = _varied(valid)
    return offers, n_outdated


def _varied(best: Sequence[_Offer]) -> list[_Offer]:
    """Keep the best of each algorithm only: an ensemble lives on variety."""
    counts: Counter[str] = Counter()
    kept = []
    for offer in best:
        counts[offer.configuration.algorithm] += 1
        if counts[offer.configuration.algorithm] <= PER_ALGORITHM:
            kept.append(offer)
    return kept


def _allowed(distance: float) -> int:
    """How many configurations a task may give: all its share when trusted, fewer the further off it is."""
    return math.ceil(PER_TASK * min(1.0, (TOO_FAR - distance) / (TOO_FAR - TRUSTED)))


def _quickest_of(n: int, starts: list[_Offer]) -> list[_Offer]:
    """Move the quickest of the first `n` to the front, so that there is a model soon."""
    if not starts:
        return starts
    quickest = min(starts[:n], key=lambda offer: offer.seconds)
    return [quickest, *(offer for offer in starts if offer is not quickest)]


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
