"""`automl kb check`: whether a store can be trusted, and what to do where not."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from automl.cli.kb.stores import add_store_argument, need_store, opened
from automl.cli.kb.wording import amount, rows_of_tables
from automl.cli.kb.working import working

if TYPE_CHECKING:
    from knowledge_base import CheckReport, KnowledgeBase

NAME = "check"
HELP = "verify the store, and repair it"
EXAMPLES = """examples:
  automl kb check
  automl kb check --repair
  automl kb check --store ours.duckdb && automl kb export backup --store ours.duckdb

Every value of the store is read, and every line of the inbox beside it. --repair folds the inbox in, removes rows that
come more than once, and clears what killed processes left. The exit code is 1 where something stays wrong.
"""
EXIT_PROBLEMS = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl kb check`."""
    add_store_argument(parser)
    parser.add_argument("--repair", action="store_true", help="put right what can be put right")


def run(arguments: argparse.Namespace) -> int:
    """Check, print the report; gives the exit code."""
    with opened(arguments.store) as store:
        need_store(store)
        with working("checking"):
            with store.snapshot():
                pass  # a store that is locked cannot be told to be wrong: say so before the check
            report = store.check(repair=arguments.repair)
    print(report_text(store, report, is_repaired=arguments.repair))
    return 0 if report.is_ok else EXIT_PROBLEMS


def report_text(store: KnowledgeBase, report: CheckReport, *, is_repaired: bool) -> str:
    """Write what was found, what was done and what is to be done, one thing a line."""
    lines = [f"store: {store.path}", f"rows: {rows_of_tables(report.rows)}"]
    if report.live:
        lines.append(f"inbox: {amount(report.live, 'file is', 'files are')} still written to")
    if report.waiting:
        waiting = amount(report.waiting, "outcome waits", "outcomes wait")
        lines.append(f"inbox: {waiting} to be folded in, which the next fit does, or --repair")
    if report.quarantined:
        lines.append(
            f"inbox: {amount(report.quarantined, 'line', 'lines')} that cannot be read, "
            f"which are or will be set aside in {store.inbox / 'quarantine'}"
        )
    lines += [f"repaired: {done}" for done in report.repaired]
    lines += [f"problem: {problem}" for problem in report.problems]
    return "\n".join([*lines, _verdict(store, report, is_repaired=is_repaired)])


def _verdict(store: KnowledgeBase, report: CheckReport, *, is_repaired: bool) -> str:
    if report.is_ok:
        return "ok: nothing is wrong"
    name = shlex.quote(str(store.path))
    if not is_repaired:
        return f"to do: `automl kb check --repair --store {name}` puts right what can be put right"
    return (
        "to do: `automl kb import` an earlier export or copy of it, which brings lost rows back, and --repair again; "
        f"if problems stay, move {name} away and import that into a new store"
    )
