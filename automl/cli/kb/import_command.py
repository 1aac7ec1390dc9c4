"""`automl kb import`: add what was exported, another store, or an ASlib scenario."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from automl.cli.kb.stores import add_store_argument, opened
from automl.cli.kb.wording import amount, rows_of_tables
from automl.cli.kb.working import working
from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    from knowledge_base import KnowledgeBase

NAME = "import"
HELP = "add exported folders, other stores and ASlib scenarios"
EXAMPLES = """examples:
  automl kb import results/
  automl kb import alice/ bob.duckdb --store ours.duckdb
  automl kb import aslib_data/BNSL-2016

A source is a folder that `automl kb export` wrote, another store's file, or the folder of an ASlib scenario, which has
a file description.txt. What the store has already is not counted twice, so an import can be run again.
"""
ASLIB_MARK = "description.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl kb import`."""
    parser.add_argument("sources", metavar="SOURCE", nargs="+", help="folder or store to read")
    add_store_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    """Bring the sources in one after the other, and say what was new."""
    for source in arguments.sources:
        if not Path(source).exists():
            raise UserError(f"{source}: no such file or folder")
    with opened(arguments.store) as store:
        print(f"store: {store.path}")
        for source in arguments.sources:
            with working(f"importing {source}"):
                added = bring_in(store, Path(source))
            known = added.pop("already_known", 0)
            rest = f"; {amount(known, 'outcome was', 'outcomes were')} known" if known else ""
            print(f"{source}: {rows_of_tables(added)} new{rest}", flush=True)


def bring_in(store: KnowledgeBase, source: Path) -> dict[str, int]:
    """Add one source to a store by what it is; gives the numbers of what was new, and ``already_known`` if it tells.

    Raises
    ------
    UserError, KnowledgeBaseError
        If it is none of what can be imported.
    """
    from automl.cli.kb.merge_command import merge

    if not source.is_dir():
        return merge(store, source)
    if (source / ASLIB_MARK).is_file():
        from knowledge_base.aslib import import_scenario

        return import_scenario(store, source)
    return store.import_(source)
