"""OpenML as plain rows and DataFrames: tasks, their tables and splits, qualities, and what others evaluated.

Flows and runs can be published too, each by a call of its own that is given a key; all else only reads.

The package `openml` tells what the smaller answers mean. Asking and keeping is done by
`knowledge_base.openml_requests`: the package limits neither its rate nor its patience, does not hear when a server asks
it to wait, and keeps files that a killed process may leave half written, and pickles.

Vanschoren, van Rijn, Bischl, Torgo: OpenML: networked science in machine learning. SIGKDD Explorations 15(2), 2014.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import numpy as np
import pandas as pd

from knowledge_base.openml_answers import Rows, evaluations_page, setups_page, splits
from knowledge_base.openml_package import Answer, borrowed
from knowledge_base.openml_requests import (
    OpenMLError,
    PassingFault,
    PossiblyTaken,
    Requests,
    checked_file,
    imported,
    xml_root,
)

__all__ = ["OpenMLClient", "OpenMLError", "OpenMLFlow", "OpenMLTable", "OpenMLTask", "PossiblyTaken"]

P = TypeVar("P", bound=Sized)

SETUPS_PER_REQUEST = 500
"""As many ids as an address surely has room for."""

_NO_QUALITIES = (362, 363, 364)
_NO_EVALUATIONS, _NO_SETUPS = 542, 674
_CLASSIFICATION, _REGRESSION = 1, 2


@dataclass(frozen=True)
class OpenMLTask:
    """A supervised task.

    Attributes
    ----------
    id, dataset_id : int
    dataset_name : str
    kind : {"binary", "multiclass", "regression"}
    target : str
    n_repeats, n_folds : int
        Of its splits; one fold where it holds out a part.
    measure : str or None
        What OpenML evaluates it by, in OpenML's words.
    n_rows : int or None
        None where OpenML has no qualities of the data set.
    n_columns : int
        Without the target and the columns to be ignored.
    n_classes : int or None
        None for regression.
    """

    id: int
    dataset_id: int
    dataset_name: str
    kind: Literal["binary", "multiclass", "regression"]
    target: str
    n_repeats: int
    n_folds: int
    measure: str | None
    n_rows: int | None
    n_columns: int
    n_classes: int | None


@dataclass(frozen=True)
class OpenMLTable:
    """The rows of a task.

    Attributes
    ----------
    X : DataFrame, shape (n_rows, n_columns)
        Nominal columns as unordered categories.
    y : Series, shape (n_rows,)
        Categories for classification, float64 for regression.
    splits : list of (train rows, test rows)
        Positions in X, by repeat and fold.
    """

    X: pd.DataFrame
    y: pd.Series[Any]
    splits: list[tuple[Rows, Rows]]


@dataclass(frozen=True)
class OpenMLFlow:
    """An algorithm as OpenML knows it; `dependencies` are packages and versions, one a line."""

    id: int
    name: str
    external_version: str
    dependencies: str


class OpenMLClient:
    """Reads from an OpenML server, politely, and publishes where it is told to. Nothing is read twice.

    Parameters
    ----------
    server : str, optional
        Address of its API; by default the one that the package `openml` is set to, which is www.openml.org's.
    cache : path-like
        Folder of the answers, those of earlier clients too.
    requests_per_s : float, default=5.0
    retries : int, default=6
        How often a request is tried again after "too many requests", errors of the server, broken connections,
        web pages in place of XML, wrong checksums, and pages that are empty or were there before.
    backoff_s : float, default=1.0
        Pause before the first retry; doubled for each further one, up to a minute, and randomised. A longer wait
        that the server asks for is kept to, up to ten minutes.
    timeout_s : float, default=60.0
        How long the server may keep silent.
    api_key : str, optional
        Sent to the server with each request that reads; for what is not public.

    Raises
    ------
    OpenMLError
        The package `openml` is missing. Each method raises it for what is not to be had, with the reason.
    ValueError
        A number makes no sense.

    Examples
    --------
    >>> client = OpenMLClient(cache="openml-cache")  # doctest: +SKIP
    >>> [client.task(task_id).kind for task_id in client.suite("OpenML-CC18")]  # doctest: +SKIP
    """

    def __init__(self, server: str | None = None, *, cache: str | os.PathLike[str], requests_per_s: float = 5.0,
                 retries: int = 6, backoff_s: float = 1.0, timeout_s: float = 60.0,
                 api_key: str | None = None) -> None:
        self._package = imported("openml")
        self._server = (server or str(self._package.config.server)).rstrip("/")
        self._api_key = api_key
        self._requests = Requests(self._server, Path(cache), requests_per_s=requests_per_s, retries=retries,
                                  backoff_s=backoff_s, timeout_s=timeout_s, api_key=api_key)

    @property
    def server(self) -> str:
        """The address of its API."""
        return self._server

    def suite(self, suite: int | str) -> list[int]:
        """Return the ids of the tasks of a suite, or of a study of runs, by its number or its alias."""
        with self._openml(f"suite {suite}") as openml:
            name = quote(str(suite), safe="")
            try:
                found = openml.study.get_suite(name)
            except ValueError:  # it is one of runs
                found = openml.study.get_study(name)
            return [int(task_id) for task_id in found.tasks or ()]

    def task(self, task_id: int) -> OpenMLTask:
        """Return what is said of a task, without its rows."""
        with self._openml(f"task {task_id}") as openml:
            task = openml.tasks.get_task(int(task_id), download_splits=False)
            kind = _kind(task)
            dataset = task.get_dataset(download_features_meta_data=True)
            parameters = task.estimation_procedure["parameters"] or {}
            left_out = {task.target_name, dataset.row_id_attribute, *(dataset.ignore_attribute or ())}
            n_rows = self.qualities(task.dataset_id).get("NumberOfInstances")
            return OpenMLTask(
                id=int(task_id), dataset_id=int(task.dataset_id), dataset_name=str(dataset.name), kind=kind,
                target=str(task.target_name), n_repeats=int(parameters.get("number_repeats") or 1),
                n_folds=int(parameters.get("number_folds") or 1),
                measure=task.evaluation_measure if isinstance(task.evaluation_measure, str) else None,
                n_rows=None if n_rows is None else int(n_rows),
                n_columns=sum(feature.name not in left_out for feature in dataset.features.values()),
                n_classes=None if kind == "regression" else len(task.class_labels))

    def table(self, task_id: int) -> OpenMLTable:
        """Return the rows of a task, and how OpenML splits them."""
        with self._openml(f"the table of task {task_id}") as openml:
            task = openml.tasks.get_task(int(task_id), download_splits=False)
            kind = _kind(task)
            dataset = task.get_dataset()
            if str(dataset.format).lower() == "sparse_arff":
                raise OpenMLError(f"The table of task {task_id} is in the sparse format, which openml cannot read "
                                  "into categories: leave the task out.")
            X, y, _, _ = dataset.get_data(target=task.target_name, dataset_format="dataframe")
            address = str(task.estimation_procedure["data_splits_url"])
        return OpenMLTable(_unordered(X), y.astype("float64") if kind == "regression" else _categories(y),
                           self._requests.get(address, lambda body: _within(splits(body), len(X))))

    def qualities(self, dataset_id: int) -> dict[str, float]:
        """Return OpenML's meta-features of a data set, those without a value left out; {} where it has none."""
        with self._openml(f"the qualities of data set {dataset_id}") as openml:
            try:
                found = openml.datasets.get_dataset(int(dataset_id), download_qualities=True).qualities or {}
            except OpenMLError as error:
                if error.code not in _NO_QUALITIES:
                    raise
                found = {}
        return {str(name): float(value) for name, value in found.items() if np.isfinite(value)}

    def flow(self, flow_id: int) -> OpenMLFlow:
        """Return the name of a flow and what it depends on."""
        with self._openml(f"flow {flow_id}") as openml:
            flow = openml.flows.get_flow(int(flow_id))
            return OpenMLFlow(int(flow_id), str(flow.name), str(flow.external_version or ""),
                              str(flow.dependencies or ""))

    def evaluations(self, *, metric: str, flow_id: int | None = None, task_ids: Sequence[int] | None = None,
                    page_size: int = 10_000, offset: int = 0) -> Iterator[pd.DataFrame]:
        """Yield the published evaluations of a flow, of some tasks, or of both, page by page.

        Parameters
        ----------
        metric : str
            In OpenML's words, such as "predictive_accuracy".
        flow_id : int, optional
        task_ids : sequence of int, optional
            Some hundreds at most: they stand in the address.
        page_size : int, default=10000
            The server gives no more.
        offset : int, default=0
            Where in the list to begin.

        Yields
        ------
        DataFrame with columns run_id, task_id, setup_id, flow_id, dataset_id (int64), flow_name, dataset_name,
        value (float64), upload_time (datetime64)
            The index is the place in the list: to resume, begin at the last of it + 1. Full pages are kept; the
            last one may have grown and is asked for anew.
        """
        filters = "" if flow_id is None else f"/flow/{int(flow_id)}"
        if task_ids is not None:
            filters += f"/task/{_joined(task_ids)}"
        call = f"evaluation/list/function/{quote(metric, safe='')}{filters}"
        for place, page in self._pages(call, evaluations_page, lambda page: page["run_id"], _NO_EVALUATIONS,
                                       page_size=page_size, offset=offset):
            yield page.set_axis(pd.RangeIndex(place, place + len(page)))

    def setups(self, setup_ids: Iterable[int]) -> dict[int, dict[str, str]]:
        """Return the hyperparameters of setups, many of them a request; setups that are not there are left out.

        Returns
        -------
        dict of int to dict of str to str
            Setup to the values of its hyperparameters as OpenML writes them, for scikit-learn's flows as JSON, by
            their full names: flow, its version in parentheses, an underscore, hyperparameter.
        """
        ids = sorted({int(setup_id) for setup_id in setup_ids})
        found: dict[int, dict[str, str]] = {}
        for begin in range(0, len(ids), SETUPS_PER_REQUEST):
            chunk = ids[begin:begin + SETUPS_PER_REQUEST]
            try:
                found |= self._requests.get(self._address(f"setup/list/setup/{_joined(chunk)}"), setups_page,
                                            keep=_as_many_as(len(chunk)))
            except OpenMLError as error:
                if error.code != _NO_SETUPS:
                    raise
        return found

    def setups_of_flow(self, flow_id: int, *, page_size: int = 1_000,
                       offset: int = 0) -> Iterator[dict[int, dict[str, str]]]:
        """Yield the setups of a flow page by page, each as `setups` returns them; the server gives 1,000 at most."""
        for _, page in self._pages(f"setup/list/flow/{int(flow_id)}", setups_page, lambda page: page, _NO_SETUPS,
                                   page_size=page_size, offset=offset):
            yield page

    def find_flow(self, name: str, external_version: str, *, api_key: str) -> int | None:
        """Return the id of the flow of this name and version, or None. OpenML answers this with a valid key only."""
        with self._openml(f"flow {name}", self._publishing(api_key, "flow_exists")) as openml:
            return openml.flows.flow_exists(name, external_version) or None

    def publish_flow(self, *, name: str, external_version: str, description: str, parameters: Mapping[str, str],
                     dependencies: str, api_key: str) -> int:
        """Publish an algorithm, without its code, and return the id that it is given.

        It is never sent twice unless the server surely has not taken it: see `Requests.post`.

        Parameters
        ----------
        name, external_version : str
            No spaces: letters, digits, and ``_-.,():=``.
        description : str
        parameters : dict of str to str
            Hyperparameters and their defaults, as JSON.
        dependencies : str
            One a line.
        api_key : str
            Of the account that it is published under.

        Raises
        ------
        PossiblyTaken
            It is not known whether the server took it.
        """
        with self._openml(f"flow {name}", self._publishing(api_key, "upload_flow")) as openml:
            flow = openml.flows.OpenMLFlow(
                name=name, description=description, model=None, components={}, parameters=dict(parameters),
                parameters_meta_info={key: {"data_type": None, "description": None} for key in parameters},
                external_version=external_version, tags=[], language="English", dependencies=dependencies,
                class_name=name)
            openml.base.OpenMLBase.publish(flow)  # the flow's own would ask once more whether it is there
            return int(flow.flow_id)

    def publish_run(self, task_id: int, flow_id: int, settings: Mapping[str, str], predictions: pd.DataFrame, *,
                    api_key: str) -> int:
        """Publish predictions for the test rows of a task, and return the id that the run is given.

        It is never sent twice unless the server surely has not taken it: see `Requests.post`.

        Parameters
        ----------
        task_id, flow_id : int
        settings : dict of str to str
            Hyperparameters of the flow and their values, as JSON.
        predictions : DataFrame
            One row for each test row, with the columns repeat, fold, row_id, prediction and truth, and for
            classification ``confidence.LABEL`` for each label of the task.
        api_key : str
            Of the account that it is published under.

        Raises
        ------
        PossiblyTaken
            It is not known whether the server took it.
        """
        with self._openml(f"task {task_id}", self._publishing(api_key, "upload_run")) as openml:
            task = openml.tasks.get_task(int(task_id), download_splits=False)
            labels = [] if _kind(task) == "regression" else list(task.class_labels)
            shares = predictions[[f"confidence.{label}" for label in labels]].to_numpy().tolist()
            told = predictions[["repeat", "fold", "row_id", "prediction", "truth"]].to_dict("list")
            rows = [openml.runs.functions.format_prediction(task, repeat, fold, row, prediction, truth,
                                                            proba=dict(zip(labels, own, strict=True)))
                    for *(repeat, fold, row, prediction, truth), own in zip(*told.values(), shares, strict=True)]
            given = [{"oml:name": name, "oml:value": value, "oml:component": int(flow_id)}
                     for name, value in settings.items()]
            run = openml.runs.OpenMLRun(task_id=int(task_id), flow_id=int(flow_id), dataset_id=task.dataset_id,
                                        data_content=rows, parameter_settings=given)
            run.publish()
            return int(run.run_id)

    def _pages(self, call: str, read: Callable[[bytes], P], ids: Callable[[P], Iterable[int]], end: int, *,
               page_size: int, offset: int) -> Iterator[tuple[int, P]]:
        """Yield place in the list and page, until the server says by the error `end` that there is no more."""
        seen: set[int] = set()

        def new(body: bytes) -> P:
            page = read(body)
            if seen.issuperset(ids(page)):
                raise PassingFault("the page repeats what earlier ones held", "The server does not get further in "
                                   "this list: try again later, from this offset.")
            return page

        while True:
            address = self._address(f"{call}/limit/{page_size}/offset/{offset}")
            try:
                page = self._requests.get(address, new, keep=_as_many_as(page_size))
            except OpenMLError as error:
                if error.code == end:
                    return
                raise
            seen.update(ids(page))
            yield offset, page
            offset += len(page)

    def _address(self, call: str) -> str:
        return f"{self._server}/{call}"

    def _openml(self, what: str, send: Callable[..., Answer] | None = None) -> AbstractContextManager[Any]:
        return borrowed(self._package, server=self._server, send=send or self._send, what=what)

    def _publishing(self, api_key: str, answer: str) -> Callable[..., Answer]:
        """Return what asks as `_send` does, and sends what is to be answered by an element of this name."""
        return partial(self._send, publish=partial(self._publish, api_key, answer))

    def _publish(self, api_key: str, answer: str, url: str, data: Mapping[str, str] | None,
                 files: Mapping[str, object] | None) -> Answer:
        return Answer(self._requests.post(url, lambda body: (xml_root(body, answer), body)[1], api_key=api_key,
                                          fields=data or {}, files=files or {}))

    def _send(self, request_method: str, url: str, data: Any, files: Any = None, md5_checksum: str | None = None, *,
              publish: Callable[..., Answer] | None = None) -> Answer:
        """Ask as `openml._api_calls._send_request` is asked to."""
        if request_method == "post" and publish is not None:
            return publish(url, data, files)
        if request_method != "get" or files is not None:
            raise OpenMLError(f"Here the client only reads; it does not {request_method} to {url}.")
        if url.startswith(self._server):
            return Answer(self._requests.get(url, lambda body: (xml_root(body), body)[1]))
        return Answer(self._requests.get(url, lambda body: checked_file(body, md5_checksum)))


