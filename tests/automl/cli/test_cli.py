from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from automl.cli import COMMANDS, main
from automl.cli.user_errors import UserError

ROOT = Path(__file__).parents[3]


def automl(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "automl", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60, **options
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_every_command_has_help_with_examples(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command.NAME, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert command.EXAMPLES in shown
    assert f"automl {command.NAME} " in command.EXAMPLES


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(command.HELP in shown for command in COMMANDS)


def test_help_does_not_wait_for_heavy_imports():
    code = "import sys, automl.cli; print(*{'sklearn', 'pandas', 'duckdb', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.stdout.strip(), done.returncode) == ("", 0)


@pytest.mark.parametrize("arguments", [[], ["fit"], ["unknown"], ["fit", "t.csv"], ["predict", "m.automl"]])
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: automl" in capsys.readouterr().err


def test_python_m_automl_is_the_command():
    done = automl("leaderboard", "missing.automl")
    assert done.returncode == 2
    assert done.stderr == "automl leaderboard: error: missing.automl: no such file\n"


def test_debug_shows_where_an_error_comes_from():
    with pytest.raises(UserError, match="no such file"):
        main(["leaderboard", "missing.automl", "--debug"])


def test_a_reader_that_goes_away_is_no_error(classifier_path):
    command = [sys.executable, "-m", "automl", "leaderboard", str(classifier_path), "--csv"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 1


def test_version_is_that_of_the_distribution(capsys):
    try:
        installed = version("precedent-automl")
    except PackageNotFoundError:
        pytest.skip("the package is not installed here")
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"automl {installed}\n"
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == installed
