"""Runs of ours for OpenML: predictions for a task's test rows, by searches that have seen nothing of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import requires, version
from typing import Any, Literal

import numpy as np
import pandas as pd

from automl.dataset import load_dataset
from automl.estimator import AutoMLClassifier, AutoMLRegressor
from automl.populate.effort import Effort, fit
from automl.populate.evaluations import content_of
from knowledge_base import KnowledgeBase
from knowledge_base.openml_client import OpenMLClient, OpenMLTable, OpenMLTask
from knowledge_base.reader import Snapshot

DISTRIBUTION = "precedent-automl"
_DESCRIPTION = (
    "AutoML that remembers: a search over algorithms and hyperparameters that starts from a knowledge base of past "
    "results, and ends in a greedy ensemble."
)


def predict_folds(table: OpenMLTable, task: OpenMLTask, effort: Effort, store: KnowledgeBase) -> pd.DataFrame:
    """Fit on the training rows of each fold, and predict its test rows.

    Each fold is a search of its own, on its training rows alone. Experience comes from the store, but nothing of what
    the store knows of this table: losses on rows of it would tell which configurations suit the test rows. A search on
    other subsets of the table's rows, as for another task on the same data set, is not recognised.

    Parameters
    ----------
    table : OpenMLTable
    task : OpenMLTask
    effort : Effort
        For each fold.
    store : KnowledgeBase
        Outcomes go to it.

    Returns
    -------
    DataFrame with columns repeat, fold, row_id (int64), prediction and truth, and ``confidence.LABEL`` (float64) for \
each class
        One row for each test row of the first repeat. Labels are text; a class that no training row has got has
        confidence 0.

    Examples
    --------
    >>> client = OpenMLClient(cache="openml-cache")  # doctest: +SKIP
    >>> found = predict_folds(client.table(31), client.task(31), Effort(), KnowledgeBase("m.duckdb"))  # doctest: +SKIP
    """
    folds = table.splits[: task.n_folds]
    elsewhere = _Elsewhere(store, own_content(table, task))
    parts = []
    for fold, (train, test) in enumerate(folds):
        # A near copy of the table for each fold would crowd its neighbours out of the store.
        model = effort.estimator(task.kind, elsewhere).set_params(record=False)
        fit(model, table.X.iloc[train], table.y.iloc[train], resume=False)
        rows = pd.DataFrame({"repeat": 0, "fold": fold, "row_id": test})
        parts.append(pd.concat([rows, _told(model, table, test)], axis=1))
    return pd.concat(parts, ignore_index=True)


def upload_run(
    client: OpenMLClient,
    task_id: int,
    effort: Effort,
    *,
    store: KnowledgeBase,
    api_key: str,
    on_send: Callable[[], object] = lambda: None,
) -> int:
    """Make predictions for a task as `predict_folds` does, and publish them.

    Parameters
    ----------
    client : OpenMLClient
    task_id : int
    effort : Effort
    store : KnowledgeBase
        Its path is not told.
    api_key : str
        Of the account at OpenML; goes nowhere else.
    on_send : callable, optional
        Called when all is ready, before the run is sent.

    Returns
    -------
    int
        The id that OpenML gives the run.

    Raises
    ------
    PossiblyTaken
        It is not known whether OpenML took the run.
    OpenMLError
        OpenML refused it, or cannot be reached. The key is checked before any search.
    ValueError
        The task has several repeats, or its table cannot be used.

    Examples
    --------
    >>> client = OpenMLClient(cache="openml-cache")  # doctest: +SKIP
    >>> upload_run(client, 31, Effort(), store=KnowledgeBase("mine.duckdb"), api_key=key)  # doctest: +SKIP
    """
    task = client.task(task_id)
    if task.n_repeats > 1:
        raise ValueError(
            f"task {task_id} wants predictions for {task.n_repeats} repeats, and a run of ours has those of the first"
        )
    flow_id = _flow_id(client, task, api_key)
    predictions = predict_folds(client.table(task_id), task, effort, store)
    settings = _as_json(effort.estimator(task.kind, store).get_params(deep=False))
    on_send()
    return client.publish_run(task_id, flow_id, settings, predictions, api_key=api_key)


def check_key(client: OpenMLClient, api_key: str) -> None:
    """Ask OpenML something that it answers to a valid key only.

    Raises
    ------
    OpenMLError
        The key is not accepted, or the server cannot be reached.
    """
    client.find_flow(_name(AutoMLClassifier), _external_version(), api_key=api_key)


def _flow_id(client: OpenMLClient, task: OpenMLTask, api_key: str) -> int:
    """Find the flow of this version, or publish it."""
    kind = AutoMLRegressor if task.kind == "regression" else AutoMLClassifier
    found = client.find_flow(_name(kind), _external_version(), api_key=api_key)
    if found is not None:
        return found
    needs = [requirement for requirement in requires(DISTRIBUTION) or () if "extra ==" not in requirement]
    return client.publish_flow(
        name=_name(kind), external_version=_external_version(), description=_DESCRIPTION,
        parameters=_as_json(kind().get_params(deep=False)), dependencies="\n".join(needs), api_key=api_key,
    )  # fmt: skip


def _name(kind: type) -> str:
    return f"automl.{kind.__name__}"


def _external_version() -> str:
    return f"{DISTRIBUTION}=={version(DISTRIBUTION)}"


def _as_json(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Write parameters down; of a store not more than that it is one's own."""
    return {
        name: json.dumps("own" if isinstance(value, KnowledgeBase) else value) for name, value in parameters.items()
    }


