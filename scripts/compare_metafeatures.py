"""Compare metafeatures with pymfe, value by value and second by second.

    python scripts/compare_metafeatures.py --pymfe-python PATH [--tables N] [--max-rows N] [--timeout-s S] [NAME ...]

pymfe runs in an environment of its own, one process per table; both sides use one thread and read all rows. Seconds
are of processor time, imports left out; tables that pymfe does not finish are left out of the total. Every
difference must be one that `metafeatures.counterparts.PYMFE` gives a reason for; others are listed and make the exit
status 1.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import metafeatures
from metafeatures.counterparts import PYMFE, PYMFE_SUMMARIES
from metafeatures.design import MAX_LEVELS

DATASETS = Path(__file__).parents[1] / ".." / "shared" / "datasets"
SUMMARIES = ("mean", "sd", "min", "max", "median", "range", "iqr", "skewness", "kurtosis", "sum")
RTOL, ATOL = 1e-6, 1e-9


def load_table(row: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numeric block, codes, class codes.

    Rows with holes are left out, which pymfe cannot read, and columns of more levels than our models look at.
    """
    frame = pd.read_parquet(DATASETS / f"{row['name']}.parquet")
    frame = frame.loc[:, frame.isna().mean() < 0.5].dropna()
    y = pd.factorize(frame[row["target"]], sort=True)[0]
    X = frame.drop(columns=row["target"])
    is_text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    X = X.loc[:, [not text or X.iloc[:, j].nunique() <= MAX_LEVELS for j, text in enumerate(is_text)]]
    is_text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    codes = np.empty((len(X), sum(is_text)), dtype=np.int32)
    for j, name in enumerate(X.columns[is_text]):
        codes[:, j] = pd.factorize(X[name])[0]
    return X.loc[:, [not text for text in is_text]].to_numpy(np.float64), codes, y


def our_name(theirs: str, *, mixed: bool) -> tuple[str, str] | None:
    """Our full name of a value of pymfe, and the reason if it may differ."""
    base, _, summary = theirs.partition(".")
    if theirs.endswith(".relative"):
        theirs = theirs.replace("nan", "")
        return (PYMFE[theirs].name, PYMFE[theirs].difference) if theirs in PYMFE else None
    if base not in PYMFE:
        return None
    name = PYMFE[base].name + (f".{PYMFE_SUMMARIES[summary]}" if summary else "")
    return name, PYMFE[base].difference or (PYMFE[base].mixed if mixed else "")


def compare(ours: dict[str, float], theirs: dict[str, float], *, mixed: bool) -> tuple[Counter[str], list[str]]:
    """Counts of equal values and of each reason to differ; what differs without one."""
    counts: Counter[str] = Counter()
    unexplained = []
    for name, value in theirs.items():
        found = our_name(name, mixed=mixed)
        if found is None:
            continue
        mine = ours.get(found[0], math.nan)
        if np.isclose(mine, value, rtol=RTOL, atol=ATOL) or (not math.isfinite(value) and not math.isfinite(mine)):
            counts["equal"] += 1
        elif not math.isfinite(value):
            counts["pymfe has no value"] += 1
        elif found[1]:
            counts[found[1]] += 1
        else:
            unexplained.append(f"{name}: pymfe {value!r}, {found[0]} {mine!r}")
    return counts, unexplained


def run_pymfe(python: str, file: Path, timeout_s: float) -> dict[str, object]:
    """Values and seconds; neither where pymfe ran past the limit or died."""
    command = [python, str(Path(__file__).with_name("pymfe_values.py")), str(file)]
    try:
        subprocess.run(command, check=True, timeout=timeout_s, env=os.environ | {"OMP_NUM_THREADS": "1"})
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return {"seconds": math.nan, "values": {}}
    result: dict[str, object] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="tables; default: all classification tables within --max-rows")
    parser.add_argument("--pymfe-python", required=True, help="Python of an environment with pymfe 0.4.4")
    parser.add_argument("--tables", type=int, default=30)
    parser.add_argument("--max-rows", type=int, default=1_000)
    parser.add_argument("--timeout-s", type=float, default=600.0)
    parser.add_argument("--sampled", action="store_true", help="keep the default row limits: for speed, not equality")
    options = parser.parse_args()
    catalog = pd.read_csv(DATASETS / "catalog.csv")
    chosen = catalog[(catalog["task"] != "regression") & (catalog["rows"] <= options.max_rows)]
    chosen = catalog[catalog["name"].isin(options.names)] if options.names else chosen.head(options.tables)
    limits = None if options.sampled else metafeatures.RowLimits.unlimited()
    metafeatures.extract(np.eye(20), [0, 1] * 10, groups="all")  # imports
    totals, rows, unexplained = Counter[str](), [], []
    with tempfile.TemporaryDirectory() as folder:
        for _, row in chosen.iterrows():
            numeric, codes, y = load_table(row)
            file = Path(folder) / f"{row['name']}.npz"
            np.savez(file, numeric=numeric, codes=codes, y=y)
            theirs = run_pymfe(options.pymfe_python, file, options.timeout_s)
            begun = time.process_time()
            ours = metafeatures.extract(
                numeric, y, categorical=codes, task="multiclass", groups="all", summaries=SUMMARIES, row_limits=limits
            )
            seconds = time.process_time() - begun
            if not options.sampled:
                counts, odd = compare(dict(ours.values), theirs["values"], mixed=bool(codes.size))
                totals += counts
                unexplained += [f"{row['name']}: {line}" for line in odd]
            rows.append((row["name"], len(y), numeric.shape[1] + codes.shape[1], theirs["seconds"], seconds))
    report = pd.DataFrame(rows, columns=["table", "rows", "columns", "pymfe_s", "ours_s"])
    report["ratio"] = report["pymfe_s"] / report["ours_s"]
    print(report.round(3).to_string(index=False))
    report = report.dropna()
    print(
        f"total: pymfe {report['pymfe_s'].sum():.1f} s, ours {report['ours_s'].sum():.1f} s, ratio "
        f"{report['pymfe_s'].sum() / report['ours_s'].sum():.1f}, least {report['ratio'].min():.1f}"
    )
    for reason, count in totals.most_common():
        print(f"{count:7d}  {reason}")
    print("\n".join(unexplained) or "no difference without a reason")
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main())
