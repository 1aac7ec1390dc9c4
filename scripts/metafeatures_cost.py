"""Seconds, memory and sampling error of the core set.

    python scripts/metafeatures_cost.py size ROWS COLUMNS     seconds and peak memory on one made table
    python scripts/metafeatures_cost.py error [NAME ...]      core values on samples against those on all rows

Run with OMP_NUM_THREADS=1 for figures of one thread. `size` is for one table per process: peak memory never falls.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

import metafeatures
from metafeatures.sampling import RowLimits

DATASETS = Path(__file__).parents[1] / ".." / "shared" / "datasets"
SEEDS = range(5)


def made_table(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal columns, a noisy binary target."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    return X, (X[:, 0] + rng.standard_normal(rows) > 0).astype(np.int64)


def size(rows: int, columns: int) -> None:
    """Print seconds and peak memory."""
    metafeatures.extract(*made_table(1_000, 3))  # imports
    X, y = made_table(rows, columns)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    result = metafeatures.extract(X, y)
    seconds = time.perf_counter() - begun
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    parts = ", ".join(f"{group} {s:.3f}" for group, s in result.seconds.items())
    print(f"{rows} x {columns}: {seconds:.3f} s ({parts}); table {X.nbytes / 2**20:.0f} MB, peak + {grown_mb:.0f} MB")


def error(names: list[str]) -> None:
    """Print, per core value, the mean absolute error of a sample over the spread between tables."""
    catalog = pd.read_csv(DATASETS / "catalog.csv").set_index("name")
    chosen = names or catalog.index[catalog["rows"] >= 8_000].tolist()
    limits = RowLimits(columns=2_000)
    whole, errors = {}, {}
    for name in chosen:
        frame = pd.read_parquet(DATASETS / f"{name}.parquet")
        y = frame.pop(catalog.loc[name, "target"])
        task = catalog.loc[name, "task"]
        exact = metafeatures.extract(frame, y, task=task, row_limits=RowLimits.unlimited()).to_series()
        whole[name] = exact
        drawn = [metafeatures.extract(frame, y, task=task, row_limits=limits, random_state=s) for s in SEEDS]
        errors[name] = (pd.DataFrame([r.to_series() for r in drawn]) - exact).abs().mean()
    spread = pd.DataFrame(whole).std(axis=1)
    mean_error = pd.DataFrame(errors).mean(axis=1)
    report = pd.DataFrame({"mean error": mean_error, "spread between tables": spread, "ratio": mean_error / spread})
    report = report[report["mean error"] > 0].sort_values("ratio", ascending=False)
    print(f"{len(chosen)} tables, {limits.columns} rows of each for columns, {limits.subsample} for landmarkers\n")
    print(report.round(4).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    sized = commands.add_parser("size")
    sized.add_argument("rows", type=int)
    sized.add_argument("columns", type=int)
    commands.add_parser("error").add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.command == "size":
        size(options.rows, options.columns)
    else:
        error(options.names)


if __name__ == "__main__":
    main()
