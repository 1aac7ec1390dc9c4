"""What a command is, and how the parser of a list of commands is put together."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Protocol, runtime_checkable


class Command(Protocol):
    """What the module of a command has."""

    NAME: str
    HELP: str
    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, arguments: argparse.Namespace) -> int | None:
        """Do the work; gives the exit code, where None is 0."""


@runtime_checkable
class Group(Protocol):
    """What the package of a command that only has sub-commands has."""

    NAME: str
    HELP: str
    EXAMPLES: str
    COMMANDS: tuple[Command, ...]


def add_commands(parser: argparse.ArgumentParser, commands: Sequence[Command | Group], within: str = "") -> None:
    """Give a parser one sub-parser for each command, and each of a group's commands one below it.

    Parameters
    ----------
    parser : ArgumentParser
        What it parses has ``command`` (the command's name with the group's before it), ``parser`` (its own), ``run``
        and ``debug``.
    commands : sequence of Command or Group
    within : str
        The name of the group, if they are one's.
    """
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        subparser = subparsers.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.HELP[0].upper() + command.HELP[1:] + ".",
            epilog=command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        name = f"{within} {command.NAME}".strip()
        if isinstance(command, Group):
            add_commands(subparser, command.COMMANDS, name)
        else:
            command.add_arguments(subparser)
            subparser.add_argument("--debug", action="store_true", help="show the traceback of an error")
            subparser.set_defaults(run=command.run, command=name, parser=subparser)
