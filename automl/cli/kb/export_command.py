"""`automl kb export`: write a store as Parquet files."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from automl.cli.kb.stores import add_store_argument, need_store, opened
from automl.cli.kb.wording import size_of
from automl.cli.kb.working import working

if TYPE_CHECKING:
    from knowledge_base import KnowledgeBase

NAME = "export"
HELP = "write the store as Parquet files"
EXAMPLES = """examples:
  automl kb export results/
  automl kb export backup-2025-06-01 --store ours.duckdb
  duckdb -c "SELECT status, count(*) FROM 'results/outcome.parquet' GROUP BY ALL"

The folder is made, with one file for each table: task, metafeature, provenance, configuration, outcome, study.
`automl kb import` reads it. What ships with the package below the user's own store is not in it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl kb export`."""
    parser.add_argument("folder", metavar="FOLDER", help="folder to make")
    add_store_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    """Fold in what waits, export, and say how much it was."""
    folder = Path(arguments.folder)
    with opened(arguments.store) as store:
        need_store(store)
        print(f"store: {store.path}", flush=True)
        with working(f"exporting to {folder}"):
            _fold(store)
            store.export(folder)
    print(f"{folder}: written, {size_of(folder)}; `automl kb import` reads it")


def _fold(store: KnowledgeBase) -> None:
    """Take in finished outcomes that wait in the inbox, or warn that the export lacks them."""
    from knowledge_base import Locked, ReadOnly

    try:
        store.fold()
    except (Locked, ReadOnly) as error:
        warnings.warn(f"what waits in the inbox is left out: {error}", UserWarning, stacklevel=3)
