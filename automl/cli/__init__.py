"""The command line: `automl fit`, `predict`, `leaderboard`, `kb`, `portfolio` and `benchmark`.

A command is one module with NAME, HELP, EXAMPLES, `add_arguments` and `run`, and one line in `COMMANDS`; one that has
sub-commands is a package with NAME, HELP, EXAMPLES and `COMMANDS` of its own. Results go to the standard output,
progress and errors to the standard error. Heavy imports stand inside `run`, so that help is quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from automl.cli import benchmark, fit_command, kb, leaderboard_command, portfolio, predict_command
from automl.cli.commands import Command, Group, add_commands
from automl.cli.user_errors import UserError, short_warnings, user_errors

__all__ = ["COMMANDS", "main"]

EXIT_OK = 0
EXIT_BROKEN_PIPE = 1
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130


COMMANDS: tuple[Command | Group, ...] = (
    fit_command,
    predict_command,
    leaderboard_command,
    kb,
    portfolio,
    benchmark,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; `sys.argv[1:]` by default.

    Returns
    -------
    int
        The exit code: that of the command, or 2 where the user can mend what is wrong.

    Examples
    --------
    >>> main(["leaderboard", "no-such-file.automl"])
    2
    """
    arguments, unknown = build_parser().parse_known_args(argv)
    if unknown:  # told by the command's own parser, which knows its usage
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        with user_errors(), short_warnings(arguments.command):
            code: int = arguments.run(arguments) or EXIT_OK
            sys.stdout.flush()
    except UserError as error:
        if arguments.debug:
            raise
        print(f"automl {arguments.command}: error: {error}", file=sys.stderr)
        return EXIT_USER_ERROR
    except BrokenPipeError:
        # Whoever read our output has gone, as in `automl leaderboard m.automl | head`. Without another place to go
        # to, what is still buffered would raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


class VersionAction(argparse.Action):
    """Looks the version up only when it is asked for, which a checkout that is not installed cannot answer."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"automl {version('precedent-automl')}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="automl",
        description="AutoML that remembers: the best model that a time budget buys, for a CSV or Parquet table.",
    )
    parser.add_argument("--version", action=VersionAction, nargs=0, help="show the version and exit")
    add_commands(parser, COMMANDS)
    return parser