def _told(model: AutoMLClassifier | AutoMLRegressor, table: OpenMLTable, test: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Predictions for test rows beside the truth."""
    X, predicted, truth = table.X.iloc[test], model.predict(table.X.iloc[test]), table.y.iloc[test].to_numpy()
    if isinstance(model, AutoMLRegressor):
        return pd.DataFrame({"prediction": predicted, "truth": truth})
    labels = pd.DataFrame({"prediction": predicted, "truth": truth}).astype(str)
    shares = pd.DataFrame(model.predict_proba(X), columns=model.classes_)
    shares = shares.reindex(columns=list(table.y.cat.categories), fill_value=0.0).astype(np.float64)
    return pd.concat([labels, shares.add_prefix("confidence.")], axis=1)


def own_content(table: OpenMLTable, task: OpenMLTask) -> list[str]:
    """Content hashes of all that the store may know of a table: whole, by fold, and as others evaluated it."""
    kind: Literal["classification", "regression"] = "regression" if task.kind == "regression" else "classification"
    parts = [np.arange(len(table.X)), *(train for train, _ in table.splits[: task.n_folds])]
    hashes = [load_dataset(table.X.iloc[rows], table.y.iloc[rows], problem=kind).content_hash for rows in parts]
    return [*hashes, content_of(task)]


class _Elsewhere(KnowledgeBase):
    """A store whose searches are not told of some tasks.

    Parameters
    ----------
    store : KnowledgeBase
    content : sequence of str
        Content hashes of the tasks that are left out.
    """

    def __init__(self, store: KnowledgeBase, content: Sequence[str]):
        vars(self).update(vars(store))  # the same files; a store holds nothing open
        self._content = tuple(content)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open the store once for several questions."""
        with self._asking() as ask:
            yield _SnapshotElsewhere(ask, self._content)


class _SnapshotElsewhere(Snapshot):
    def __init__(self, ask: Any, content: tuple[str, ...]):
        super().__init__(ask)
        self._content = content

    def nearest_tasks(
        self, metafeatures: Mapping[str, float | None], *, exclude_content: Sequence[str] = (), **options: Any
    ) -> pd.DataFrame:
        """Return the stored tasks most like a new one, those that are left out not among them."""
        return super().nearest_tasks(metafeatures, exclude_content=(*exclude_content, *self._content), **options)
