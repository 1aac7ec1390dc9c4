"""Compare metafeatures with pymfe, value by value and second by second.

    python scripts/compare_metafeatures.py --pymfe-python PATH [--out FILE] [--timeout-s S] [NAME ...]

pymfe runs in an environment of its own, one process per table. Both sides use one thread and seconds are of processor
time, imports left out. Ours run twice: with the row limits that users get, and on all rows, as pymfe does, which gives
the values that are compared. pymfe knows classes only, so a numeric target is cut at its quartiles for both sides.
A table that pymfe does not finish in time counts with the seconds that pymfe had spent on it; ours do not run on all of
its rows, as there is nothing to compare with. Results are written to FILE as they come, smallest
tables first; a run that is stopped goes on where it was. Every difference must be one that
`metafeatures.counterparts.PYMFE` gives a reason for; others are listed and make the exit status 1.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import metafeatures
from metafeatures.counterparts import CATEGORICAL, MANY, PYMFE, PYMFE_SUMMARIES, TINY
from metafeatures.design import MAX_LEVELS

DATASETS = Path(__file__).parents[1] / ".." / "shared" / "datasets"
SUMMARIES = ("mean", "sd", "min", "max", "median", "range", "iqr", "skewness", "kurtosis", "sum")
RTOL, ATOL = 1e-6, 1e-9
NOISE = 1e-12


def load_table(row: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numeric block, codes, class codes.

    Rows with holes are left out, which pymfe cannot read, and columns of more levels than our models look at.
    """
    frame = pd.read_parquet(DATASETS / f"{row['name']}.parquet")
    frame = frame.loc[:, frame.isna().mean() < 0.5].dropna()
    target = frame[row["target"]]
    y = pd.qcut(target, 4, labels=False, duplicates="drop") if row["task"] == "regression" else target
    y = pd.factorize(y, sort=True)[0]
    X = frame.drop(columns=row["target"])
    is_text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    X = X.loc[:, [not text or X.iloc[:, j].nunique() <= MAX_LEVELS for j, text in enumerate(is_text)]]
    is_text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    codes = np.empty((len(X), sum(is_text)), dtype=np.int32)
    for j, name in enumerate(X.columns[is_text]):
        codes[:, j] = pd.factorize(X[name])[0]
    return X.loc[:, [not text for text in is_text]].to_numpy(np.float64), codes, y


def kinds_of(numeric: np.ndarray, codes: np.ndarray) -> set[str]:
    """Kinds of columns that the table has and that a difference may be confined to."""
    width = np.ptp(numeric, axis=0)
    kinds = {CATEGORICAL: codes.size > 0, MANY: numeric.shape[1] > 1_000, TINY: np.any((width > 0) & (width < 2e-15))}
    return {kind for kind, has in kinds.items() if has}


def our_name(theirs: str, kinds: set[str]) -> tuple[str, str] | None:
    """Our full name of a value of pymfe, and the reason if it may differ."""
    base, _, summary = theirs.partition(".")
    if theirs.endswith(".relative"):
        base, summary = theirs.replace("nan", ""), ""
    if base not in PYMFE:
        return None
    ours = PYMFE[base]
    reason = ours.difference if not ours.only_with or ours.only_with in kinds else ""
    return ours.name + (f".{PYMFE_SUMMARIES[summary]}" if summary else ""), reason


def size_of(theirs: dict[str, float], base: str) -> float:
    """Largest absolute value of an array, 0 if there is none."""
    size = max(abs(theirs.get(f"{base}.{summary}", 0.0)) for summary in ("nanmin", "nanmax"))
    return size if math.isfinite(size) else 0.0


def absolute_tolerance(theirs: dict[str, float], name: str) -> float:
    """Rounding error of a summary: of the shape of an array, and of sums in which its largest elements cancel."""
    base, _, summary = name.partition(".")
    if summary in ("nanskewness", "nankurtosis"):
        return RTOL
    return ATOL + NOISE * size_of(theirs, base)


def compare(ours: dict[str, float], theirs: dict[str, float], kinds: set[str]) -> tuple[Counter[str], list[str]]:
    """Counts of equal values and of each reason to differ; what differs without one."""
    counts: Counter[str] = Counter()
    unexplained = []
    for name, value in theirs.items():
        found = our_name(name, kinds)
        if found is None:
            continue
        mine = ours.get(found[0], math.nan)
        equal = np.isclose(mine, value, rtol=RTOL, atol=absolute_tolerance(theirs, name))
        if equal or (not math.isfinite(value) and not math.isfinite(mine)):
            counts["equal"] += 1
        elif not math.isfinite(value):
            counts["pymfe has no value"] += 1
        elif found[1]:
            counts[found[1]] += 1
        elif is_noise(theirs, name):
            counts["pymfe gives the shape of what differs by rounding alone"] += 1
        else:
            unexplained.append(f"{name}: pymfe {value!r}, {found[0]} {mine!r}")
    return counts, unexplained


