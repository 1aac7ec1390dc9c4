"""`automl benchmark`: many frameworks side by side, from the command line.

A sub-command is one module with NAME, HELP, EXAMPLES, `add_arguments` and `run`, and one line in `COMMANDS`.
"""

from __future__ import annotations

from automl.cli.benchmark import report_command, run_command, setup_command
from automl.cli.commands import Command

NAME = "benchmark"
HELP = "compare frameworks on many tables"
EXAMPLES = """examples:
  automl benchmark run tables/ --output results/ --budgets 10 --folds 0
  automl benchmark report results/ --output report.html
  automl benchmark setup flaml h2o

`automl benchmark COMMAND --help` tells more of each.
"""
COMMANDS: tuple[Command, ...] = (
    run_command,
    report_command,
    setup_command,
)
