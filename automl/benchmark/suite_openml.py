"""Suites of OpenML: its tasks, on its own splits."""

from __future__ import annotations

from collections import Counter

from automl.benchmark.suite import BenchmarkTable, Rows
from knowledge_base.openml_client import OpenMLClient, OpenMLTask

PREFIX = "openml/"


def read_openml_suite(client: OpenMLClient, source: str) -> list[BenchmarkTable]:
    """Read which tasks a suite of OpenML has.

    Parameters
    ----------
    client : OpenMLClient
    source : str
        ``openml/s/271`` or ``openml/s/OpenML-CC18``, a suite by its number or alias, or ``openml/t/59``, one task.

    Returns
    -------
    list of BenchmarkTable
        Each with the folds of the first repeat of OpenML's splits. Tables of one name are told apart by their suites.

    Raises
    ------
    ValueError
        If the source has another form.
    OpenMLError
        If OpenML knows no such suite or task, or does not answer.
    """
    kind, _, name = source.removeprefix(PREFIX).partition("/")
    if kind not in ("s", "t") or not name or (kind == "t" and not name.isdigit()):
        raise ValueError(f"{source} is no suite of OpenML: write openml/s/271, openml/s/ALIAS or openml/t/59")
    task_ids = client.suite(name) if kind == "s" else [int(name)]
    tasks = [client.task(task_id) for task_id in dict.fromkeys(task_ids)]
    times = Counter(task.dataset_name for task in tasks)
    return [_table(client, source if times[task.dataset_name] == 1 else f"{PREFIX}t/{task.id}", task) for task in tasks]


def _table(client: OpenMLClient, suite: str, task: OpenMLTask) -> BenchmarkTable:
    def read() -> Rows:
        table = client.table(task.id)
        return Rows(table.X.reset_index(drop=True), table.y.reset_index(drop=True), table.splits[: task.n_folds])

    return BenchmarkTable(suite, task.dataset_name, task.kind, read)
