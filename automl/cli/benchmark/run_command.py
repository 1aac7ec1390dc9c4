"""`automl benchmark run`: run frameworks side by side on the tables of a suite."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.cli.fit_command import seconds_or_none
from automl.cli.kb.wording import amount, duration, shown
from automl.cli.kb.working import working
from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    from automl.benchmark.plan import Run
    from automl.benchmark.running import Backend, Benchmark
    from automl.benchmark.suite import BenchmarkTable

NAME = "run"
HELP = "run frameworks side by side on the tables of a suite"
EXAMPLES = """examples:
  automl benchmark run tables/ --output results/ --budgets 10
  automl benchmark run tables/ --output results/ --per-type 6 --folds 0 --budgets 10 60 \\
      --frameworks precedent precedent_cold lightgbm flaml h2o
  automl benchmark run openml/s/271 --output results/ --outer-folds 10 --budgets 600
  automl benchmark run openml/t/59 houses.csv:price --output results/ --max-trials 20 --budgets none
  automl benchmark run tables/ --output results/ --cluster tcp://scheduler:8786

A suite is a folder with a catalog.csv (columns name, target and, if it is not to be inferred, task) and a Parquet or
CSV file for each table; a single table as FILE:TARGET; or a suite or task of OpenML, on OpenML's own splits. The same
command goes on where it was stopped. Frameworks other than our own and the plain baselines need an environment each:
`automl benchmark setup`. Each run has a process of its own, which gets the test rows only after it has fitted; a
failed run is a result, and the report counts it as the constant predictor's.
"""

SHOWN_ERROR = 150
_LONGEST_CONNECT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl benchmark run`."""
    parser.add_argument("suites", metavar="SUITE", nargs="+", help="a folder, FILE:TARGET, openml/s/ID or openml/t/ID")
    parser.add_argument("--output", metavar="FOLDER", type=Path, required=True, help="where the results go")
    what = parser.add_argument_group("what is run")
    what.add_argument(
        "--frameworks", metavar="NAME", nargs="+", default=["precedent", "precedent_cold", "lightgbm", "constant"],
        help="default: %(default)s; an unknown name lists all",
    )  # fmt: skip
    what.add_argument(
        "--budgets", metavar="SECONDS", type=seconds_or_none, nargs="+", default=[60.0],
        help="wall clock for a fit (default: 60); 'none' needs --max-trials",
    )  # fmt: skip
    what.add_argument("--max-trials", metavar="N", type=int, help="for our own: at most so many trials")
    what.add_argument("--outer-folds", metavar="K", type=int, default=10, help="split each table so (default: 10)")
    what.add_argument("--folds", metavar="I", type=int, nargs="+", help="run these of them (default: all)")
    what.add_argument("--seeds", metavar="N", type=int, nargs="+", default=[0], help="default: 0")
    what.add_argument("--tables", metavar="NAME", nargs="+", help="these tables only")
    what.add_argument("--per-type", metavar="N", type=int, help="N tables of each task type, those that hash lowest")
    under = parser.add_argument_group("under which conditions")
    under.add_argument("--cores", metavar="N", type=int, help="that a framework may use (default: all)")
    under.add_argument("--memory-limit-mb", metavar="MB", type=float, help="that a framework is told to keep to")
    under.add_argument(
        "--grace-s", metavar="SECONDS", type=float, default=60.0,
        help="a fit is killed after twice its budget and so many seconds (default: 60)",
    )  # fmt: skip
    under.add_argument("--environments", metavar="FOLDER", type=Path, help="of other frameworks; see setup")
    under.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler, on whose workers the runs are run")
    memory = parser.add_argument_group("what our warm start may know")
    memory.add_argument(
        "--knowledge-base", metavar="PATH", default="shipped",
        help="'shipped' (default), 'default' (with your own over it), or a path",
    )  # fmt: skip
    memory.add_argument(
        "--leave-out", choices=("family", "table"), default="family",
        help="tasks of the table's name, content and family, or of its name and content only (default: family)",
    )  # fmt: skip
    memory.add_argument("--families", metavar="FILE", help="CSV with name,family (default: of the tables that ship)")
    openml = parser.add_argument_group("OpenML")
    openml.add_argument("--server", metavar="URL", help="its API (default: that of www.openml.org)")
    openml.add_argument("--cache", metavar="FOLDER", help="where its answers are kept (default: the user's cache)")


