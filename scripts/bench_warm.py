"""Measure what past tasks are worth to a fit: with what ships, less the table's own family, against without.

    python scripts/bench_warm.py trials --max-rows 2000 --out results/trials.jsonl
    python scripts/bench_warm.py seconds --budget 60 --tables 24 --out results/seconds.jsonl
    python scripts/bench_warm.py report results/trials.jsonl results/seconds.jsonl

`trials` fits twice with `--trials` trials and no clock, `seconds` twice within `--budget` seconds. Reported are the
trials, or seconds, until the warm search's incumbent is as good as that which the cold search ends with, and on how
many tables warm ends worse by more than 1 % of the table's range, from the constant to the better of the two: once by
the incumbents' loss out of fold, which the searches lower, once by the ensembles' score on test rows that no fit sees,
where chance has a say. Tables, processes and resuming are those of bench_fit.py.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bench_fit import TABLES, catalog, fit_constant, fit_ours, load_table, parts, run, score, until
from collect import draw

UNITS = ("trials", "seconds")


def one(row: dict[str, str], args: argparse.Namespace) -> dict[str, Any]:
    """A cold and a warm fit on the same rows."""
    from automl.benchmark.leaving_out import SHIPPED, Experiences, read_families

    X, y = load_table(args.folder, row)
    if args.max_rows is not None:
        X, y = draw(X, y, args.max_rows)
    train, test = parts(y, row["task"], (2 / 3, 1 / 3))
    facts: dict[str, Any] = {"unit": args.what}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "others.duckdb"
        store.write_bytes(Experiences(SHIPPED, read_families()).of(row["name"], "").content)
        for name, warm_start in (("cold", False), ("warm", True)):
            options = {"knowledge_base": str(store), "record": False, "warm_start": warm_start}
            limit = {"time_budget": None, "max_trials": args.trials}
            limit = limit if args.what == "trials" else {"time_budget": args.budget}
            model, how = fit_ours(row["task"], X.iloc[train], y.iloc[train], options | limit)
            facts[name] = score(row["task"], model, X.iloc[test], y.iloc[test])
            facts[f"{name}_incumbents"] = how["incumbents"]
            facts[f"{name}_trials"], facts[f"{name}_s"] = how["trials"], how["wall_s"]
    constant = fit_constant(row["task"], X.iloc[train], y.iloc[train])
    facts["constant"] = score(row["task"], constant, X.iloc[test], y.iloc[test])
    best = 1.0 if row["task"] == "binary" else 0.0
    facts["constant_loss"] = best - score(row["task"], constant, X.iloc[train], y.iloc[train])
    return facts


def until_equal(facts: dict[str, Any], name: str = "warm", share: float = 0.0) -> float:
    """Trials or seconds until warm, or cold, has an incumbent as good as cold's last; infinite if it never has.

    It may lose a share of the table's range more.
    """
    if not facts["cold_incumbents"]:
        return 0.0
    goal = facts["cold_incumbents"][-1]["loss"]
    return until(facts[f"{name}_incumbents"], goal + share * max(facts["constant_loss"] - goal, 0.0), facts["unit"])


def worse_by_score(facts: dict[str, Any]) -> float:
    """How much worse warm's ensemble is than cold's, as a share of the table's range; negative where it is better."""
    span = max(facts["cold"], facts["warm"]) - facts["constant"]
    return (facts["cold"] - facts["warm"]) / max(span, 1e-12)


def worse_by_loss(facts: dict[str, Any]) -> float:
    """The same of the last incumbents; infinite where warm has none."""
    if not facts["cold_incumbents"] or not facts["warm_incumbents"]:
        return 0.0 if not facts["cold_incumbents"] else float("inf")
    cold, warm = (facts[f"{name}_incumbents"][-1]["loss"] for name in ("cold", "warm"))
    return (warm - cold) / max(facts["constant_loss"] - min(cold, warm), 1e-12)


def summary(facts: dict[str, Any]) -> str:
    """One result in one line."""
    cold = facts["cold_incumbents"][-1][facts["unit"]] if facts["cold_incumbents"] else np.nan
    return (
        f"cold {facts['cold']:.5g} (best after {cold:.3g} {facts['unit']}), warm {facts['warm']:.5g} "
        f"(as good after {until_equal(facts):.3g})"
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
        for share in (0.0, 0.01):
            print(f"{good[0]['unit']} until as good as cold's end, up to {share:.0%} of the range:", end="")
            for name in ("warm", "cold"):
                waited = pd.Series([until_equal(facts, name, share) for facts in good])
                print(f" {name} median {waited.median():.3g}, never on {int(np.isinf(waited).sum())};", end="")
            print()
        for what, measure in (("loss out of fold", worse_by_loss), ("test score", worse_by_score)):
            worse = pd.Series([measure(facts) for facts in good], index=[facts["name"] for facts in good])
            print(f"{what}: warm better on {int((worse < 0).sum())}, equal on {int((worse == 0).sum())}, ", end="")
            print(f"worse by over 1 % of the range on {(worse > 0.01).mean():.1%}: {list(worse[worse > 0.01].index)}")


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