def is_noise(theirs: dict[str, float], name: str) -> bool:
    """Whether a value is the skewness or kurtosis of numbers that are equal but for rounding."""
    base, _, summary = name.partition(".")
    sd = theirs.get(f"{base}.nansd", math.nan)
    return summary in ("nanskewness", "nankurtosis") and sd <= NOISE * size_of(theirs, base)


def seconds_of_children() -> float:
    """Processor time of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_pymfe(python: str, file: Path, timeout_s: float) -> dict[str, Any]:
    """Values and seconds, and whether it finished; where it ran past the limit or died, all that it had spent."""
    command = [python, str(Path(__file__).with_name("pymfe_values.py")), str(file)]
    before_s = seconds_of_children()
    try:
        subprocess.run(command, check=True, timeout=timeout_s, env=os.environ | {"OMP_NUM_THREADS": "1"})
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return {"seconds": seconds_of_children() - before_s, "values": {}, "finished": False}
    result: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return result | {"finished": True}


def measure(row: pd.Series, options: argparse.Namespace) -> dict[str, object]:
    """Compare on one table."""
    numeric, codes, y = load_table(row)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.npz"
        np.savez(file, numeric=numeric, codes=codes, y=y)
        theirs = run_pymfe(options.pymfe_python, file, options.timeout_s)
    result: dict[str, object] = {
        "table": row["name"], "rows": len(y), "columns": numeric.shape[1] + codes.shape[1],
        "pymfe_s": theirs["seconds"], "finished": theirs["finished"],
    }  # fmt: skip
    for name, limits in (("sampled_s", None), ("all_rows_s", metafeatures.RowLimits.unlimited())):
        if name == "all_rows_s" and not theirs["finished"]:
            return result | {name: math.nan, "counts": {}, "unexplained": []}
        begun = time.process_time()
        ours = metafeatures.extract(
            numeric, y, categorical=codes, task="multiclass", groups="all", summaries=SUMMARIES, row_limits=limits
        )
        result[name] = time.process_time() - begun
    counts, odd = compare(dict(ours.values), theirs["values"], kinds_of(numeric, codes))
    return result | {"counts": counts, "unexplained": [f"{row['name']}: {line}" for line in odd]}


def report(results: list[dict[str, object]]) -> int:
    """Print all; gives the number of differences without a reason."""
    columns = ["table", "rows", "columns", "finished", "pymfe_s", "sampled_s", "all_rows_s"]
    frame = pd.DataFrame(results)[columns]
    for name in ("sampled", "all_rows"):
        frame[f"{name}_ratio"] = frame["pymfe_s"] / frame[f"{name}_s"]
    print(frame.round(3).to_string(index=False))
    for name in ("sampled", "all_rows"):
        part = frame.dropna(subset=f"{name}_s")
        ours_s, pymfe_s, ratio = part[f"{name}_s"].sum(), part["pymfe_s"].sum(), part[f"{name}_ratio"]
        print(
            f"{name}, {len(part)} tables, {part['finished'].sum()} of which pymfe finished: pymfe {pymfe_s:.1f} s",
            end=", ",
        )
        print(f"ours {ours_s:.1f} s, ratio {pymfe_s / ours_s:.1f}; of one table least {ratio.min():.1f}", end=", ")
        print(f"median {ratio.median():.1f}")
    totals = sum((Counter(result["counts"]) for result in results), Counter[str]())
    for reason, count in totals.most_common():
        print(f"{count:7d}  {reason}")
    unexplained = [line for result in results for line in result["unexplained"]]
    print("\n".join(unexplained) or "no difference without a reason")
    return len(unexplained)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="tables (default all)")
    parser.add_argument("--pymfe-python", required=True, help="Python of an environment with pymfe 0.4.4")
    parser.add_argument("--out", type=Path, help="file of JSON lines that results are added to")
    parser.add_argument("--tables", type=int, help="so many, the smallest")
    parser.add_argument("--timeout-s", type=float, default=120.0, help="of pymfe, each table")
    options = parser.parse_args()
    catalog = pd.read_csv(DATASETS / "catalog.csv").sort_values("rows", kind="stable")
    chosen = catalog[catalog["name"].isin(options.names)] if options.names else catalog.head(options.tables or None)
    results = []
    if options.out is not None and options.out.exists():
        results = [json.loads(line) for line in options.out.read_text(encoding="utf-8").splitlines()]
    done = {result["table"] for result in results}
    metafeatures.extract(np.eye(20), [0, 1] * 10, groups="all")  # imports
    for _, row in chosen.iterrows():
        if row["name"] in done:
            continue
        results.append(measure(row, options))
        print(", ".join(f"{k} {v}" for k, v in results[-1].items() if k not in ("counts", "unexplained")), flush=True)
        if options.out is not None:
            with options.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(results[-1]) + "\n")
    return int(report(results) > 0)


if __name__ == "__main__":
    sys.exit(main())
