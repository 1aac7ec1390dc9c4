"""Progress: silent where nobody looks, truthful where somebody does."""

from __future__ import annotations

import io
import logging
import math
import sys
from typing import Any

import pytest

from automl.budget import Budget
from automl.progress import LINE_EVERY_S, ProgressReport
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def trial(name: str = "knn") -> Trial:
    return Trial(0, Configuration(name, {}), Fidelity(5), 0)


def ok(loss: float) -> Outcome:
    return Outcome(Status.OK, loss, 1.0)


CRASH = Outcome.failed(Status.CRASH, "ValueError: no", 1.0)


@pytest.mark.parametrize("verbose", [0, 1])
def test_silent_without_a_terminal(verbose: int, capfd: Any) -> None:
    clock = Clock()
    with ProgressReport(Budget(60.0, clock=clock), verbose) as progress:
        for _ in range(5):
            clock.now += LINE_EVERY_S
            progress.update(trial(), ok(0.5), full=True)
    assert capfd.readouterr() == ("", "")


def test_plain_lines_now_and_then_and_at_the_end(capfd: Any) -> None:
    clock = Clock()
    with ProgressReport(Budget(60.0, clock=clock), 2) as progress:
        for k in range(1, 24):
            clock.now = float(k)
            progress.update(trial(), ok(1 / k), full=True)
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert len(lines) == 4 + 1
    assert lines[0] == "best knn loss 0.2, 5 trials, 55 s left"
    assert lines[-1] == "best knn loss 0.043478, 23 trials, 37 s left"


def test_a_short_fit_shows_a_line_too(capfd: Any) -> None:
    with ProgressReport(Budget(None, max_trials=3), 2) as progress:
        progress.update(trial(), CRASH, full=True)
    assert capfd.readouterr().err == "no full model yet, 1 trials, 1 failed\n"


def test_the_best_is_the_best_full_evaluation() -> None:
    progress = ProgressReport(Budget(None, max_trials=3), 0)
    progress.update(trial("quick"), ok(0.1), full=False)
    assert progress.line() == "no full model yet, 1 trials"
    progress.update(trial("svm"), ok(0.4), full=True)
    progress.update(trial("knn"), ok(0.3), full=True)
    progress.update(trial("forest"), ok(0.35), full=True)
    progress.update(trial("tree"), CRASH, full=True)
    assert progress.line() == "best knn loss 0.3, 5 trials, 1 failed"


def test_each_new_best_is_logged(caplog: Any) -> None:
    caplog.set_level(logging.INFO, logger="automl.progress")
    progress = ProgressReport(Budget(None, max_trials=3), 0)
    for loss in (0.5, 0.6, 0.25):
        progress.update(trial(), ok(loss), full=True)
    progress.update(trial(), Outcome.failed(Status.TIMEOUT, "late", 1.0, fold_losses=(0.0,)), full=True)
    assert [record.getMessage() for record in caplog.records] == ["incumbent knn, loss 0.5", "incumbent knn, loss 0.25"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("time_budget", [None, 60.0])
def test_a_live_line_on_a_terminal(time_budget: float | None, monkeypatch: Any) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with ProgressReport(Budget(time_budget, max_trials=4), 1) as progress:
        progress.update(trial(), ok(0.125), full=True)
        assert progress._live is not None
        [task] = progress._live.tasks
        assert task.total == (4 if time_budget is None else 60.0)
        assert task.completed == 1 if time_budget is None else 0 <= task.completed < 60
    assert "best knn loss 0.125" in terminal.getvalue()


def test_the_live_line_ends_with_the_fit(monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    report = ProgressReport(Budget(math.inf), 1)
    with pytest.raises(KeyboardInterrupt), report:
        assert report._live is not None
        assert report._live.live.is_started
        raise KeyboardInterrupt
    assert not report._live.live.is_started
