"""Collect tuning results: the same configurations on many tables, with all meta-features, into a knowledge base.

    python scripts/collect.py --store results/collected.duckdb
    python scripts/collect.py --store results/collected.duckdb --configurations 60 --seconds 3600
    python scripts/collect.py --store results/collected.duckdb --predictions results/predictions
    python scripts/collect.py --store results/collected.duckdb --best-of results/searched.duckdb
    python scripts/collect.py --store results/large.duckdb --min-rows 7000 --max-rows 8000 --configurations 24
    python scripts/collect.py --store results/collected.duckdb --configurations 112 --include kernel_ridge

Every applicable algorithm's default comes first, then configurations that the store knows from other tables, then what
did well in other knowledge bases (`--best-of`, such as the one that search_long.py fills), then ones that fill the
space of each algorithm evenly: the same for every table, so that the losses make a dense matrix. `--predictions` keeps
the out-of-fold predictions too, from which ensembles are simulated. A table has at most `--max-rows` rows, drawn by a
fixed seed and recorded as the size of the task. Outcomes are written as they come; a run that is stopped goes on where
it was. Tables come from a folder with a catalog.csv (name, task, target) and one Parquet or CSV file each. The process
runs at the lowest priority.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from bench_fit import TABLES, catalog, load_table

import metafeatures
from automl.algorithms import applicable, full_space
from automl.evaluation import CrossValidation
from automl.execution import PoolExecutor
from automl.folds import FoldStore
from automl.question import Question, pose_question
from automl.recording import Recorder, TaskRow, configuration_of
from automl.search.random import trial_seed
from automl.space import Space
from automl.task import Problem
from automl.trial import Configuration, Fidelity, Status, Trial
from knowledge_base import KnowledgeBase
from portfolios import build

SEED = 0
# Draws of which the one furthest from those before it is taken (Mitchell's best candidate, 1991).
CANDIDATES = 16
# Configurations of an algorithm for each one of those that count 1: more where the space is wide and pays.
SHARES = {
    "lightgbm": 6, "extra_trees": 4, "kernel_ridge": 4, "mlp_plr": 4, "random_forest": 3, "mlp": 3, "svm": 3,
    "linear": 3, "knn": 2,
}  # fmt: skip


def draw(X: pd.DataFrame, y: pd.Series, max_rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """At most `max_rows` of the rows."""
    if len(X) > max_rows:
        X = X.sample(max_rows, random_state=SEED)
        y = y.loc[X.index]
    return X, y


def pose(X: pd.DataFrame, y: pd.Series, task: str) -> Question:
    """Pose the question of a table of the catalog."""
    kind: Literal["classification", "regression"] = "regression" if task == "regression" else "classification"
    return pose_question(X, y, kind=kind, seed=SEED)


def configurations(space: Space, n: int, known: Sequence[Configuration] = ()) -> list[Configuration]:
    """Defaults, then some of each algorithm in turn, known ones first; a longer list begins with the shorter one."""
    found = {name: [space.default(name)] for name in space.algorithms}
    for configuration in known:
        if configuration not in found[configuration.algorithm]:
            found[configuration.algorithm].append(configuration)
    order = list(space.algorithms)
    while len(order) < n:
        order.append(min(space.algorithms, key=lambda name: order.count(name) / SHARES.get(name, 1)))
    for name in space.algorithms:
        while len(found[name]) < order.count(name):
            rng = np.random.default_rng([SEED, len(found[name]), *name.encode()])
            found[name].append(furthest(space, found[name], rng))
    queues = {name: iter(configurations) for name, configurations in found.items()}
    return [next(queues[name]) for name in order[:n]]


def known_configurations(store: KnowledgeBase, space: Space, problem: str) -> list[Configuration]:
    """What was collected on any table of this problem, in the order of the identifiers."""
    past = store.outcomes(task_type=problem).query("source == 'collected'")
    rows = past.drop_duplicates("configuration_id").sort_values("configuration_id")
    return _fitting(rows, space)


@cache  # the same for each table of a problem
def portfolio(path: Path, problem: Problem, metric: str) -> list[Configuration]:
    """What did well somewhere, in the order of a portfolio over the tables of this problem."""
    store = KnowledgeBase(path, read_only=True)
    losses, _ = store.matrices(task_type=problem, metric=metric, or_recorded=True)
    names = build(losses, losses.shape[1]) if losses.notna().to_numpy().any() else []
    rows = store.configurations(names).set_index("configuration_id", drop=False).loc[names]
    return _fitting(rows, full_space(problem))


def _fitting(rows: pd.DataFrame, space: Space) -> list[Configuration]:
    found = [configuration_of(row) for row in rows.to_dict("records")]
    return [each for each in found if each.algorithm in space.algorithms and space.why_invalid(each) is None]


def furthest(space: Space, before: list[Configuration], rng: np.random.Generator) -> Configuration:
    """Of some draws from one algorithm's space, the one furthest from all that were taken before."""
    drawn = space.sample(CANDIDATES, rng, {before[0].algorithm: 1.0})
    apart = np.abs(space.encode(drawn)[:, None] - space.encode(before)[None]).sum(axis=2)
    return drawn[int(apart.min(axis=1).argmax())]


