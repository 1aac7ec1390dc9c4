"""`automl portfolio`: what past tasks recommend to any table, from the command line.

A sub-command is one module with NAME, HELP, EXAMPLES, `add_arguments` and `run`, and one line in `COMMANDS`.
"""

from __future__ import annotations

from automl.cli.commands import Command
from automl.cli.portfolio import build_command, show_command

NAME = "portfolio"
HELP = "build and show portfolios of configurations"
EXAMPLES = """examples:
  automl portfolio build portfolios/
  automl portfolio show portfolios/binary-roc_auc-60s.json

A fit builds a portfolio of its own, in which near tasks count more than far ones. What is built here counts all tasks
alike and is a file, to read or to use elsewhere.
"""
COMMANDS: tuple[Command, ...] = (build_command, show_command)
"""The sub-commands, in the order in which help lists them."""
