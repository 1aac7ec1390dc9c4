from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from automl.cli import main
from automl.cli.kb import COMMANDS

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_every_sub_command_has_help_with_examples_and_a_store(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["kb", command.NAME, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert command.EXAMPLES in shown
    assert f"usage: automl kb {command.NAME} " in shown
    assert f"automl kb {command.NAME}" in command.EXAMPLES
    assert "--store PATH" in shown


def test_help_lists_every_sub_command(capsys):
    with pytest.raises(SystemExit):
        main(["kb", "--help"])
    shown = capsys.readouterr().out
    assert all(command.HELP in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_wrong_usage_is_told_in_the_name_of_the_sub_command(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["kb", command.NAME, "here", "--colour"])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert f"usage: automl kb {command.NAME} " in error
    assert f"automl kb {command.NAME}: error: " in error
    assert "--colour" in error or "'here'" in error


@pytest.mark.clock
def test_help_is_quick():
    command = [sys.executable, "-m", "automl", "kb", "--help"]
    quickest_s = min(_seconds(command) for _ in range(3))  # a loaded machine may be late once
    assert quickest_s <= 0.5


def _seconds(command: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, capture_output=True, check=True, cwd=ROOT, timeout=60)
    return time.monotonic() - started