def describe(question: Question, space: Space, name: str) -> TaskRow:
    """Describe the task by its name and all meta-features."""
    data = question.dataset
    found = metafeatures.extract(
        data.table.numeric, data.y, categorical=data.table.codes, task=question.task.problem, groups="all",
        time_limit_s=60.0, random_state=SEED,
    )  # fmt: skip
    values, version = dict(found.values), found.version
    return TaskRow(data.content_hash, question.task, data.shape, space.version, values, version, name, "collected")


class Predictions:
    """Out-of-fold predictions in a folder: one file a configuration, and one with the target and the folds.

    Parameters
    ----------
    folder : Path
        Made if missing. `task.npz` in it has `y` and `fold`, the fold in which a row is validated (-1: in none).
    question : Question
    """

    def __init__(self, folder: Path, question: Question):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        fold = np.full(len(question.dataset.y), -1, dtype=np.int8)
        for number, (_, valid) in enumerate(question.plan.folds):
            fold[valid] = number
        np.savez_compressed(folder / "task.npz", y=question.dataset.y, fold=fold)

    def keep(self, trial: Trial, folds: FoldStore) -> None:
        """Write the predictions of a trial's finished folds, each under its number."""
        found = folds.finished(trial.configuration, trial.fidelity)
        if found:
            arrays = {str(number): result.prediction for number, result in found.items()}
            part = self.folder / f"{trial.configuration.id}.part.npz"
            np.savez_compressed(part, **arrays)
            part.replace(self.folder / f"{trial.configuration.id}.npz")


def collect(question: Question, store: KnowledgeBase, name: str, args: argparse.Namespace) -> dict[str, int]:
    """Evaluate what is not in the store yet; gives how many outcomes there are of each status."""
    problem = question.task.problem
    space = full_space(problem)
    usable, _ = applicable(question.dataset.shape, args.include)
    past = store.trials_of(question.dataset.content_hash, metric=question.task.metric)
    done = set(past["configuration_id"])
    known = known_configurations(store, space, problem)
    for path in args.best_of:
        known += portfolio(path, problem, question.task.metric)
    listed = configurations(space, args.configurations, known)
    wanted = [c for c in listed if c.algorithm in usable and c.id not in done]
    statuses = dict.fromkeys(Status, 0)
    if not wanted:
        return statuses
    kept = None if args.predictions is None else Predictions(args.predictions / name, question)
    full = Fidelity(question.task.n_folds)
    with tempfile.TemporaryDirectory() as folder, PoolExecutor(args.jobs, preload=("automl.evaluation",)) as executor:
        folds = FoldStore(folder)
        data = question.dataset
        evaluation = CrossValidation(
            data.table, data.y, data.sample_weight, question.plan,
            shape=data.shape, metric=question.metric, store=folds, seed=SEED,
        )  # fmt: skip
        executor.start(evaluation)
        for number, configuration in enumerate(wanted, start=len(done)):
            trial = Trial(number, configuration, full, trial_seed(SEED, configuration))
            executor.submit(trial, args.trial_limit_s)
        recorder = Recorder(store, describe(question, space, name))  # while the first trials run
        while executor.pending:
            for trial, outcome in executor.collect():
                if kept is not None:
                    kept.keep(trial, folds)
                recorder.append(trial, outcome)
                folds.drop([trial.configuration])
                statuses[outcome.status] += 1
    recorder.close()
    return statuses


def main() -> None:
    """Read the command line and go through the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True, help="knowledge base to add to")
    parser.add_argument("--folder", type=Path, default=TABLES)
    parser.add_argument("--tables", type=int, default=None, help="so many, those whose names hash lowest (default all)")
    parser.add_argument("--configurations", type=int, default=100, help="on each table (default 100)")
    parser.add_argument("--include", nargs="*", metavar="ALGORITHM", help="evaluate those of these only (default all)")
    parser.add_argument("--min-rows", type=int, default=0, help="no smaller tables")
    parser.add_argument("--max-rows", type=int, default=2000, help="so many rows of larger ones (default 2000)")
    parser.add_argument("--trial-limit-s", type=float, default=20.0)
    parser.add_argument("--predictions", type=Path, default=None, help="folder for out-of-fold predictions")
    parser.add_argument("--best-of", type=Path, nargs="*", default=[], help="knowledge bases, as of search_long.py")
    parser.add_argument("--seconds", type=float, default=None, help="begin no table after so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    os.nice(19)
    started = time.monotonic()
    store = KnowledgeBase(args.store)
    entries = catalog(args.folder, args.tables)
    for i, entry in enumerate(entries):
        if args.seconds is not None and time.monotonic() - started > args.seconds:
            break
        begun = time.monotonic()
        X, y = load_table(args.folder, entry)
        if len(X) < args.min_rows:
            continue
        statuses = collect(pose(*draw(X, y, args.max_rows), entry["task"]), store, entry["name"], args)
        counts = ", ".join(f"{n} {status.value}" for status, n in statuses.items() if n) or "nothing new"
        print(f"{i + 1}/{len(entries)} {entry['name']}: {counts}, {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
