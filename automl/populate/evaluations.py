"""Published evaluations of OpenML in the store: each is a configuration of ours, a foreign one, or rejected.

A flow's runs on a task are one study whose name says so, and the number of an outcome is that of its run. So what is
there already is known by its number: an import that was stopped goes on, and one that is done again adds what is new.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import pandas as pd

from automl.algorithms import full_space
from automl.populate.measures import metric_of, score_and_loss
from automl.populate.sizes import Sizes, sizes_of
from automl.populate.translation import Translation, translate
from automl.space import Space
from automl.task import Problem
from automl.trial import Configuration, Value
from knowledge_base import KnowledgeBase
from knowledge_base.openml_client import OpenMLClient, OpenMLError, OpenMLFlow, OpenMLTask

METAFEATURES_VERSION = "openml-qualities"
SOURCE = "openml"


@dataclass
class Imported:
    """What has become of the evaluations so far.

    Attributes
    ----------
    translated, foreign, rejected : int
        Configurations of ours, kept as they are, not kept.
    known : int
        In the store from before; not looked at again.
    reasons : Counter of (kind, reason)
        Why they are foreign or rejected.
    tasks : set of int
        OpenML tasks that they are of.
    seconds : float
    """

    translated: int = 0
    foreign: int = 0
    rejected: int = 0
    known: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    tasks: set[int] = field(default_factory=set)
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """All evaluations that were read."""
        return self.translated + self.foreign + self.rejected + self.known

    def count(self, kind: str, reason: str = "", n: int = 1) -> None:
        """Count evaluations that ended so."""
        setattr(self, kind, getattr(self, kind) + n)
        if reason:
            self.reasons[kind, reason] += n


@dataclass(frozen=True)
class _Subject:
    """A task as far as an import needs it."""

    task: OpenMLTask
    qualities: Mapping[str, float]
    sizes: Sizes | None
    space: Space


def import_evaluations(
    store: KnowledgeBase,
    client: OpenMLClient,
    *,
    measure: str = "predictive_accuracy",
    flow_id: int | None = None,
    task_ids: Sequence[int] | None = None,
    page_size: int = 10_000,
    on_page: Callable[[Imported], object] = lambda imported: None,
) -> Imported:
    """Bring in what others published on OpenML.

    Parameters
    ----------
    store : KnowledgeBase
    client : OpenMLClient
    measure : str
        One of OpenML's, such as "predictive_accuracy" or "area_under_roc_curve".
    flow_id : int, optional
        Runs of this flow only.
    task_ids : sequence of int, optional
        Runs on these tasks only. One of the two has to be given.
    page_size : int
        Evaluations a request; after each page the store has all of it.
    on_page : callable
        Told the counts after each page.

    Returns
    -------
    Imported

    Raises
    ------
    ValueError
        Neither `flow_id` nor `task_ids` is given.
    OpenMLError
        The list of evaluations cannot be read on; what was read is in the store.

    Examples
    --------
    >>> client = OpenMLClient(cache="openml-cache")  # doctest: +SKIP
    >>> import_evaluations(KnowledgeBase("mine.duckdb"), client, flow_id=6969).total  # doctest: +SKIP
    """
    if flow_id is None and task_ids is None:
        raise ValueError("give flow_id, task_ids, or both: OpenML has some ten million evaluations")
    started = time.monotonic()
    import_ = _Import(store, client, measure)
    for page in client.evaluations(metric=measure, flow_id=flow_id, task_ids=task_ids, page_size=page_size):
        import_.add(page)
        import_.done.seconds = time.monotonic() - started
        on_page(import_.done)
    return import_.done


class _Import:
    """An import under way."""

    def __init__(self, store: KnowledgeBase, client: OpenMLClient, measure: str):
        self._store, self._client, self._measure = store, client, measure
        self._flows: dict[int, OpenMLFlow] = {}
        self._subjects: dict[int, _Subject | str] = {}
        self._known: dict[str, set[int]] = {}
        self.done = Imported()

    def add(self, page: pd.DataFrame) -> None:
        """Bring in a page, and fold it into the store."""
        groups = []
        for _, rows in page.groupby(["flow_id", "task_id"]):
            flow_id, task_id = int(rows["flow_id"].iloc[0]), int(rows["task_id"].iloc[0])
            groups.append((flow_id, task_id, self._new(flow_id, task_id, rows)))
        setups = self._client.setups({int(i) for _, _, rows in groups for i in rows["setup_id"]})
        for flow_id, task_id, rows in groups:
            if len(rows):
                self._add_study(flow_id, task_id, rows, setups)
        self._store.fold()

    def _new(self, flow_id: int, task_id: int, rows: pd.DataFrame) -> pd.DataFrame:
        """Those of a flow and task that the store has not yet."""
        name = self._study_name(flow_id, task_id)
        if name not in self._known:
            self._known[name] = self._store.recorded_numbers(name)
        self.done.tasks.add(task_id)
        is_known = rows["run_id"].isin(self._known[name])
        self.done.count("known", n=int(is_known.sum()))
        return rows[~is_known]

    def _study_name(self, flow_id: int, task_id: int) -> str:
        return f"{self._client.server}: {self._measure} of flow {flow_id} on task {task_id}"

    def _add_study(self, flow_id: int, task_id: int, rows: pd.DataFrame, setups: Mapping[int, dict[str, str]]) -> None:
        subject = self._subject(task_id)
        if isinstance(subject, str):
            self.done.count("rejected", subject, len(rows))
            return
        metric = metric_of(self._measure, subject.task.kind)
        if metric is None:
            reason = f"{self._measure} on {subject.task.kind} tasks is no metric of ours"
            self.done.count("rejected", reason, len(rows))
            return
        flow = self._flow(flow_id)
        with self._store.writer(
            task=_task_fields(subject.task, metric),
            metafeatures=subject.qualities,
            metafeatures_version=METAFEATURES_VERSION,
            space_version=subject.space.version,
            provenance={
                "server": self._client.server,
                "flow": flow.name,
                "flow_id": flow_id,
                "uses": flow.dependencies,
            },
            study_name=self._study_name(flow_id, task_id),
            fold=False,
        ) as writer:
            for run_id, setup_id, value in zip(rows["run_id"], rows["setup_id"], rows["value"], strict=True):
                parameters = setups.get(int(setup_id))
                if parameters is None:
                    self.done.count("rejected", "OpenML does not tell the parameters of the run")
                    continue
                outcome = self._outcome(flow, parameters, subject, metric, float(value))
                if outcome is not None:
                    writer.append(outcome, number=int(run_id))
                    self._known[self._study_name(flow_id, task_id)].add(int(run_id))

    def _outcome(
        self, flow: OpenMLFlow, parameters: Mapping[str, str], subject: _Subject, metric: str, value: float
    ) -> dict[str, Any] | None:
        """One outcome as the store takes it, None if it is rejected."""
        found = translate(
            flow.name, parameters, task_type=subject.task.kind, space=subject.space, sizes=subject.sizes,
            dependencies=flow.dependencies,
        )  # fmt: skip
        try:
            score, loss = score_and_loss(metric, value)
        except ValueError as error:
            self.done.count("rejected", str(error).rpartition(" ")[0])
            return None
        self.done.count(found.kind, found.reason)
        configuration = _configuration(found)
        if configuration is None:
            return None
        return {
            "configuration_id": configuration.id,
            "algorithm": configuration.algorithm,
            "configuration": dict(configuration.values),
            "status": "ok",
            "loss": loss,
            "metrics": {metric: score},
            "fidelity": {"folds": subject.task.n_folds, "iterations_fraction": 1.0, "rows_fraction": 1.0},
            "is_full_fidelity": True,
        }

    def _flow(self, flow_id: int) -> OpenMLFlow:
        if flow_id not in self._flows:
            self._flows[flow_id] = self._client.flow(flow_id)
        return self._flows[flow_id]

    def _subject(self, task_id: int) -> _Subject | str:
        """The task, or why it cannot be had."""
        if task_id not in self._subjects:
            self._subjects[task_id] = self._describe(task_id)
        return self._subjects[task_id]

    def _describe(self, task_id: int) -> _Subject | str:
        try:
            task = self._client.task(task_id)
            qualities = self._client.qualities(task.dataset_id)
        except OpenMLError as error:
            return f"the task cannot be read: {error}"
        return _Subject(task, qualities, sizes_of(qualities, task.kind), _space(task.kind))


@lru_cache(maxsize=8)  # one object a kind: translation remembers what it found out of a space
def _space(problem: Problem) -> Space:
    return full_space(problem)


def _configuration(found: Translation) -> Configuration | None:
    if found.foreign is None:
        return found.configuration
    return Configuration(found.foreign.algorithm, cast("Mapping[str, Value]", found.foreign.values))


def content_of(task: OpenMLTask) -> str:
    """What stands for the content hash of a table whose rows have not been seen."""
    return f"openml data set {task.dataset_id}, target {task.target}"


def _task_fields(task: OpenMLTask, metric: str) -> dict[str, object]:
    return {
        "content_hash": content_of(task),
        "task_type": task.kind,
        "name": task.dataset_name,
        "n_rows": task.n_rows,
        "n_features": task.n_columns,
        "n_classes": task.n_classes,
        "source": SOURCE,
        "metric": metric,
        "split": f"OpenML task {task.id}",
    }
