"""Folding in: from inbox files to the tables, in transactions of milliseconds, each file at most once."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from knowledge_base import inbox, schema
from knowledge_base.absorb import INCOMING, absorb
from knowledge_base.connections import Connection, writing
from knowledge_base.errors import InvalidRecord
from knowledge_base.layout import Layout
from knowledge_base.locks import held
from knowledge_base.records import key_of, outcome_record, study_record

_LOGGER = logging.getLogger(__name__)
_FILES_AT_ONCE = 256
_OUTCOMES_AT_ONCE = 20_000
_STUDY_EXTRA = ("metafeatures", "metafeatures_version", "space_version", "provenance")
_LARGEST_FLOAT = float(np.finfo("float32").max)
_COLUMNS: dict[str, dict[str, str]] = {
    "task": {"task_id": "int64", "content_hash": "object", "task_type": "object", "name": "object",
             "n_rows": "Int64", "n_features": "Int64", "n_classes": "Int64", "source": "object"},
    "metafeature": {"task_id": "int64", "version": "object", "name": "object", "value": "float64"},
    "provenance": {"provenance_key": "int64", "provenance": "object"},
    "study": {"study_key": "int64", "task_id": "int64", "metric": "object", "split": "object", "seed": "Int64",
              "source": "object", "space_version": "object", "metafeatures_version": "object",
              "provenance_key": "int64", "started_at": "datetime64[us]"},
    "configuration": {"configuration_key": "int64", "configuration_id": "object", "algorithm": "object",
                      "configuration": "object"},
    "outcome": {"study_key": "int64", "number": "int64", "configuration_key": "int64", "status": "object",
                "loss": "float64", "fold_losses": "object", "metric_names": "object", "metric_values": "object",
                "folds": "Int64", "iterations_fraction": "float32", "rows_fraction": "float32",
                "is_full_fidelity": "bool", "seconds": "float32", "fit_seconds": "float32",
                "predict_seconds": "float32", "peak_mb": "float32", "seed": "Int64", "error": "object",
                "trial_number": "Int64"},
}

Row = dict[str, Any]


@dataclass
class InboxFile:
    """What one inbox file holds; `study` is None where its first line is none, or of a later format."""

    path: Path
    study: Row | None = None
    outcomes: list[Row] = field(default_factory=list)
    bad_lines: list[bytes] = field(default_factory=list)
    is_newer: bool = False


def fold(layout: Layout, *, wait_s: float) -> int:
    """Add every inbox file that no writer has open to the store; return the number of new outcomes.

    Raises
    ------
    Locked
        Another process holds the store, still after `wait_s` seconds. The files stay where they are.
    """
    if not inbox.files(layout.inbox):
        return 0
    added, left = 0, set[Path]()
    with held(layout.lock, wait_s=wait_s):
        while True:
            with inbox.claimed(layout.inbox, _FILES_AT_ONCE, leave=left) as paths:
                batch = _read_some(paths)
                added += _store(batch, layout, wait_s)
            left |= _cleared(batch, layout.quarantine)
            if len(batch) == len(paths) < _FILES_AT_ONCE:
                return added


def _read_some(paths: list[Path]) -> list[InboxFile]:
    batch: list[InboxFile] = []
    for path in paths:
        batch.append(read(path))
        if sum(len(file.outcomes) for file in batch) >= _OUTCOMES_AT_ONCE:
            break
    return batch


def read(path: Path) -> InboxFile:
    """Parse an inbox file; a last line without a line feed had not been recorded and is left out."""
    result = InboxFile(path)
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:  # renamed since it was listed: its turn comes
        return result
    for place, line in enumerate(lines):
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise InvalidRecord("a line is no JSON object")
            if place == 0:
                result.is_newer = int(record.pop("format")) > inbox.FORMAT
                if result.is_newer:
                    return result
                result.study = _study(record)
            elif result.study is not None:
                result.outcomes.append(_outcome(record, result.study))
            else:
                result.bad_lines.append(line)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            result.bad_lines.append(line)
    numbers = {row["number"]: row for row in result.outcomes}
    result.outcomes = list(numbers.values())
    return result


def _study(record: Row) -> Row:
    name, started_at = record.pop("study"), datetime.fromisoformat(record.pop("started_at"))
    extra = {key: record.pop(key, None) for key in _STUDY_EXTRA}
    extra["provenance"] = json.loads(extra["provenance"])
    checked = study_record(record, **extra)
    return checked | {
        "study_key": key_of(name),
        "task_id": key_of(checked["content_hash"], checked["task_type"]),
        "provenance_key": key_of(checked["provenance"]),
        "started_at": (started_at.astimezone(UTC) if started_at.tzinfo else started_at).replace(tzinfo=None),
    }


def _outcome(record: Row, study: Row) -> Row:
    number = record.pop("number")
    if not isinstance(number, int) or not 0 <= number < 2**63:
        raise InvalidRecord(f"the number of an outcome is {number!r:.80}")
    checked = outcome_record(record | {"metric": None}, study["metric"])
    key = key_of(checked["configuration_id"], checked["algorithm"], checked["configuration"])
    return checked | {"number": number, "study_key": study["study_key"], "configuration_key": key}


def _store(batch: list[InboxFile], layout: Layout, wait_s: float) -> int:
    """Insert a batch in one transaction; a file that the database refuses is set aside, not the others with it."""
    for file in batch:
        if file.bad_lines and file.study is not None:
            _set_aside(file.bad_lines, layout.quarantine / file.path.name)
    batch = [file for file in batch if file.outcomes]
    if not batch:
        return 0
    tables = _tables(batch)
    try:
        with writing(layout, wait_s=wait_s) as connection:
            _register(connection, tables)
            return absorb(connection)["outcome"]
    except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError) as error:
        if len(batch) > 1:
            return sum(_store([file], layout, wait_s) for file in batch)
        _LOGGER.warning("Inbox file %s cannot be stored and is set aside: %s", batch[0].path.name, error)
        batch[0].study = None
        return 0


def _tables(batch: list[InboxFile]) -> dict[str, pd.DataFrame]:
    studies = [file.study for file in batch if file.study is not None]
    outcomes = [row | row["fidelity"] for file in batch for row in file.outcomes]
    metafeatures = [
        {"task_id": study["task_id"], "version": study["metafeatures_version"], "name": name, "value": value}
        for study in studies for name, value in study["metafeatures"].items()]
    for row in outcomes:
        row["fold_losses"] = [None if loss is None else _narrow(loss) for loss in row["fold_losses"]]
        row["metric_names"], row["metric_values"] = list(row["metrics"]), list(row["metrics"].values())
    rows = {"task": studies, "metafeature": metafeatures, "provenance": studies, "configuration": outcomes,
            "outcome": outcomes, "study": studies}
    return {table: _frame(rows[table], _COLUMNS[table], keys) for table, keys in schema.TABLES.items()}


def _narrow(loss: float) -> float:
    return loss if abs(loss) <= _LARGEST_FLOAT else math.copysign(math.inf, loss)


def _frame(rows: list[Row], dtypes: dict[str, str], keys: tuple[str, ...]) -> pd.DataFrame:
    """Make a frame whose types leave DuckDB nothing to guess; the first of several rows with one key stays."""
    with np.errstate(over="ignore"):  # seconds beyond the largest float are infinite
        columns = {name: _column([row.get(name) for row in rows], dtype) for name, dtype in dtypes.items()}
    return pd.DataFrame(columns).drop_duplicates(list(keys))


def _column(values: list[Any], dtype: str) -> Any:
    if dtype == "object":  # filled in one by one: a list of lists would become a matrix
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    return pd.array(values, dtype="Int64") if dtype == "Int64" else np.array(values, dtype=dtype)


def _register(connection: Connection, tables: dict[str, pd.DataFrame]) -> None:
    connection.execute(f"SET pandas_analyze_sample = {2 * _OUTCOMES_AT_ONCE + 1_000_000}")
    for table, frame in tables.items():
        if table == "outcome":
            connection.register("frame_of_outcomes", frame)
            connection.execute(
                f"CREATE TEMP VIEW {INCOMING}outcome AS SELECT * EXCLUDE (metric_names, metric_values), "
                "map(metric_names, metric_values) AS metrics FROM frame_of_outcomes")
        else:
            connection.register(INCOMING + table, frame)


def _set_aside(lines: list[bytes], path: Path) -> None:
    """Write lines that cannot be read to the quarantine, in one step, so that a second try changes nothing."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(b"".join(line + b"\n" for line in lines))
    os.replace(draft, path)


def _cleared(batch: list[InboxFile], quarantine: Path) -> set[Path]:
    """Take files that have been stored out of the inbox; return those that are left for a later version."""
    for file in batch:
        if file.is_newer:
            continue
        with contextlib.suppress(FileNotFoundError):
            if file.study is None:
                quarantine.mkdir(exist_ok=True)
                os.replace(file.path, quarantine / file.path.name)
            else:
                file.path.unlink()
    return {file.path for file in batch if file.is_newer}
