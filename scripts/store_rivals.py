"""Three questions such as a warm start has, answered without the knowledge base: pandas over Parquet files, and SQLite.

Both are given what a careful user would give them: pandas reads only the columns and row groups that it needs, SQLite
has clustered tables and covering indexes. Distances between tasks are computed by the same function for all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow.parquet as pq

from knowledge_base.neighbours import nearest

VERSION = "1"
_ROWS_AT_ONCE = 100_000


class View(Protocol):
    """What is asked, in this order."""

    def nearest(self, metafeatures: Mapping[str, float], task_type: str, k: int) -> list[int]: ...
    def matrix(self, task_ids: Sequence[int], task_type: str, metric: str) -> pd.DataFrame: ...
    def best(self, task_ids: Sequence[int], metric: str, n: int) -> pd.DataFrame: ...


class Rival(Protocol):
    """Opens what it reads for the length of a block, as a process that has just been started has to."""

    def opened(self) -> AbstractContextManager[View]: ...


class PandasOverParquet:
    """Reads from the files of an export what each question needs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def opened(self) -> Iterator[PandasOverParquet]:
        yield self

    def nearest(self, metafeatures: Mapping[str, float], task_type: str, k: int) -> list[int]:
        tasks = self._read("task", ["task_id"], [("task_type", "==", task_type)])
        stored = self._read("metafeature", ["task_id", "name", "value"], [("version", "==", VERSION)])
        stored = stored[stored["task_id"].isin(tasks["task_id"])]
        places = {name: place for place, name in enumerate(metafeatures)}
        stored = stored.assign(position=stored["name"].map(places)).dropna(subset=["position"])
        return nearest(metafeatures, stored.astype({"position": "int64"}), k).index.tolist()

    def matrix(self, task_ids: Sequence[int], task_type: str, metric: str) -> pd.DataFrame:
        return _as_matrix(self._cells(task_ids, metric))

    def best(self, task_ids: Sequence[int], metric: str, n: int) -> pd.DataFrame:
        return _first_of_each(self._cells(task_ids, metric), task_ids, n)

    def _cells(self, task_ids: Sequence[int], metric: str) -> pd.DataFrame:
        studies = self._read("study", ["study_key", "task_id"], [("task_id", "in", task_ids), ("metric", "==", metric)])
        outcomes = self._read(
            "outcome",
            ["study_key", "configuration_key", "loss", "seconds"],
            [
                ("study_key", "in", studies["study_key"].tolist()),
                ("status", "==", "ok"),
                ("is_full_fidelity", "==", True),
            ],
        )
        cells = outcomes.merge(studies).sort_values(["loss", "seconds"])
        cells = cells.drop_duplicates(["task_id", "configuration_key"])
        names = self._read(
            "configuration", ["configuration_key", "configuration_id", "algorithm", "configuration"], None
        )
        return cells.merge(names)

    def _read(self, table: str, columns: list[str], filters: list[tuple[str, str, Any]] | None) -> pd.DataFrame:
        return pd.read_parquet(self._folder / f"{table}.parquet", columns=columns, filters=filters)


class SQLite:
    """A database file that `build` made."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def opened(self) -> Iterator[SQLiteView]:
        with closing(sqlite3.connect(self._path)) as connection:
            yield SQLiteView(connection)


class SQLiteView:
    """An open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def nearest(self, metafeatures: Mapping[str, float], task_type: str, k: int) -> list[int]:
        names = list(metafeatures)
        stored = self._ask(
            f"SELECT task_id, name, value FROM metafeature JOIN task USING (task_id) WHERE version = ? "
            f"AND task_type = ? AND name IN ({_marks(names)})",
            [VERSION, task_type, *names],
        )
        stored["position"] = stored["name"].map({name: place for place, name in enumerate(names)})
        return nearest(metafeatures, stored, k).index.tolist()

    def matrix(self, task_ids: Sequence[int], task_type: str, metric: str) -> pd.DataFrame:
        return _as_matrix(self._cells(task_ids, metric, "configuration_id"))

    def best(self, task_ids: Sequence[int], metric: str, n: int) -> pd.DataFrame:
        cells = self._cells(task_ids, metric, "configuration_id, algorithm, configuration")
        return _first_of_each(cells, task_ids, n)

    def _cells(self, task_ids: Sequence[int], metric: str, columns: str) -> pd.DataFrame:
        # SQLite takes `seconds` from the row of the least loss.
        return self._ask(
            f"SELECT task_id, configuration_key, {columns}, min(loss) AS loss, seconds "
            "FROM study JOIN outcome USING (study_key) JOIN configuration USING (configuration_key) "
            f"WHERE task_id IN ({_marks(task_ids)}) AND metric = ? AND status = 'ok' AND is_full_fidelity "
            "GROUP BY task_id, configuration_key",
            [*task_ids, metric],
        )

    def _ask(self, query: str, values: Sequence[Any]) -> pd.DataFrame:
        return pd.read_sql_query(query, self._connection, params=tuple(values))


def build(path: Path, folder: Path) -> None:
    """Fill an SQLite file with the columns that the questions need, clustered by the keys that they go by."""
    tables = {
        "task": ("task_id INTEGER PRIMARY KEY, task_type TEXT", ""),
        "metafeature": (
            "version TEXT, name TEXT, task_id INTEGER, value REAL, PRIMARY KEY (version, name, task_id)",
            "WITHOUT ROWID",
        ),
        "study": (
            "task_id INTEGER, metric TEXT, study_key INTEGER, PRIMARY KEY (task_id, metric, study_key)",
            "WITHOUT ROWID",
        ),
        "configuration": (
            "configuration_key INTEGER PRIMARY KEY, configuration_id TEXT, algorithm TEXT, configuration TEXT",
            "",
        ),
        "outcome": (
            "study_key INTEGER, number INTEGER, configuration_key INTEGER, status TEXT, loss REAL, "
            "is_full_fidelity INTEGER, seconds REAL, PRIMARY KEY (study_key, number)",
            "WITHOUT ROWID",
        ),
    }
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        for table, (columns, options) in tables.items():
            connection.execute(f"CREATE TABLE {table} ({columns}) {options}")
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            connection.executemany(
                f"INSERT INTO {table} VALUES ({_marks(names)})", _rows(folder / f"{table}.parquet", names)
            )
        connection.execute("ANALYZE")
        connection.commit()
    draft.replace(path)


def _rows(path: Path, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=columns):
            yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _as_matrix(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.set_index(["task_id", "configuration_id"])["loss"].unstack()  # noqa: PD010 (a cell has one value)


def _first_of_each(cells: pd.DataFrame, task_ids: Sequence[int], n: int) -> pd.DataFrame:
    place = {task_id: order for order, task_id in enumerate(task_ids)}
    cells = cells.assign(place=cells["task_id"].map(place))
    cells = cells.sort_values(["place", "loss", "seconds", "configuration_key"], ignore_index=True)
    return cells.groupby("place").head(n).reset_index(drop=True)
