"""Supervision by the template, which other tests see only through its effects."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from misbehaving import Marked, Misbehaving, make_trial

from automl.execution import PoolExecutor
from automl.trial import Status

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means")


@pytest.fixture
def executor(marked: Marked) -> Iterator[PoolExecutor]:
    with PoolExecutor(3, preload=(), grace_s=0.0) as executor:
        executor.start(Misbehaving())
        executor.submit(make_trial("ok"))
        executor.collect()
        yield executor


def template() -> psutil.Process:
    (process,) = psutil.Process().children()
    return process


def wait_for_workers(count: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 5
    while len(workers := template().children()) != count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return workers


def test_workers_are_forked_when_trials_wait_and_no_more_than_asked(executor: PoolExecutor) -> None:
    wait_for_workers(1)
    for number in range(10):
        executor.submit(make_trial("sleep", number, for_s=0.2))
    wait_for_workers(3)
    while executor.pending:
        executor.collect()
    assert len(template().children()) == 3


def test_an_idle_worker_that_is_killed_costs_no_trial(executor: PoolExecutor) -> None:
    (worker,) = wait_for_workers(1)
    worker.kill()
    wait_for_workers(0)
    executor.submit(make_trial("ok"))
    ((_, outcome),) = executor.collect()
    assert outcome.ok


def test_a_busy_worker_that_is_killed_costs_its_trial_alone(executor: PoolExecutor) -> None:
    (worker,) = wait_for_workers(1)
    executor.submit(make_trial("sleep", 1, for_s=100))
    executor.submit(make_trial("sleep", 2, for_s=0.5))
    executor.collect(0.1)
    worker.kill()
    statuses = {trial.number: outcome.status for _ in range(2) for trial, outcome in executor.collect()}
    assert statuses == {1: Status.CRASH, 2: Status.OK}


def test_every_trial_has_its_own_limit(executor: PoolExecutor) -> None:
    for number, limit_s in enumerate((0.6, 0.2, 0.4)):
        executor.submit(make_trial("hang", number), limit_s)
    found = [(trial.number, outcome) for _ in range(3) for trial, outcome in executor.collect()]
    assert [number for number, _ in found] == [1, 2, 0]
    for number, outcome in found:
        assert outcome.seconds >= (0.6, 0.2, 0.4)[number]


def test_a_waiting_trial_does_not_use_up_its_limit(executor: PoolExecutor) -> None:
    for number in range(6):
        executor.submit(make_trial("sleep", number, for_s=0.4), 0.7)
    statuses = [outcome.status for _ in range(6) for _, outcome in executor.collect(2.0)]
    assert statuses == 6 * [Status.OK]


def test_signals_to_the_group_of_the_template(executor: PoolExecutor) -> None:
    # A session of its own: not that of this process.
    assert os.getsid(template().pid) != os.getsid(0)
    template().send_signal(signal.SIGINT)
    executor.submit(make_trial("ok"))
    ((_, outcome),) = executor.collect()
    assert outcome.ok


def test_workers_end_when_the_template_is_told_to(executor: PoolExecutor, marked: Marked) -> None:
    executor.submit(make_trial("hang_with_child"))
    executor.collect(0.2)
    template().terminate()
    assert marked.gone_within(3.0)
    ((_, outcome),) = executor.collect()
    assert outcome.status is Status.CRASH
    executor.submit(make_trial("ok"))
    assert executor.collect(10.0)[0][1].ok


@linux_only
def test_workers_end_with_a_template_that_is_killed(executor: PoolExecutor, marked: Marked) -> None:
    executor.submit(make_trial("hang"))
    executor.collect(0.2)
    template().kill()
    # Nobody has called the executor since.
    assert marked.gone_within(3.0)


@linux_only
def test_daemons_of_a_worker_that_has_died_are_killed(executor: PoolExecutor) -> None:
    executor.submit(make_trial("fork_daemon_and_die"))
    executor.collect()
    wait_for_workers(0)


@linux_only
def test_a_worker_holds_no_channel_but_its_own(executor: PoolExecutor) -> None:
    for number in range(3):
        executor.submit(make_trial("sleep", number, for_s=1.0))
    for worker in wait_for_workers(3):
        # A worker closes its copies of the others' ends as its first act, which may still be to come.
        deadline = time.monotonic() + 5
        while (held := sockets_of(worker)) != 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert held == 1


def sockets_of(process: psutil.Process) -> int:
    held = 0
    for path in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            held += os.readlink(path).startswith("socket:")
    return held


@pytest.mark.skipif(not os.path.exists("/proc/self/oom_score_adj"), reason="no such score here")
def test_a_kernel_out_of_memory_takes_a_worker_first(executor: PoolExecutor) -> None:
    (worker,) = wait_for_workers(1)
    with open(f"/proc/{worker.pid}/oom_score_adj") as theirs, open("/proc/self/oom_score_adj") as ours:
        assert int(theirs.read()) > int(ours.read())