def run(arguments: argparse.Namespace) -> int:
    """Run what is not done yet; 1 where a table could not be run."""
    if find_spec("pyarrow") is None:
        raise UserError("a benchmark needs more packages: pip install 'precedent-automl[benchmark]'")
    from automl.benchmark.running import in_turn
    from knowledge_base import KnowledgeBaseError

    if None in arguments.budgets and arguments.max_trials is None:
        raise UserError("--budgets none needs --max-trials")
    tables = _tables(arguments)
    benchmark = _benchmark(arguments, tables)
    say_plan(benchmark)
    unread: list[str] = []
    with ExitStack() as stack:
        say = stack.enter_context(working("preparing"))
        board = _Board(benchmark.todo, len(benchmark.plan), say if sys.stderr.isatty() else lambda text: None)
        benchmark.on_result = board.add

        def on_table_failed(name: str, error: str, runs: Sequence[Run]) -> None:
            unread.append(name)
            board.leave_out(runs)
            left_out = amount(len(runs), "run", "runs")
            print(f"{shown(name)}: {left_out} left out: {shown(error, most=SHOWN_ERROR)}", flush=True)

        benchmark.on_table_failed = on_table_failed
        backend: Backend = in_turn if arguments.cluster is None else _cluster(arguments.cluster, stack)
        try:
            benchmark.run(backend)
        except KnowledgeBaseError as error:
            raise UserError(str(error)) from error
    print(board.summary())
    print(f"results: {arguments.output}/results.parquet, .duckdb and .csv; next: automl benchmark report", flush=True)
    return 1 if unread else 0


def say_plan(benchmark: Benchmark) -> None:
    """Print what is going to be run."""
    runs, todo = len(benchmark.plan), len(benchmark.todo)
    known = f", {runs - todo} of them known" if todo < runs else ""
    print(f"{amount(runs, 'run', 'runs')} on {amount(len(benchmark.tables), 'table', 'tables')}{known}", flush=True)


def _tables(arguments: argparse.Namespace) -> list[BenchmarkTable]:
    from automl.benchmark.suite import choose, read_suite
    from automl.benchmark.suite_openml import PREFIX

    tables: list[BenchmarkTable] = []
    for source in arguments.suites:
        tables += _openml(source, arguments) if source.startswith(PREFIX) else read_suite(source)
    return choose(tables, arguments.tables, arguments.per_type)


def _openml(source: str, arguments: argparse.Namespace) -> list[BenchmarkTable]:
    from automl.benchmark.suite_openml import read_openml_suite
    from automl.cli.kb.populate_command import cache_folder
    from knowledge_base.openml_client import OpenMLClient, OpenMLError

    try:
        return read_openml_suite(OpenMLClient(arguments.server, cache=cache_folder(arguments.cache)), source)
    except OpenMLError as error:
        raise UserError(str(error)) from error


def _benchmark(arguments: argparse.Namespace, tables: Sequence[BenchmarkTable]) -> Benchmark:
    from automl.benchmark.execution import Patience
    from automl.benchmark.frameworks import FRAMEWORKS
    from automl.benchmark.leaving_out import Experiences, read_families
    from automl.benchmark.plan import Conditions, plan_runs
    from automl.benchmark.results import ResultsFolder
    from automl.benchmark.running import Benchmark
    from automl.execution import available_cpus
    from knowledge_base import KnowledgeBaseError

    n_cores = available_cpus() if arguments.cores is None else arguments.cores
    conditions = Conditions(
        arguments.outer_folds, n_cores, arguments.memory_limit_mb, arguments.max_trials,
        f"{arguments.knowledge_base}, without {arguments.leave_out}",
    )  # fmt: skip
    folds = range(arguments.outer_folds) if arguments.folds is None else arguments.folds
    plan = plan_runs(tables, arguments.frameworks, arguments.budgets, folds, arguments.seeds, conditions)
    experiences = None
    if any(FRAMEWORKS[name].options.get("warm_start") for name in arguments.frameworks):
        families = read_families(arguments.families) if arguments.leave_out == "family" else {}
        try:
            experiences = Experiences(arguments.knowledge_base, families)
        except KnowledgeBaseError as error:
            raise UserError(str(error)) from error
    return Benchmark(
        plan, tables, _pythons(arguments), ResultsFolder(arguments.output), experiences,
        Patience(grace_s=arguments.grace_s),
    )  # fmt: skip


