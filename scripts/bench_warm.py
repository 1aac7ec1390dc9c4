"""Measure what past tasks are worth to a fit: with what ships, less the table's own family, against without.

    python scripts/bench_warm.py trials --max-rows 2000 --out results/trials.jsonl
    python scripts/bench_warm.py seconds --budget 60 --tables 24 --out results/seconds.jsonl
    python scripts/bench_warm.py report results/trials.jsonl results/seconds.jsonl

`trials` fits with `--trials` trials and no clock, `seconds` within `--budget` seconds. Reported are the trials, or
seconds, until the warm search's incumbent is as good as that which the cold search ends with, and on how many tables
warm ends worse by more than 1 % of the table's range, from the constant to the better of the two: once by the
incumbents' loss out of fold, which the searches lower, once by the ensembles' score on test rows that no fit sees.
Chance has a say in both. How much, `trials` also tells: "again" is a second cold search with another seed, and what
parts it from the first is chance alone. Tables, processes and resuming are those of bench_fit.py.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bench_fit import TABLES, catalog, fit_constant, fit_ours, load_table, parts, run, score, until, write_others
from collect import draw

UNITS = ("trials", "seconds")


def one(row: dict[str, str], args: argparse.Namespace) -> dict[str, Any]:
    """Cold and warm fits on the same rows."""
    X, y = load_table(args.folder, row)
    if args.max_rows is not None:
        X, y = draw(X, y, args.max_rows)
    train, test = parts(y, row["task"], (2 / 3, 1 / 3))
    facts: dict[str, Any] = {"unit": args.what}
    with tempfile.TemporaryDirectory() as folder:
        store = write_others(Path(folder) / "others.duckdb", row["name"])
        by_trials = args.what == "trials"
        limit = {"time_budget": None, "max_trials": args.trials} if by_trials else {"time_budget": args.budget}
        for name, seed in (("cold", 0), ("warm", 0), ("again", 1))[: 3 if by_trials else 2]:
            options = {"knowledge_base": store, "record": False, "warm_start": name == "warm", "random_state": seed}
            model, how = fit_ours(row["task"], X.iloc[train], y.iloc[train], options | limit)
            facts[name] = score(row["task"], model, X.iloc[test], y.iloc[test])
            facts[f"{name}_incumbents"] = how["incumbents"]
            facts[f"{name}_trials"], facts[f"{name}_s"] = how["trials"], how["wall_s"]
    constant = fit_constant(row["task"], X.iloc[train], y.iloc[train])
    facts["constant"] = score(row["task"], constant, X.iloc[test], y.iloc[test])
    best = 1.0 if row["task"] == "binary" else 0.0
    facts["constant_loss"] = best - score(row["task"], constant, X.iloc[train], y.iloc[train])
    return facts


def until_equal(facts: dict[str, Any], name: str, share: float = 0.0) -> float:
    """Trials or seconds until a search has an incumbent as good as cold's last; infinite if it never has.

    It may lose a share of the table's range more.
    """
    if not facts["cold_incumbents"]:
        return 0.0
    goal = facts["cold_incumbents"][-1]["loss"]
    return until(facts[f"{name}_incumbents"], goal + share * max(facts["constant_loss"] - goal, 0.0), facts["unit"])


def worse_by_score(facts: dict[str, Any], name: str) -> float:
    """How much worse an ensemble is than cold's, as a share of the table's range; negative where it is better."""
    span = max(facts["cold"], facts[name]) - facts["constant"]
    return (facts["cold"] - facts[name]) / max(span, 1e-12)


def worse_by_loss(facts: dict[str, Any], name: str) -> float:
    """The same of the last incumbents; infinite where the search has none."""
    if not facts["cold_incumbents"] or not facts[f"{name}_incumbents"]:
        return 0.0 if not facts["cold_incumbents"] else float("inf")
    cold, other = (facts[f"{each}_incumbents"][-1]["loss"] for each in ("cold", name))
    return (other - cold) / max(facts["constant_loss"] - min(cold, other), 1e-12)


def summary(facts: dict[str, Any]) -> str:
    """One result in one line."""
    cold = facts["cold_incumbents"][-1][facts["unit"]] if facts["cold_incumbents"] else np.nan
    return (
        f"cold {facts['cold']:.5g} (best after {cold:.3g} {facts['unit']}), warm {facts['warm']:.5g} "
        f"(as good after {until_equal(facts, 'warm'):.3g})"
    )


def report(files: list[Path]) -> None:
    """Print the figures of result files."""
    for path in files:
        results = [json.loads(line) for line in path.open()]
        good = [facts for facts in results if "failure" not in facts]
        failed = [facts["name"] for facts in results if "failure" in facts]
        print(f"== {path} ({len(results)} tables), failures: {failed}")
        if not good:
            continue
        others = [name for name in ("warm", "again") if name in good[0]]
        for share in (0.0, 0.01):
            print(f"{good[0]['unit']} until as good as cold's end, up to {share:.0%} of the range:", end="")
            for name in (*others, "cold"):
                waited = pd.Series([until_equal(facts, name, share) for facts in good])
                print(f" {name} median {waited.median():.3g}, never on {int(np.isinf(waited).sum())};", end="")
            print()
        measures = (("loss out of fold", worse_by_loss), ("test score", worse_by_score))
        for (what, measure), name in product(measures, others):
            worse = pd.Series([measure(facts, name) for facts in good], index=[facts["name"] for facts in good])
            print(f"{what}: {name} better than cold on {int((worse < 0).sum())}, equal on {int((worse == 0).sum())},")
            print(f"  by over 1 % of the range on {(worse < -0.01).mean():.1%}, worse by as much on ", end="")
            print(f"{(worse > 0.01).mean():.1%}: {list(worse[worse > 0.01].index)}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*UNITS, "report"])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--trials", type=int, default=100, help="of each fit (default 100)")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of each fit (default 60)")
    parser.add_argument("--tables", type=int, default=None, help="number of tables (default all)")
    parser.add_argument("--max-rows", type=int, default=None, help="so many rows of larger tables (default all)")
    parser.add_argument("--folder", type=Path, default=TABLES)
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.what == "report":
        report(args.files)
    elif args.one is not None:
        print(json.dumps(one(json.loads(args.one), args)))
    else:
        limit_s = 3600.0 if args.what == "trials" else 5 * args.budget + 300
        run(args, catalog(args.folder, args.tables), summary, limit_s)


if __name__ == "__main__":
    main()
