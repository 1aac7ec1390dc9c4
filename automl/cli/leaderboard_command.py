"""`automl leaderboard`: show what a fit tried."""

from __future__ import annotations

import argparse

from automl.cli.saved_models import add_model_arguments, open_model

NAME = "leaderboard"
HELP = "show what a fit tried and how well it did"
EXAMPLES = """examples:
  automl leaderboard model.automl
  automl leaderboard model.automl --csv | head
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl leaderboard`."""
    add_model_arguments(parser)
    parser.add_argument("--csv", action="store_true", help="as CSV, configurations as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Print the leaderboard."""
    from automl.cli.boards import board_for_csv, board_text
    from automl.cli.table_files import write_table

    board = open_model(arguments).leaderboard()
    if arguments.csv:
        write_table(board_for_csv(board), None)
    else:
        print(board_text(board))
