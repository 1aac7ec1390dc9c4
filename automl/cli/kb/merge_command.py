"""`automl kb merge`: add other stores to one."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from automl.cli.kb.stores import add_store_argument, n_inbox_files, opened
from automl.cli.kb.wording import amount, rows_of_tables
from automl.cli.kb.working import working
from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    from knowledge_base import KnowledgeBase

NAME = "merge"
HELP = "add what other stores know, nothing twice"
EXAMPLES = """examples:
  automl kb merge colleague.duckdb
  automl kb merge machine1.duckdb machine2.duckdb --store all.duckdb

The other stores stay as they are. Merging one again adds what it has learned since.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl kb merge`."""
    parser.add_argument("others", metavar="OTHER", nargs="+", help="store to read")
    add_store_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    """Merge the others one after the other, and say what was new."""
    for other in arguments.others:
        if Path(other).is_dir():
            raise UserError(f"{other}: is a folder, no store; `automl kb import` reads exported folders")
        if not Path(other).exists():
            raise UserError(f"{other}: no such file")
    with opened(arguments.store) as store:
        print(f"store: {store.path}")
        for other in arguments.others:
            with working(f"merging {other}"):
                added = merge(store, Path(other))
            print(f"{other}: {rows_of_tables(added)} new", flush=True)


def merge(store: KnowledgeBase, other: Path) -> dict[str, int]:
    """Merge another store's file; gives the number of new rows of each table, warns of what waits beside it.

    Raises
    ------
    UserError
        If it is the store itself.
    """
    if other.resolve() == store.path:
        raise UserError(f"{other}: is the store itself; name another one")
    added = store.merge(other)
    if waiting := n_inbox_files(other):
        warnings.warn(
            f"{other}: outcomes in {amount(waiting, 'inbox file', 'inbox files')} beside it were left out; "
            f"`automl kb check --repair --store {other}` folds in what is finished",
            UserWarning,
            stacklevel=2,
        )
    return added
