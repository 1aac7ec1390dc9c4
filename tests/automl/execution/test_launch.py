"""The template process, spoken to as the pool does, without a pool."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from misbehaving import Marked, Misbehaving, make_trial

from automl.execution import handover
from automl.execution.launch import TemplateProcess
from automl.execution.messages import Cancel, Done, Failed, Load, Ready, Run, Settings, Workers
from automl.trial import Status


@pytest.fixture
def template(marked: Marked, tmp_path: Path) -> Iterator[TemplateProcess]:
    template = TemplateProcess(Settings(2, None, 0.1, (), str(tmp_path)), may_fork=False)
    yield template
    template.end()


def receive(template: TemplateProcess, kind: type | tuple[type, ...], count: int = 1) -> list[Any]:
    found: list[Any] = []
    deadline = time.monotonic() + 20
    while len(found) < count and time.monotonic() < deadline and not template.lost:
        found += [message for message in template.receive(1.0) if isinstance(message, kind)]
    assert len(found) == count
    return found


def question(behaviour: str, ticket: int, time_limit_s: float | None = None) -> Run:
    return Run(ticket, pickle.dumps(make_trial(behaviour, ticket)), time_limit_s)


def test_what_is_said_in_the_life_of_a_template(template: TemplateProcess, tmp_path: Path) -> None:
    handover.dump(Misbehaving(), tmp_path)
    assert template.send(Load())
    receive(template, Ready)
    template.send(question("ok", 4))
    workers, done = receive(template, (Workers, Done), count=2)
    assert [psutil.pid_exists(pid) for pid in workers.pids] == [True]
    assert done.ticket == 4
    assert pickle.loads(done.answer).ok


def test_cancel_answers_each_ticket(template: TemplateProcess, tmp_path: Path) -> None:
    handover.dump(Misbehaving(), tmp_path)
    template.send(Load())
    for ticket in range(5):
        template.send(question("hang", ticket))
    template.send(Cancel())
    answers = {done.ticket: pickle.loads(done.answer).status for done in receive(template, Done, count=5)}
    assert answers == dict.fromkeys(range(5), Status.TIMEOUT)


def test_an_evaluator_that_is_missing(template: TemplateProcess) -> None:
    template.send(Load())
    (failed,) = receive(template, Failed)
    assert "FileNotFoundError" in failed.error


def test_why_it_was_lost(template: TemplateProcess, tmp_path: Path) -> None:
    (process,) = psutil.Process().children()
    process.kill()
    assert template.receive(5.0) == []
    assert template.lost
    assert template.why_lost().startswith("SIGKILL")
    assert not template.send(Load())


def test_a_start_that_fails_is_explained(marked: Marked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    template = TemplateProcess(Settings(1, None, 0.1, (), str(tmp_path)), may_fork=False)
    template.receive(10.0)
    assert template.lost
    assert "ModuleNotFoundError" in template.why_lost()
    template.end()


def test_a_process_that_cannot_be_started_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    template = TemplateProcess(Settings(1, None, 0.1, (), str(tmp_path)), may_fork=False)
    assert template.lost
    assert not template.send(Load())
    assert "/no/such/python" in template.why_lost()
    template.end()


def test_ending_twice_is_safe(template: TemplateProcess, marked: Marked) -> None:
    template.end()
    template.end()
    assert not marked.pids()
