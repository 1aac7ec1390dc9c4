"""Replay how a search starts on each task of a store: by its portfolio, by neighbours, by defaults.

    python scripts/replay_starts.py
    python scripts/replay_starts.py --store ours.duckdb --leave-out table --output starts.csv

Nothing is fitted: what a start would have given is read from the store, so that only configurations that were run on a
task can be tried there; tasks that ran fewer than four in five of those that most tasks ran advise others, but are not
replayed. As in a fit, a start is seen by its loss on the first fold and judged by its loss on all. Each task is left
out with its family (tables that share rows or columns) by a copy of the store without them. The starts are those of a
fit, after the first few each chosen after a look at what those before it gave (`portfolio`; `portfolio, 60 s` with the
clock of such a fit), the portfolio that nothing changes (`fixed portfolio`), the best of each of the nearest tasks in
turn (`neighbours`, as auto-sklearn 1), the best of the nearest task alone (`nearest`, as FLAML's zero-shot), and the
default of each algorithm (`defaults`). A fit leaves its portfolio after 24 starts; here it goes on to 50. Regret is 0
for the task's best known configuration and 1 for its median and worse; means over tasks.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl.algorithms import full_space
from automl.benchmark.leaving_out import SHIPPED, Experiences, read_families
from automl.benchmark.suite import METRICS
from automl.recording import TaskRow
from automl.search import Starts
from automl.space import Space
from automl.task import Shape, Task
from automl.warm_start import recall
from knowledge_base import KnowledgeBase
from knowledge_base.default import shipped_paths
from metafeatures import VERSION
from metafeatures.core import CORE
from portfolios import scaled_losses

TRIALS = (1, 2, 3, 5, 10, 16, 20, 50)
SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
N_FOLDS = 5
# Of what most tasks ran, a task that is replayed ran so much.
MOST = 0.8


def starts_of(
    store: KnowledgeBase, task: pd.Series, space: Space, metafeatures: dict[str, float], losses: pd.Series
) -> dict[str, list[str]]:
    """Give the identifiers of the first configurations by each method, in their order."""
    metric = METRICS[task["task_type"]]
    n_classes = int(task["n_classes"] or 0)
    shape = Shape(task["task_type"], n_classes, int(task["n_rows"]), int(task["n_features"]), 0)
    asked = Task(task["task_type"], n_classes, metric, "5-fold", N_FOLDS, 0)
    row = TaskRow(task["content_hash"], asked, shape, space.version, metafeatures, VERSION)
    experience = recall(store, row, space)
    within_60_s = recall(store, row, space, time_budget=60.0, n_workers=2)
    near = store.nearest_tasks(metafeatures, task_type=task["task_type"], k=50, metafeatures_version=VERSION)
    best = store.best_configurations(near["task_id"], metric=metric, n_per_task=max(TRIALS))
    in_turn = best.sort_values("rank", kind="stable")["configuration_id"]
    nearest = best.loc[best["task_id"] == near["task_id"].iloc[0], "configuration_id"]
    return {
        "portfolio": walk(experience.starts_in(space, limit=max(TRIALS)), losses),
        "portfolio, 60 s": walk(within_60_s.starts_in(space, limit=max(TRIALS)), losses),
        "fixed portfolio": walk(experience.starts_in(space, limit=max(TRIALS)), losses.iloc[:0]),
        "defaults": [space.default(name).id for name in space.algorithms],
        "neighbours": list(dict.fromkeys(in_turn)),
        "nearest": list(dict.fromkeys(nearest)),
    }


def walk(starts: Starts, losses: pd.Series) -> list[str]:
    """Try one after the other; what the task did not run stays in flight."""
    tried: dict[str, float | None] = {}
    while (start := starts.next(tried)) is not None:
        loss = losses.get(start.id)
        tried[start.id] = None if loss is None or np.isnan(loss) else float(loss)
    return list(tried)


def first_looks(store: KnowledgeBase, task_type: str, metric: str) -> pd.DataFrame:
    """Losses on the first fold, infinite where that failed, NaN where nothing was run; tasks x configurations."""
    outcomes = store.outcomes(task_type=task_type, metric=metric)
    firsts = [folds[0] if len(folds) else np.nan for folds in outcomes["fold_losses"]]
    looks = outcomes.assign(look=pd.Series(firsts, outcomes.index).fillna(np.inf))
    return looks.pivot_table(index="task_id", columns="configuration_id", values="look", aggfunc="min")


def replayed(starts: list[str], regret: pd.Series, seconds: pd.Series) -> dict[str, float]:
    """Best regret after so many trials, and after so many seconds of one worker."""
    known = [name for name in starts if name in regret.index]
    if not known:
        return {}
    best = np.minimum.accumulate(regret[known].to_numpy())
    spent = N_FOLDS * seconds[known].fillna(0.0).cumsum().to_numpy()
    by_trials = {f"{n}": float(best[min(n, len(best)) - 1]) for n in TRIALS}
    done = np.searchsorted(spent, SECONDS, side="right")
    return by_trials | {f"{s:g} s": float(best[n - 1]) if n else 1.0 for s, n in zip(SECONDS, done, strict=True)}


def replay(source: str, families: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Go through the tasks of a store, each without its relatives."""
    store = KnowledgeBase(shipped_paths()[0] if source == SHIPPED else source, read_only=True)
    experiences = Experiences(source, families)
    studies = store.studies()
    for task_type, metric in METRICS.items():
        space = full_space(task_type)
        losses, seconds = store.matrices(task_type=task_type, metric=metric)
        described = store.metafeatures(task_type=task_type, version=VERSION).reindex(columns=list(CORE))
        dense = losses.notna().mean() > 0.5  # what a few tasks tried cannot be replayed on the others
        regrets = scaled_losses(losses.loc[:, dense])
        looks = first_looks(store, task_type, metric).reindex(index=losses.index, columns=losses.columns[dense])
        known = looks.notna()
        names = studies.drop_duplicates("task_id").set_index("task_id")["name"]
        with tempfile.TemporaryDirectory() as folder:
            for task_id in losses.index[known.mean(axis=1) > MOST]:
                name = str(names[task_id])
                found = store.nearest_tasks(described.loc[task_id].to_dict(), task_type=task_type, k=len(losses))
                task = found.set_index("task_id").loc[task_id]
                path = Path(folder) / f"{task_id}.duckdb"
                path.write_bytes(experiences.of(name, task["content_hash"]).content)
                others = KnowledgeBase(path, read_only=True)
                ran = regrets.columns[known.loc[task_id]]
                asked = starts_of(others, task, space, described.loc[task_id].to_dict(), looks.loc[task_id])
                for method, starts in asked.items():
                    found_by = replayed(starts, regrets.loc[task_id, ran], seconds.loc[task_id])
                    yield {"task_type": task_type, "name": name, "method": method, **found_by}


def main() -> None:
    """Read the command line, replay and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default=SHIPPED, help="a knowledge base (default: what ships)")
    parser.add_argument("--leave-out", choices=("family", "table"), default="family")
    parser.add_argument("--output", type=Path, help="CSV with a line for each task and method")
    args = parser.parse_args()
    rows, n_tasks = [], 0
    for row in replay(args.store, read_families() if args.leave_out == "family" else {}):
        rows.append(row)
        n_tasks += row["method"] == "nearest"
        if sys.stderr.isatty():
            print(f"\r{n_tasks} tasks", end="", file=sys.stderr, flush=True)
    frame = pd.DataFrame(rows)
    if args.output is not None:
        frame.to_csv(args.output, index=False)
    print("\nmean regret after so many trials, and within so many seconds of one worker")
    print(frame.groupby("method").mean(numeric_only=True).round(3).to_string())
    for task_type, part in frame.groupby("task_type"):
        print(f"\n{task_type}, {part['name'].nunique()} tasks")
        print(part.groupby("method").mean(numeric_only=True).round(3).to_string())


if __name__ == "__main__":
    main()
