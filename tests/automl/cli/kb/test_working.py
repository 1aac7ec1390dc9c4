from __future__ import annotations

import io
import sys

import pytest

from automl.cli.kb.working import working


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_goes_on(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with working("merging [bold]x"):
        pass
    assert "merging [bold]x" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_elsewhere_nothing_is_shown(capsys):
    with working("merging"):
        pass
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_errors_pass_through(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    with pytest.raises(ValueError, match="no"), working("merging"):
        raise ValueError("no")
