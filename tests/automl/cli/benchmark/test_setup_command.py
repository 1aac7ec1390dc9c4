from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import pytest
from local_wheels import write_wheel

from automl.benchmark import environments
from automl.benchmark.frameworks import FRAMEWORKS
from automl.cli.benchmark import setup_command

pytestmark = pytest.mark.once


@pytest.fixture
def setup(monkeypatch, tmp_path):
    """Runs the command; flaml needs a package in a file alone."""
    monkeypatch.setattr(environments, "_HARNESS_REQUIREMENTS", ())
    wheel = write_wheel(tmp_path, "madeup", "1.5")
    for name in ("flaml", "flaml_ensemble"):
        monkeypatch.setitem(FRAMEWORKS, name, replace(FRAMEWORKS[name], requirements=(wheel,)))

    def setup(*arguments):
        parser = argparse.ArgumentParser()
        setup_command.add_arguments(parser)
        setup_command.run(parser.parse_args([*arguments, "--environments", str(tmp_path / "environments")]))

    return setup


def test_variants_are_built_once_and_what_is_there_is_left_alone(setup, tmp_path, capsys):
    setup("flaml", "flaml_ensemble", "constant")
    python = tmp_path / "environments" / "flaml" / "bin" / "python"
    shown = capsys.readouterr()
    built, shared, none = shown.out.splitlines()
    assert built.startswith("flaml: built in ")
    assert built.endswith(str(python))
    assert shared == f"flaml_ensemble: is there, {python}"
    assert none == f"constant: needs none, it runs in {sys.executable}"
    assert "flaml: Installing collected packages: madeup" in shown.err
    built_at = python.parent.stat().st_mtime_ns
    setup("flaml")
    assert capsys.readouterr().out == f"flaml: is there, {python}\n"
    assert python.parent.stat().st_mtime_ns == built_at


def test_nothing_is_built_when_a_name_is_none(setup, tmp_path):
    with pytest.raises(ValueError, match="no framework 'h3o'"):
        setup("flaml", "h3o")
    assert not (tmp_path / "environments").exists()
