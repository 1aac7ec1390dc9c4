"""`automl kb stats`: what a store holds."""

from __future__ import annotations

import argparse
import json

from automl.cli.kb.stores import add_store_argument, opened
from automl.cli.kb.working import working

NAME = "stats"
HELP = "show what the store holds"
EXAMPLES = """examples:
  automl kb stats
  automl kb stats --store ours.duckdb
  automl kb stats --json | jq '.tables.totals[0].n_outcomes'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl kb stats`."""
    add_store_argument(parser)
    parser.add_argument("--json", action="store_true", help="as JSON, with all rows of all tables")


def run(arguments: argparse.Namespace) -> None:
    """Count and print."""
    from automl.cli.kb.board import print_board
    from automl.cli.kb.summary import as_json, summarise

    with opened(arguments.store) as store, working("counting"):
        summary = summarise(store)
    if arguments.json:
        print(json.dumps(as_json(summary), indent=2))
    else:
        print_board(summary)
