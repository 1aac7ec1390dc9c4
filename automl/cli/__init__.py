"""The command line: `automl fit`, `automl predict`, `automl leaderboard`.

A command is one module with NAME, HELP, EXAMPLES, `add_arguments` and `run`, and one line in `COMMANDS`. Results go
to the standard output, progress and errors to the standard error. Heavy imports stand inside `run`, so that help is
quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Protocol

from automl.cli import fit_command, leaderboard_command, predict_command
from automl.cli.user_errors import UserError, short_warnings, user_errors

__all__ = ["COMMANDS", "main"]

EXIT_OK = 0
EXIT_BROKEN_PIPE = 1
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130


class Command(Protocol):
    """What the module of a command has."""

    NAME: str
    HELP: str
    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, arguments: argparse.Namespace) -> None:
        """Do the work."""


COMMANDS: tuple[Command, ...] = (
    fit_command,
    predict_command,
    leaderboard_command,
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
        The exit code: 0, or 2 where the user can mend what is wrong.

    Examples
    --------
    >>> main(["leaderboard", "no-such-file.automl"])
    2
    """
    arguments = build_parser().parse_args(argv)
    try:
        with user_errors(), short_warnings(arguments.command):
            arguments.run(arguments)
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
    return EXIT_OK


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
    subparsers = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.HELP[0].upper() + command.HELP[1:] + ".",
            epilog=command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(subparser)
        subparser.add_argument("--debug", action="store_true", help="show the traceback of an error")
        subparser.set_defaults(run=command.run)
    return parser