def _pythons(arguments: argparse.Namespace) -> dict[str, str]:
    from automl.benchmark.environments import python_of
    from automl.benchmark.frameworks import FRAMEWORKS

    chosen = [FRAMEWORKS[name] for name in arguments.frameworks if FRAMEWORKS[name].requirements]
    return {each.name: str(python_of(each, arguments.environments)) for each in chosen}


def _cluster(address: str, stack: ExitStack) -> Backend:
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError("--cluster needs the package distributed: pip install 'precedent-automl[cluster]'") from error
    from automl.benchmark.cluster import OnCluster

    try:
        client = stack.enter_context(Client(address, timeout=_LONGEST_CONNECT_S))
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        client.wait_for_workers(1, timeout=_LONGEST_CONNECT_S)
    except TimeoutError as error:
        remedy = f"start some by `dask worker {address}`"
        raise UserError(f"the Dask scheduler at {address} has no workers: {remedy}") from error
    return OnCluster(client)


class _Board:
    """Says how far the benchmark has come, and how long it will still take."""

    def __init__(self, todo: Sequence[Run], n_planned: int, say: Any) -> None:
        self._left = Counter(_kind(run) for run in todo)
        self._n_done, self._n_planned, self._say = n_planned - len(todo), n_planned, say
        self._seconds: dict[tuple[str, float | None], list[float]] = defaultdict(list)
        self._statuses: Counter[str] = Counter()
        self._started = time.monotonic()

    def add(self, result: dict[str, Any]) -> None:
        """Take in a result."""
        kind = (result["framework"], result["budget_s"])
        self._n_done += 1
        self._left[kind] -= 1
        self._seconds[kind].append(result["wall_s"] or 0.0)
        self._statuses[result["status"]] += 1
        print(f"{self._n_done}/{self._n_planned} {line(result)}", flush=True)
        self._tell()

    def leave_out(self, runs: Sequence[Run]) -> None:
        """Expect some runs no more."""
        self._n_planned -= len(runs)
        self._left.subtract(_kind(run) for run in runs)
        self._tell()

    def _tell(self) -> None:
        left = f", some {duration(self._left_s() / 3600)} left" if self._left.total() else ""
        self._say(f"{self._n_done} of {self._n_planned} runs{left}")

    def summary(self) -> str:
        """How many runs ended how."""
        counts = ", ".join(f"{n} {status}" for status, n in self._statuses.items()) or "nothing to do"
        return f"{counts}; {duration((time.monotonic() - self._started) / 3600)}"

    def _left_s(self) -> float:
        """What is left by what such runs have taken so far, over as many as are run at once."""
        spent_s = sum(sum(each) for each in self._seconds.values())
        at_once = max(1.0, spent_s / max(1e-9, time.monotonic() - self._started))
        return self._still_s() / at_once

    def _still_s(self) -> float:
        return sum(n * self._mean_s(kind) for kind, n in self._left.items())

    def _mean_s(self, kind: tuple[str, float | None]) -> float:
        known = self._seconds[kind]
        return sum(known) / len(known) if known else (kind[1] or 1.0) + 3.0


def _kind(run: Run) -> tuple[str, float | None]:
    return run.framework, run.budget_s


def line(result: dict[str, Any]) -> str:
    """Write one result."""
    budget = "" if result["budget_s"] is None else f" {result['budget_s']:g} s"
    text = f"{shown(result['table'])} fold {result['fold']} {result['framework']}{budget}: "
    if result["status"] != "ok":
        return text + f"{result['status']}: {shown(result['error'], most=SHOWN_ERROR)}"
    return text + f"{result['metric']} {result['score']:.4g}, fitted in {result['fit_s']:.1f} s"