def _kind(task: Any) -> Literal["binary", "multiclass", "regression"]:
    number = task.task_type_id.value
    if number == _REGRESSION:
        return "regression"
    if number != _CLASSIFICATION:
        raise OpenMLError(f"Task {task.task_id} is of the type {task.task_type}, neither classification nor "
                          "regression: leave it out.")
    if not task.class_labels:
        raise OpenMLError(f"The target of task {task.task_id} has no classes: leave the task out.")
    return "binary" if len(task.class_labels) == 2 else "multiclass"


def _unordered(X: pd.DataFrame) -> pd.DataFrame:
    """Take the order off categories, which `openml` gives to all of them."""
    nominal = {name: X[name].cat.as_unordered().dtype for name in X if isinstance(X[name].dtype, pd.CategoricalDtype)}
    return X.astype(nominal)


def _categories(y: pd.Series[Any]) -> pd.Series[Any]:
    return y.astype("category").cat.as_unordered()


def _within(found: list[tuple[Rows, Rows]], n_rows: int) -> list[tuple[Rows, Rows]]:
    for rows in (rows for split in found for rows in split):
        if not len(rows) or rows.min() < 0 or rows.max() >= n_rows:
            raise PassingFault(f"the splits do not belong to a table of {n_rows} rows", "Leave the task out.")
    return found


def _as_many_as(wanted: int) -> Callable[[Any], bool]:
    return lambda found: len(found) >= wanted


def _joined(ids: Iterable[int]) -> str:
    return ",".join(str(int(number)) for number in ids)
