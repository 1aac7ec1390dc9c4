"""Measure fits on real tables: failures, budgets, quality against LightGBM, and what a second fit gains.

    python scripts/bench_fit.py quality --budget 10 --out results/fit10.jsonl
    python scripts/bench_fit.py quality --budget 30 --tables 40 --out results/fit30.jsonl
    python scripts/bench_fit.py second --budget 60 --tables 24 --out results/second.jsonl
    python scripts/bench_fit.py large --out results/large.jsonl
    python scripts/bench_fit.py report results/*.jsonl

Each fit runs in a process of its own. Results are appended as they come, and a run that is stopped goes on where it
was. Tables come from a folder with a catalog.csv (name, task, target) and one Parquet or CSV file each; `--tables N`
takes the N whose names hash lowest. A third of the rows, chosen by a fixed seed, is the test part that no fit sees.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent.parent / "shared" / "datasets"
SEED = 20_26


def catalog(folder: Path, n: int | None) -> list[dict[str, str]]:
    """Rows of the catalog, all or the N whose names hash lowest."""
    rows = pd.read_csv(folder / "catalog.csv").to_dict("records")
    rows.sort(key=lambda row: hashlib.sha256(row["name"].encode()).hexdigest())
    return rows[:n]


def load_table(folder: Path, row: dict[str, str]) -> tuple[pd.DataFrame, pd.Series]:
    """Columns and target of one table; rows without a target are left out."""
    path = folder / f"{row['name']}.parquet"
    frame = pd.read_parquet(path) if path.exists() else pd.read_csv(path.with_suffix(".csv"))
    frame = frame[frame[row["target"]].notna()]
    y = frame.pop(row["target"])
    return frame, (y.astype(float) if row["task"] == "regression" else y.astype(str))


def parts(y: pd.Series, task: str, shares: tuple[float, ...]) -> list[np.ndarray]:
    """Row positions of disjoint parts, classes spread evenly."""
    from sklearn.model_selection import train_test_split

    rest, found = np.arange(len(y)), []
    left = 1.0
    for share in shares[:-1]:
        labels = y.iloc[rest] if task != "regression" else None
        if labels is not None and labels.value_counts().min() < 2:
            labels = None
        part, rest = train_test_split(rest, train_size=share / left, random_state=SEED, stratify=labels)
        found.append(part)
        left -= share
    return [*found, rest]


def score(task: str, model: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """Test score, greater is better; a class that training lacked counts as probability zero."""
    from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

    if task == "regression":
        return -float(root_mean_squared_error(y, model.predict(X)))
    probabilities = pd.DataFrame(model.predict_proba(X), columns=list(model.classes_))
    labels = sorted(set(y) | set(model.classes_))
    if task == "binary":
        return float(roc_auc_score(y == labels[1], probabilities[labels[1]]))
    full = probabilities.reindex(columns=labels, fill_value=0.0).to_numpy()
    return -float(log_loss(y, np.clip(full, 1e-15, 1), labels=labels))


def fit_ours(task: str, X: pd.DataFrame, y: pd.Series, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Fit, and say how it went."""
    from automl import AutoMLClassifier, AutoMLRegressor

    kind = AutoMLRegressor if task == "regression" else AutoMLClassifier
    model = kind(**{"n_jobs": 2, "random_state": 0, "verbose": 0, **options})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.monotonic()
    model.fit(X, y)
    wall = time.monotonic() - start
    report = model.fit_report_
    facts = {
        "wall_s": wall,
        "budget_s": options["time_budget"],
        "stopped": report["stopped"],
        "first_model_s": report["first_model_s"],
        "trials": report["trials"],
        "statuses": report["statuses"],
        "members": int((model.leaderboard()["weight"] > 0).sum()),
        "experience": len(model.experience_),
        "incumbents": report["incumbents"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "growth_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before,
        "data_mb": float(X.memory_usage(deep=True).sum() / 2**20),
    }
    return model, facts


def fit_lightgbm(task: str, X: pd.DataFrame, y: pd.Series) -> Any:
    """LightGBM with its defaults on the same rows and cores."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    model = (LGBMRegressor if task == "regression" else LGBMClassifier)(n_jobs=2, random_state=0, verbose=-1)
    return model.fit(X, y)


def fit_constant(task: str, X: pd.DataFrame, y: pd.Series) -> Any:
    """The constant predictor: the foot of a table's range."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return (DummyRegressor() if task == "regression" else DummyClassifier()).fit(X, y)


def one_quality(row: dict[str, str], args: argparse.Namespace) -> dict[str, Any]:
    """One fit against LightGBM's defaults and the constant on the test third."""
    X, y = load_table(args.folder, row)
    train, test = parts(y, row["task"], (2 / 3, 1 / 3))
    with tempfile.TemporaryDirectory() as folder:
        options = {"time_budget": args.budget, "knowledge_base": str(Path(folder) / "store.duckdb")}
        model, facts = fit_ours(row["task"], X.iloc[train], y.iloc[train], options)
    facts["score"] = score(row["task"], model, X.iloc[test], y.iloc[test])
    for name, baseline in (("lightgbm", fit_lightgbm), ("constant", fit_constant)):
        other = baseline(row["task"], X.iloc[train], y.iloc[train])
        facts[name] = score(row["task"], other, X.iloc[test], y.iloc[test])
    return facts


def write_others(path: Path, name: str) -> str:
    """Write the store of one who never saw a table nor its family: what ships, less those."""
    from automl.benchmark.leaving_out import SHIPPED, Experiences, read_families

    path.write_bytes(Experiences(SHIPPED, read_families()).of(name, "").content)
    return str(path)


def one_second(row: dict[str, str], args: argparse.Namespace) -> dict[str, Any]:
    """Fits on the second half, with what ships alone and also with what a fit on the first half left.

    "fifth" is "second" with a fifth of the time.
    """
    X, y = load_table(args.folder, row)
    first, second, test = parts(y, row["task"], (1 / 3, 1 / 3, 1 / 3))
    facts: dict[str, Any] = {"budget_s": args.budget}
    with tempfile.TemporaryDirectory() as folder:
        others = write_others(Path(folder) / "others.duckdb", row["name"])
        kept = str(shutil.copy(others, Path(folder) / "kept.duckdb"))
        for name, rows, store, budget_s in (
            ("first", first, kept, args.budget),
            ("shipped", second, others, args.budget),
            ("second", second, kept, args.budget),
            ("fifth", second, kept, args.budget / 5),
        ):
            options = {"time_budget": budget_s, "knowledge_base": store, "record": name == "first"}
            model, how = fit_ours(row["task"], X.iloc[rows], y.iloc[rows], options)
            facts[name] = score(row["task"], model, X.iloc[test], y.iloc[test])
            facts[f"{name}_wall_s"], facts[f"{name}_trials"] = how["wall_s"], how["trials"]
            facts[f"{name}_experience"], facts[f"{name}_incumbents"] = how["experience"], how["incumbents"]
    constant = fit_constant(row["task"], X.iloc[second], y.iloc[second])
    facts["constant"] = score(row["task"], constant, X.iloc[test], y.iloc[test])
    return facts


def one_large(row: dict[str, str], args: argparse.Namespace) -> dict[str, Any]:
    """A made table too large for comfort, under a memory limit."""
    n, p = (int(part) for part in row["name"].split("x"))
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((n, p)), columns=[f"x{i}" for i in range(p)])
    signal = X["x0"] * X["x1"] + np.sin(2 * X["x2"]) + X["x3"]
    y = pd.Series(np.where(signal + rng.standard_normal(n) > 0, "yes", "no"))
    train, test = parts(y, "binary", (2 / 3, 1 / 3))
    X_train, y_train = X.iloc[train], y.iloc[train]
    X_test, y_test = X.iloc[test], y.iloc[test]
    del X
    options = {"time_budget": args.budget, "knowledge_base": None, "memory_limit_mb": 8000}
    model, facts = fit_ours("binary", X_train, y_train, options)
    facts["score"], facts["constant"] = score("binary", model, X_test, y_test), 0.5
    return facts


