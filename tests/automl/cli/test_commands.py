from __future__ import annotations

import argparse
from types import SimpleNamespace

import pytest

from automl.cli.commands import Group, add_commands


def a_command(name: str) -> SimpleNamespace:
    return SimpleNamespace(
        NAME=name,
        HELP=f"do {name}",
        EXAMPLES=f"examples:\n  automl {name}",
        add_arguments=lambda parser: parser.add_argument("--size", type=int),
        run=lambda arguments: arguments.size,
    )


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    group = SimpleNamespace(NAME="shop", HELP="buy", EXAMPLES="examples: none", COMMANDS=(a_command("pay"),))
    assert isinstance(group, Group)
    parser = argparse.ArgumentParser(prog="automl")
    add_commands(parser, [a_command("walk"), group])
    return parser


@pytest.mark.parametrize(("words", "name"), [(["walk"], "walk"), (["shop", "pay"], "shop pay")])
def test_a_command_is_named_with_its_group(parser, words, name):
    arguments = parser.parse_args([*words, "--size", "3"])
    assert (arguments.command, arguments.run(arguments), arguments.debug) == (name, 3, False)
    assert arguments.parser.prog == f"automl {name}"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["shop", "pay"], ["usage: automl shop pay ", "Do pay.", "examples:\n  automl pay", "--size"]),
        (["shop"], ["usage: automl shop ", "Buy.", "do pay", "examples: none"]),
        ([], ["do walk", "buy"]),
    ],
)
def test_every_level_has_its_own_help(parser, words, shown, capsys):
    with pytest.raises(SystemExit) as stop:
        parser.parse_args([*words, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert all(part in out for part in shown)


@pytest.mark.parametrize("words", [[], ["shop"]])
def test_a_command_is_needed_on_every_level(parser, words, capsys):
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(words)
    assert stop.value.code == 2
    prog = " ".join(["automl", *words])
    assert f"{prog}: error: the following arguments are required: COMMAND" in capsys.readouterr().err
