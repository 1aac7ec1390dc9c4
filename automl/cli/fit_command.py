"""`automl fit`: find a model for a table and save it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    import pandas as pd

NAME = "fit"
HELP = "find a model for a table and save it"
EXAMPLES = """examples:
  automl fit train.csv --target price
  automl fit train.parquet --target churn --metric roc_auc --time-budget 300 --output churn.automl
  automl fit train.csv --target price --time-budget none --max-trials 50 --seed 0    the same result each time
  automl fit train.csv --target price --cluster tcp://10.0.0.1:8786
  gunzip -c train.csv.gz | automl fit - --target price
"""
NONE = "none"
SHOWN_ROWS = 10
CONNECT_S = 10.0
SAME_NAMES = (
    "time_budget",
    "metric",
    "n_jobs",
    "memory_limit_mb",
    "max_trials",
    "include",
    "exclude",
    "record",
    "warm_start",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl fit`."""
    parser.add_argument("table", metavar="TABLE", help="CSV or Parquet file; - for CSV on the standard input")
    parser.add_argument("--target", metavar="COLUMN", required=True, help="the column to predict")
    parser.add_argument(
        "--output",
        "-o",
        metavar="FILE",
        default="model.automl",
        help="where the model is saved, replacing an older file (default: %(default)s)",
    )
    parser.add_argument(
        "--task",
        choices=("auto", "classification", "regression"),
        default="auto",
        help="kind of problem (default: inferred from the target)",
    )
    parser.add_argument(
        "--metric",
        default="auto",
        help="name of a scikit-learn scorer, such as roc_auc, "
        "neg_log_loss, neg_root_mean_squared_error (default: by the task)",
    )

    effort = parser.add_argument_group("effort")
    effort.add_argument(
        "--time-budget",
        metavar="SECONDS",
        type=seconds_or_none,
        default=60.0,
        help="wall clock for the whole fit; 'none' needs --max-trials (default: 60)",
    )
    effort.add_argument("--max-trials", metavar="N", type=int, help="at most so many trials")
    effort.add_argument("--n-jobs", metavar="N", type=int, default=-1, help="processes (default: one per core)")
    effort.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="run the trials on the Dask cluster whose scheduler is there (tcp://host:8786)",
    )
    effort.add_argument("--memory-limit-mb", metavar="MB", type=float, help="memory that the fit may take")
    effort.add_argument("--include", metavar="NAMES", type=names, help="only these algorithms, joined by commas")
    effort.add_argument("--exclude", metavar="NAMES", type=names, help="all but these algorithms")
    effort.add_argument("--seed", metavar="N", type=int, help="with --time-budget none, makes the result repeatable")

    memory = parser.add_argument_group("experience")
    memory.add_argument(
        "--knowledge-base",
        metavar="PATH",
        default="default",
        help="the store of past results, or 'none' (default: the user's own)",
    )
    memory.add_argument("--no-record", dest="record", action="store_false", help="write nothing to the store")
    memory.add_argument("--no-warm-start", dest="warm_start", action="store_false", help="start from nothing")
    parser.add_argument("--quiet", "-q", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> None:
    """Read, fit, save, and print the leaderboard."""
    from automl.cli.boards import board_text
    from automl.cli.table_files import check_writable, missing_column, read_table

    check_writable(arguments.output)
    table = read_table(arguments.table)
    if arguments.target not in table.columns:
        raise missing_column(arguments.target, table.columns, arguments.table)
    y = table.pop(arguments.target)
    with _cluster(arguments.cluster):
        model = _fit(arguments.task, table, y, _options(arguments))
    model.save(arguments.output)
    print(board_text(model.leaderboard().head(SHOWN_ROWS)))
    print(f"saved to {arguments.output}", file=sys.stderr)


def seconds_or_none(text: str) -> float | None:
    """Read a number of seconds, or 'none'.

    Examples
    --------
    >>> seconds_or_none("1.5"), seconds_or_none("none")
    (1.5, None)
    """
    return None if text.lower() == NONE else float(text)


def names(text: str) -> list[str]:
    """Read names that are separated by commas.

    Examples
    --------
    >>> names("lightgbm, knn")
    ['lightgbm', 'knn']
    """
    return [name.strip() for name in text.split(",") if name.strip()]


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The estimator's parameters; on a terminal progress is a live line, elsewhere plain lines."""
    verbose = 0 if arguments.quiet else 1 if sys.stderr.isatty() else 2
    knowledge_base = None if arguments.knowledge_base.lower() == NONE else arguments.knowledge_base
    options = {name: getattr(arguments, name) for name in SAME_NAMES}
    return {**options, "knowledge_base": knowledge_base, "random_state": arguments.seed, "verbose": verbose}


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Let fits run their trials on a Dask cluster."""
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError(f"{error}; --cluster needs it: pip install 'precedent-automl[cluster]'") from error
    from joblib import parallel_config

    with Client(address, timeout=CONNECT_S) as client, parallel_config(backend="dask", client=client):
        yield


def _fit(task: str, X: pd.DataFrame, y: pd.Series[Any], options: dict[str, Any]) -> Any:
    import automl

    if task == "classification":
        return automl.AutoMLClassifier(**options).fit(X, y)
    if task == "regression":
        return automl.AutoMLRegressor(**options).fit(X, y)
    return automl.fit(X, y, **options)