ONE = {"quality": one_quality, "second": one_second, "large": one_large}
LARGE = [{"name": "1500000x30", "task": "binary"}, {"name": "3000x5000", "task": "binary"}]


def run(
    args: argparse.Namespace, todo: list[dict[str, str]], say: Callable[[dict[str, Any]], str], limit_s: float
) -> None:
    """Run what is not done yet, each table in a process of its own: this same command with `--one` and the table."""
    args.out.parent.mkdir(parents=True, exist_ok=True)
    done = {json.loads(line)["name"] for line in args.out.open()} if args.out.exists() else set()
    for i, row in enumerate(todo):
        if row["name"] in done:
            continue
        command = [sys.executable, *sys.argv, "--one", json.dumps(row)]
        try:
            process = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
            lines = process.stdout.strip().splitlines()
            facts = json.loads(lines[-1]) if process.returncode == 0 else {"failure": process.stderr[-2000:]}
        except subprocess.TimeoutExpired:
            facts = {"failure": f"not done after {limit_s:.0f} s"}
        facts = {"what": args.what, "name": row["name"], "task": row["task"], **facts}
        with args.out.open("a") as file:
            file.write(json.dumps(facts) + "\n")
        told = f"FAILED {facts['failure'].strip().splitlines()[-1][:200]}" if "failure" in facts else say(facts)
        print(f"{i + 1}/{len(todo)} {row['name']}: {told}", flush=True)


