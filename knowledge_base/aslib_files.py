"""The files of an ASlib scenario as frames, each checked; what is wrong is named with its file and line or column."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from knowledge_base import arff
from knowledge_base.errors import InvalidRecord

STATUSES = {"ok": "ok", "timeout": "timeout", "memout": "memory", "not_applicable": "invalid", "crash": "crash",
            "other": "crash"}
"""ASlib's words for how a run ended, and the store's."""

_NEEDED = ("scenario_id", "performance_measures", "performance_type", "maximize")
_ENTRY = re.compile(r"([^\s:][^:]*):(?:\s+(.*))?")
_LEARNER = ("classifier:__choice__", "regressor:__choice__")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)", re.IGNORECASE)


def description(path: Path) -> dict[str, str]:
    """Read the entries of ``description.txt`` that are needed; of several values the first.

    The file is YAML of a simple kind: entries whose values stand beside them, with commas, or below, with dashes.
    Deeper entries are passed over.
    """
    entries, current = dict[str, list[str]](), ""
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip() or line.startswith(("#", "%", "---")):
            continue
        if line.startswith((" ", "\t", "-")) and current:
            if line.strip().startswith("- "):
                entries[current].append(_unquoted(line.strip()[2:]))
            continue
        match = _ENTRY.fullmatch(line.rstrip())
        if match is None:
            raise InvalidRecord(f"{path}, line {number}: expected an entry such as 'scenario_id: NAME', "
                                f"got {line!r:.60}.")
        current = match[1]
        values = (match[2] or "").strip().removeprefix("[").removesuffix("]").split(",")
        entries[current] = [_unquoted(value) for value in values if value.strip()]
    missing = [name for name in _NEEDED if not entries.get(name)]
    if missing:
        raise InvalidRecord(f"{path} lacks {', '.join(missing)}.")
    needed = {name: entries[name][0] for name in _NEEDED}
    needed["maximize"] = needed["maximize"].lower()
    if needed["maximize"] not in ("true", "false"):
        raise InvalidRecord(f"{path}: maximize is {needed['maximize']!r}, expected true or false.")
    return needed


def runs(path: Path, measure: str) -> pd.DataFrame:
    """Read ``algorithm_runs.arff``; return instance_id, algorithm, repetition, performance, status, by line."""
    rows = arff.read(path).rows
    _check_columns(path, rows, text=("instance_id", "algorithm", "runstatus"), numbers=("repetition", measure))
    _check_keys(path, rows, ["instance_id", "algorithm", "repetition"])
    for line, status, performance in zip(rows.index, rows["runstatus"], rows[measure], strict=True):
        if status not in STATUSES:
            raise _wrong(path, line, f"runstatus is {status!r}, expected one of {', '.join(STATUSES)}")
        if status == "ok" and not math.isfinite(performance):
            raise _wrong(path, line, f"the run is ok, but its {measure} is missing or infinite")
    return pd.DataFrame({
        "instance_id": rows["instance_id"], "algorithm": rows["algorithm"],
        "repetition": rows["repetition"].astype("int64"),
        "performance": rows[measure].where(rows["runstatus"] == "ok"), "status": rows["runstatus"]})


def by_instance(path: Path) -> pd.DataFrame:
    """Read ``feature_values.arff`` or ``feature_costs.arff``; return means over repetitions, by instance_id."""
    rows = arff.read(path).rows
    numbers = tuple(name for name in rows.columns if name != "instance_id")
    _check_columns(path, rows, text=("instance_id",), numbers=("repetition", *numbers))
    _check_keys(path, rows, ["instance_id", "repetition"])
    return rows.groupby("instance_id", sort=False).mean().drop(columns="repetition")


def algorithms(folder: Path, runs: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Read ``configurations.csv``; return algorithm and configuration by the scenario's algorithm id.

    Without that file the algorithms are those of the runs, of which nothing is known but the name.
    """
    path = folder / "configurations.csv"
    known = dict(_configurations(path)) if path.exists() else {name: {} for name in runs["algorithm"]}
    for line, name in runs["algorithm"].items():
        if name not in known:
            raise _wrong(folder / "algorithm_runs.arff", line, f"algorithm {name!r} is not in {path.name}")
    learners = [next((str(known[name][key]) for key in _LEARNER if key in known[name]), name) for name in known]
    return pd.DataFrame({"algorithm": pd.Series([f"{prefix}:{learner}" for learner in learners], dtype=object),
                         "configuration": pd.Series(list(known.values()), dtype=object)}
                        ).set_axis(pd.Index(list(known), dtype=object, name="id"))


def source(folder: Path) -> dict[str, Any]:
    """Say where a scenario is from: its folder's name, its files' digests, and what their comments say."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".arff", ".csv", ".txt", ".bib", ".md"))
    comments = {path.name: list(arff.read(path).comments) for path in files if path.suffix == ".arff"}
    return {"folder": folder.resolve().name,
            "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
            "comments": {name: lines for name, lines in comments.items() if lines}}


def _configurations(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(_text(path)), strict=True)
    seen = set[str]()
    try:
        names = next(reader, [])
        if len(names) < 2 or len(set(names)) < len(names):
            raise InvalidRecord(f"{path}, line 1: expected an id and parameters, each named once.")
        for row in reader:
            if len(row) != len(names):
                raise _wrong(path, reader.line_num, f"there are {len(row)} values for {len(names)} columns")
            if not row[0] or row[0] in seen:
                raise _wrong(path, reader.line_num, f"the {names[0]} is empty or comes twice: {row[0]!r:.40}")
            seen.add(row[0])
            yield row[0], {name: _setting(value) for name, value in zip(names[1:], row[1:], strict=True) if value}
    except csv.Error as error:
        raise _wrong(path, reader.line_num, str(error)) from error


def _setting(text: str) -> str | bool | int | float:
    if text in ("True", "False"):
        return text == "True"
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) and math.isfinite(float(text)) else text


def _check_columns(path: Path, rows: pd.DataFrame, *, text: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    for name in (*text, *numbers):
        if name not in rows:
            raise InvalidRecord(f"{path} lacks the attribute {name!r}.")
        if (rows[name].dtype == float) != (name in numbers):
            raise InvalidRecord(f"{path}: attribute {name!r} is to be {'numeric' if name in numbers else 'text'}.")


def _check_keys(path: Path, rows: pd.DataFrame, keys: list[str]) -> None:
    for key in keys:
        for line in rows.index[rows[key].isna()]:
            raise _wrong(path, line, f"{key} is missing")
    for line in rows.index[rows.duplicated(keys)]:
        raise _wrong(path, line, f"the same {', '.join(keys)} came before")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRecord(f"{path} cannot be read: {error}.") from error


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _wrong(path: Path, line: object, what: str) -> InvalidRecord:
    return InvalidRecord(f"{path}, line {line}: {what}.")
