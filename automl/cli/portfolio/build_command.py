"""`automl portfolio build`: write a portfolio for each task type, metric and time budget."""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.cli.fit_command import seconds_or_none
from automl.cli.kb.stores import add_store_argument, opened
from automl.cli.kb.wording import amount
from automl.cli.kb.working import working
from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from automl.task import Problem
    from automl.trial import Configuration
    from knowledge_base.reader import Snapshot
    from portfolios import Portfolio

NAME = "build"
HELP = "write a portfolio for each task type, metric and time budget"
EXAMPLES = """examples:
  automl portfolio build portfolios/
  automl portfolio build portfolios/ --task-types binary --metrics roc_auc --time-budgets 10 --size 16
  automl portfolio build portfolios/ --store ours.duckdb

Files are named TYPE-METRIC-SECONDSs.json, or TYPE-METRIC.json for a budget of 'none', where seconds do not count; what
is there already under such a name is replaced. Configurations that do not fit the present search space are left out,
and with a budget those that nobody has timed, or of which a fold takes more than half of it.
"""

_FEWEST_TASKS = 2
_LONGEST = 0.5  # of the time budget, for one fold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl portfolio build`."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the files go; made if missing")
    parser.add_argument(
        "--task-types", metavar="TYPE", nargs="+", default=["binary", "multiclass", "regression"],
        choices=["binary", "multiclass", "regression"], help="default: %(default)s",
    )  # fmt: skip
    parser.add_argument("--metrics", metavar="NAME", nargs="+", help="default: all that trials are scored by")
    parser.add_argument(
        "--time-budgets", metavar="SECONDS", type=seconds_or_none, nargs="+", default=[10.0, 60.0, 600.0],
        help="of the fits that it is for (default: 10 60 600); 'none' counts trials, not seconds",
    )  # fmt: skip
    parser.add_argument(
        "--size", metavar="N", type=int, default=32, help="at most so many configurations (default: 32)",
    )  # fmt: skip
    add_store_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Build and write; 1 where there was nothing to build from."""
    if arguments.size < 1:
        raise UserError(f"--size {arguments.size}: give a number above 0")
    kinds = list(_kinds(arguments))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with opened(arguments.store) as store, working("reading"):
        with store.snapshot() as view:
            names = view.studies().drop_duplicates("task_id").set_index("task_id")["name"]
            materials = [Material(view, names, task_type, metric) for task_type, metric in kinds]
        print(f"store: {store.path}", flush=True)
    n_written = 0
    for material in materials:
        tasks = amount(len(material.losses), "task", "tasks")
        if len(material.losses) < _FEWEST_TASKS:
            print(f"{material.task_type}, {material.metric}: {tasks}, no portfolio")
            continue
        for time_budget in arguments.time_budgets:
            portfolio = material.portfolio(arguments.size, time_budget)
            limit = "" if time_budget is None else f"-{time_budget:g}s"
            path = arguments.folder / f"{material.task_type}-{material.metric}{limit}.json"
            portfolio.save(path)
            n_written += 1
            print(f"{path}: {len(portfolio)} configurations from {tasks}", flush=True)
    return 0 if n_written else 1


def _kinds(arguments: argparse.Namespace) -> list[tuple[Problem, str]]:
    """Task types with the metrics that fit them."""
    from automl.metrics import RECORDED

    known = {metric for metrics in RECORDED.values() for metric in metrics}
    for metric in arguments.metrics or ():
        if metric not in known:
            raise UserError(f"no trial is scored by {metric!r}; metrics are: {', '.join(sorted(known))}")
    found = [
        (task_type, metric)
        for task_type in arguments.task_types
        for metric in RECORDED[task_type]
        if arguments.metrics is None or metric in arguments.metrics
    ]
    if not found:
        raise UserError(f"{', '.join(arguments.metrics)} fits none of the task types {', '.join(arguments.task_types)}")
    return found


class Material:
    """What a store knows that portfolios of one task type and metric are built from.

    Parameters
    ----------
    view : Snapshot
    names : Series of str
        Of tasks, by task_id.
    task_type : {"binary", "multiclass", "regression"}
    metric : str
    """

    def __init__(self, view: Snapshot, names: pd.Series, task_type: Problem, metric: str):
        from automl.algorithms import full_space
        from automl.recording import configuration_of

        self.task_type, self.metric = task_type, metric
        self.space = full_space(task_type)
        losses, seconds = view.matrices(task_type=task_type, metric=metric, or_recorded=True)
        told = view.configurations(list(losses.columns)).to_dict("records")
        found = {str(each["configuration_id"]): configuration_of(each) for each in told}
        self.configurations: dict[str, Configuration] = {
            name: each for name, each in found.items() if self.space.why_invalid(each) is None
        }
        kept = losses[list(self.configurations)].dropna(how="all")
        self.losses: pd.DataFrame = kept
        self.seconds: pd.Series = seconds.reindex(index=kept.index, columns=kept.columns).median()
        self.tasks = sorted(str(name) for name in names.reindex(kept.index).fillna("without a name"))

    def portfolio(self, size: int, time_budget: float | None) -> Portfolio:
        """Build a portfolio of at most `size` configurations."""
        from importlib.metadata import version

        from portfolios import Portfolio, build, scaled_losses

        losses, seconds = self.losses, None
        if time_budget is not None:
            seconds = self.seconds
            quick = seconds <= _LONGEST * time_budget
            losses = losses.loc[:, quick.to_numpy()]
        names = build(losses, size, seconds=seconds) if losses.notna().to_numpy().any() else []
        regret: Any = scaled_losses(self.losses)[names].cummin(axis=1).mean() if names else []
        provenance: dict[str, Any] = {
            "built": datetime.now(UTC).isoformat(timespec="seconds"),
            "precedent": version("precedent-automl"),
            "method": "greedy, gain over the root of the seconds" if seconds is not None else "greedy",
            "time_budget_s": time_budget,
            "tasks": self.tasks,
            "candidates": len(self.configurations),
            "mean_regret": [round(float(value), 6) for value in regret],
            "median_seconds_per_fold": [_rounded(self.seconds[name]) for name in names],
        }
        chosen = [self.configurations[name] for name in names]
        listed = tuple({"algorithm": each.algorithm, "values": dict(each.values)} for each in chosen)
        return Portfolio(listed, self.task_type, self.metric, self.space.version, provenance)


def _rounded(seconds: float) -> float | None:
    return None if math.isnan(seconds) else round(float(seconds), 4)