def summary(facts: dict[str, Any]) -> str:
    """One result in one line."""
    if facts["what"] == "second":
        scores = (f"{name} {facts[name]:.5g}" for name in ("first", "shipped", "second", "fifth"))
        return ", ".join(scores)
    against = f", LightGBM {facts['lightgbm']:.5g}" if "lightgbm" in facts else ""
    return (
        f"{facts['score']:.5g}{against}; {facts['wall_s']:.2f} s, {facts['trials']} trials, "
        f"first model {facts['first_model_s']:.2f} s, {facts['stopped']}"
    )


def report(files: list[Path]) -> None:
    """Print the figures of result files."""
    for path in files:
        results = pd.DataFrame([json.loads(line) for line in path.open()])
        print(f"== {path} ({len(results)} tables)")
        failed = results["failure"].notna() if "failure" in results else pd.Series(False, index=results.index)
        print(f"failures: {int(failed.sum())} {list(results.loc[failed, 'name'])}")
        good = results[~failed]
        if good.empty:
            continue
        (report_second if "fifth" in good else report_fits)(good)


def report_fits(good: pd.DataFrame) -> None:
    """Budgets, first model and quality."""
    wall, used, first = good["wall_s"], good["wall_s"] / good["budget_s"], good["first_model_s"]
    over = wall > 1.02 * good["budget_s"] + 1
    spent = good["stopped"] == "the time budget is spent"
    large = good[good["data_mb"] > 50]
    print(f"wall: median {wall.median():.2f} s, most {wall.max():.2f} s; over 1.02 x budget + 1 s: {int(over.sum())}")
    print(f"used of the budget, where time ended it: least {used[spent].min():.1%}; ended early: {int((~spent).sum())}")
    print(f"first model: median {first.median():.2f} s, 90 % in {first.quantile(0.9):.2f} s, most {first.max():.2f} s")
    print(f"trials: median {good['trials'].median():.0f}, least {good['trials'].min()}")
    ratios = (large["peak_mb"] / large["data_mb"]).round(2).tolist()
    print(f"peak memory of the fitting process over the data, tables over 50 MB: {ratios}")
    print(f"better than the constant: {int((good['score'] > good['constant']).sum())} of {len(good)}")
    if "lightgbm" in good:
        wins, ties = good["score"] > good["lightgbm"], good["score"] == good["lightgbm"]
        print(f"better than LightGBM: {int(wins.sum())} of {len(good)} ({wins.mean():.1%}), ties {int(ties.sum())}")
        print(f"not better: {list(good.loc[~wins, 'name'])}")


def until(incumbents: list[dict[str, float]], goal: float, unit: str) -> float:
    """Trials or seconds until an incumbent loses no more than `goal`; infinite if none does."""
    return float(min((each[unit] for each in incumbents if each["loss"] <= goal), default=np.inf))


def report_second(good: pd.DataFrame) -> None:
    """What a second fit gained from the first."""
    pairs = (("shipped", "first", "other"), ("second", "first", "other"), ("second", "shipped", "the same"))
    for name, of, rows in pairs:
        had = good[good[f"{of}_incumbents"].str.len() > 0]
        lasts = [incumbents[-1] for incumbents in had[f"{of}_incumbents"]]
        seconds = pd.Series(
            [until(own, last["loss"], "seconds") for own, last in zip(had[f"{name}_incumbents"], lasts, strict=True)]
        )
        share = seconds / [last["seconds"] for last in lasts]
        print(f"{name}: seconds until its loss out of fold is what {of} ended with, on {rows} rows: ", end="")
        print(f"median {seconds.median():.3g}, of what {of} took {share.median():.1%}; ", end="")
        print(f"never on {int(np.isinf(seconds).sum())} of {len(had)}")
    for name, of in (("second", "shipped"), ("fifth", "shipped"), ("fifth", "first"), ("shipped", "first")):
        span = np.maximum(good[[name, of]].max(axis=1) - good["constant"], 1e-12)
        gain = (good[name] - good[of]) / span
        better = gain > 0
        print(f"test score of {name} better than of {of}: {int(better.sum())} of {len(good)}, ", end="")
        print(f"ties {int((gain == 0).sum())}; in shares of the range median {gain.median():.3%}, ", end="")
        print(f"least {gain.min():.3%}, worse by over 1 % on {list(good.loc[gain < -0.01, 'name'])}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*ONE, "report"])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--budget", type=float, default=None, help="seconds (default 10, large 60)")
    parser.add_argument("--tables", type=int, default=None, help="number of tables (default all)")
    parser.add_argument("--folder", type=Path, default=TABLES)
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.budget is None:
        args.budget = 60.0 if args.what == "large" else 10.0
    if args.what == "report":
        report(args.files)
    elif args.one is not None:
        print(json.dumps(ONE[args.what](json.loads(args.one), args)))
    else:
        run(args, LARGE if args.what == "large" else catalog(args.folder, args.tables), summary, 5 * args.budget + 300)


if __name__ == "__main__":
    main()
