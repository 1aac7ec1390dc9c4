"""`automl kb populate`: fill the store from OpenML."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from automl.cli.fit_command import seconds_or_none
from automl.cli.kb.stores import add_store_argument, opened
from automl.cli.kb.wording import amount, shown
from automl.cli.kb.working import working
from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    from automl.populate.evaluations import Imported
    from automl.populate.runs import TaskRun
    from knowledge_base import KnowledgeBase
    from knowledge_base.openml_client import OpenMLClient

NAME = "populate"
HELP = "fill the store from OpenML"
EXAMPLES = """examples:
  automl kb populate evaluations --flows 6969 6970
  automl kb populate evaluations --suite OpenML100 --measure area_under_roc_curve
  automl kb populate runs --suite OpenML-CC18 --time-budget 60
  automl kb populate runs --tasks 3 6 31 --time-budget 600 --n-jobs 4
  automl kb populate runs --suite OpenML-CC18 --upload

`evaluations` brings in what others published: runs of scikit-learn's learners become configurations of ours where that
is faithful, and are kept as foreign ones where it is not. `runs` searches on the tasks itself, on OpenML's own splits.
Both go on where they were stopped, keep OpenML's answers in a cache, and ask it for no more than a few a second.
Nothing is sent to OpenML, unless --upload is given: then each task is searched once more for each of its folds, without
its test rows, and the predictions for these become a run of yours there.
Needs the package openml: pip install 'precedent-automl[openml]'.
"""
KEY_VARIABLE = "OPENML_API_KEY"
N_REASONS = 15
SHOWN_REASON = 150


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl kb populate`."""
    parser.add_argument("what", choices=("evaluations", "runs"), help="what the store is filled with")
    add_store_argument(parser)
    tasks = parser.add_argument_group("which tasks and flows")
    tasks.add_argument("--suite", metavar="NAME", help="a suite or study, by its alias or number")
    tasks.add_argument("--tasks", metavar="ID", type=int, nargs="+", help="these tasks")
    tasks.add_argument("--flows", metavar="ID", type=int, nargs="+", help="evaluations: of these flows only")
    tasks.add_argument(
        "--measure", default="predictive_accuracy", help="evaluations: a measure of OpenML's (default: %(default)s)"
    )
    effort = parser.add_argument_group("runs: the effort on each task")
    effort.add_argument(
        "--time-budget", metavar="SECONDS", type=seconds_or_none, default=60.0,
        help="wall clock for each task; 'none' needs --max-trials (default: 60)",
    )  # fmt: skip
    effort.add_argument("--max-trials", metavar="N", type=int, help="at most so many trials")
    effort.add_argument("--metric", default="auto", help="name of a scikit-learn scorer (default: by the task)")
    effort.add_argument("--n-jobs", metavar="N", type=int, default=-1, help="processes (default: one per core)")
    effort.add_argument("--memory-limit-mb", metavar="MB", type=float, help="memory that a fit may take")
    effort.add_argument("--seed", metavar="N", type=int, default=0, help="of the searches (default: 0)")
    openml = parser.add_argument_group("OpenML")
    openml.add_argument("--server", metavar="URL", help="its API (default: that of www.openml.org)")
    openml.add_argument("--cache", metavar="FOLDER", help="where its answers are kept (default: the user's cache)")
    openml.add_argument("--requests-per-s", metavar="N", type=float, default=5.0, help="at most (default: 5)")
    openml.add_argument(
        "--upload", action="store_true", help="runs: publish a run on each task under your account; needs a key"
    )
    openml.add_argument(
        "--api-key", metavar="KEY",
        help=f"of your account, for --upload; others may see it here, so rather set {KEY_VARIABLE}",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Fill the store; 1 where something could not be done."""
    from knowledge_base.openml_client import OpenMLClient

    api_key = _api_key(arguments)
    with opened(arguments.store) as store:
        print(f"store: {store.path}")
        client = OpenMLClient(
            arguments.server, cache=cache_folder(arguments.cache), requests_per_s=arguments.requests_per_s
        )  # fmt: skip
        tasks = list(arguments.tasks or ())
        if arguments.suite is not None:
            tasks += client.suite(arguments.suite)
        if arguments.what == "runs":
            return _runs(store, client, tasks, arguments, api_key)
        return _evaluations(store, client, tasks, arguments)


def _api_key(arguments: argparse.Namespace) -> str | None:
    """Find the key where something is to be uploaded."""
    if not arguments.upload:
        return None
    if arguments.what != "runs":
        raise UserError("--upload goes with runs: evaluations are others'")
    key: str = arguments.api_key or os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise UserError(f"--upload needs the key of your account at OpenML: set {KEY_VARIABLE}, or give --api-key KEY")
    return key


def cache_folder(folder: str | None) -> Path:
    """Give where OpenML's answers are kept."""
    import platformdirs

    return Path(folder) if folder else platformdirs.user_cache_path("precedent", appauthor=False) / "openml"


def _evaluations(store: KnowledgeBase, client: OpenMLClient, tasks: list[int], arguments: argparse.Namespace) -> int:
    from automl.populate.evaluations import import_evaluations

    if not tasks and not arguments.flows:
        raise UserError("say which evaluations: --flows, --suite or --tasks")
    for flow_id in arguments.flows or [None]:
        name = "all flows" if flow_id is None else f"flow {flow_id}"
        with working(f"{name}: asking OpenML") as say:
            done = import_evaluations(
                store, client, measure=arguments.measure, flow_id=flow_id, task_ids=tasks or None,
                on_page=lambda so_far: say(counts(so_far)),
            )  # fmt: skip
        print(f"{name}: {counts(done)} in {done.seconds:.1f} s")
        for (kind, reason), n in done.reasons.most_common(N_REASONS):
            print(f"{n:10,}  {kind}: {shown(reason, most=SHOWN_REASON)}")
    return 0


def _runs(
    store: KnowledgeBase, client: OpenMLClient, tasks: list[int], arguments: argparse.Namespace, api_key: str | None
) -> int:
    from automl.populate.effort import Effort
    from automl.populate.runs import run_tasks

    if not tasks:
        raise UserError("say which tasks: --suite or --tasks")
    effort = Effort(
        arguments.time_budget, arguments.max_trials, arguments.metric, arguments.n_jobs, arguments.memory_limit_mb,
        arguments.seed,
    )  # fmt: skip
    done: list[TaskRun] = []
    with working(f"0 of {len(tasks)} tasks") as say:

        def tell(run: TaskRun) -> None:
            done.append(run)
            left_s = sum(r.seconds for r in done) / len(done) * (len(tasks) - len(done))
            print(f"{len(done)}/{len(tasks)} {line(run)}", flush=True)
            say(f"{len(done)} of {len(tasks)} tasks, some {left_s / 60:.0f} minutes left")

        run_tasks(store, client, tasks, effort, on_run=tell, api_key=api_key)
    statuses = Counter(run.status for run in done)
    print(", ".join(f"{n} {status}" for status, n in statuses.items()))
    return 1 if statuses["failed"] else 0


def counts(done: Imported) -> str:
    """Write what has become of the evaluations."""
    text = f"{done.total:,} evaluations of {amount(len(done.tasks), 'task', 'tasks')}: {done.translated:,} translated, "
    text += f"{done.foreign:,} foreign, {done.rejected:,} rejected"
    return f"{text}, {done.known:,} known before" if done.known else text


def line(run: TaskRun) -> str:
    """Write how the search on one task ended."""
    text = f"task {run.task_id} {shown(run.name or None)}: {run.status}"
    if run.status == "failed":
        return f"{text}: {shown(run.error, most=SHOWN_REASON)}"
    text += f", {amount(run.trials, 'trial', 'trials')}, {run.metric} loss {run.loss:.4f}, {run.seconds:.0f} s"
    return text if run.run_id is None else f"{text}, uploaded as run {run.run_id}"
