"""Search long on tables and keep what was found, for `collect.py --best-of`.

    python scripts/search_long.py --store results/searched.duckdb --time-budget 60
    python scripts/search_long.py --store results/searched.duckdb --without credit-g oj --seconds 3600
    python scripts/search_long.py --store results/searched.duckdb --include kernel_ridge

Each table of the folder gets one fit that starts from what ships and records its trials. The store tells which tables
are done, so that a run that is stopped goes on where it was. Tables named by `--without` are passed over with all of
their families, so that what is measured on them later owes nothing to them. A table has at most `--max-rows` rows,
those that collect.py draws. The process runs at the lowest priority.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from bench_fit import TABLES, catalog, load_table
from collect import SEED, draw, pose

from automl import AutoMLClassifier, AutoMLRegressor
from automl.benchmark.leaving_out import read_families
from knowledge_base import KnowledgeBase
from knowledge_base.default import shipped_paths


def main() -> None:
    """Read the command line and go through the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True, help="knowledge base to add to")
    parser.add_argument("--folder", type=Path, default=TABLES)
    parser.add_argument("--tables", type=int, default=None, help="so many, those whose names hash lowest (default all)")
    parser.add_argument("--without", nargs="*", default=[], metavar="NAME", help="not these tables nor their families")
    parser.add_argument("--include", nargs="*", default=None, metavar="ALGORITHM", help="these only (default all)")
    parser.add_argument("--time-budget", type=float, default=60.0, help="seconds of a fit (default 60)")
    parser.add_argument("--max-rows", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=None, help="begin no table after so many")
    args = parser.parse_args()
    os.nice(19)
    started = time.monotonic()
    store = KnowledgeBase(args.store, below=shipped_paths())
    families = read_families()
    left_out = {families.get(name, name) for name in args.without}
    entries = [e for e in catalog(args.folder, args.tables) if families.get(e["name"], e["name"]) not in left_out]
    own = KnowledgeBase(args.store)
    for i, entry in enumerate(entries):
        if args.seconds is not None and time.monotonic() - started > args.seconds:
            break
        X, y = draw(*load_table(args.folder, entry), args.max_rows)
        if own.has_content(pose(X, y, entry["task"]).dataset.content_hash):
            continue
        kind = AutoMLRegressor if entry["task"] == "regression" else AutoMLClassifier
        limits = {"time_budget": args.time_budget, "include": args.include}
        model = kind(**limits, knowledge_base=store, random_state=SEED, verbose=0)
        model.fit(X, y)
        print(f"{i + 1}/{len(entries)} {entry['name']}: {model.fit_report_['trials']} trials", flush=True)


if __name__ == "__main__":
    main()
