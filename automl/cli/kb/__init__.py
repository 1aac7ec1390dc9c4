"""`automl kb`: the knowledge base of past results, from the command line.

A sub-command is one module with NAME, HELP, EXAMPLES, `add_arguments` and `run`, and one line in `COMMANDS`.
"""

from __future__ import annotations

from automl.cli.commands import Command
from automl.cli.kb import check_command, export_command, import_command, merge_command, populate_command, stats_command

NAME = "kb"
HELP = "look into, fill and repair the knowledge base"
EXAMPLES = """examples:
  automl kb stats
  automl kb populate runs --suite OpenML-CC18
  automl kb export results/
  automl kb import results/ --store other.duckdb
  automl kb merge colleague.duckdb
  automl kb check --repair

`automl kb COMMAND --help` tells more of each.
"""
COMMANDS: tuple[Command, ...] = (
    populate_command,
    import_command,
    export_command,
    merge_command,
    stats_command,
    check_command,
)
