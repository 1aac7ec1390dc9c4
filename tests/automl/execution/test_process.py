"""Groups, orphans and children of processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from automl.execution.process import has_children, kill_group

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="prctl")


def in_child(function: Callable[[], bool]) -> int:
    """Exit status of a forked process: 0 if the function gives True."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = int(not function())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_group_is_killed_whole() -> None:
    leader = subprocess.Popen(["sh", "-c", "sleep 100 & sleep 100 & wait"], process_group=0)
    deadline = time.monotonic() + 5
    while len(psutil.Process(leader.pid).children()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    members = psutil.Process(leader.pid).children()
    kill_group(leader.pid)
    assert leader.wait(5) == -signal.SIGKILL
    # Whoever inherits them may take a while to reap them.
    while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in members):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    kill_group(leader.pid)


def test_children_that_run_are_told_from_those_that_have_ended() -> None:
    def check() -> bool:
        nobody = has_children()
        if (ended := os.fork()) == 0:
            os._exit(0)
        os.waitid(os.P_PID, ended, os.WEXITED | os.WNOWAIT)
        after_end = has_children()
        if (running := os.fork()) == 0:
            time.sleep(100)
        while_running = has_children()
        os.kill(running, signal.SIGKILL)
        return (nobody, after_end, while_running) == (False, False, True)

    assert in_child(check) == 0


@linux_only
def test_a_child_dies_with_its_parent() -> None:
    from automl.execution.process import die_with_parent

    read_end, write_end = os.pipe()

    def parent() -> bool:
        parent_pid = os.getpid()
        if os.fork() == 0:
            die_with_parent(parent_pid)
            os.write(write_end, b"r")
            time.sleep(100)
        os.read(read_end, 1)
        return True

    assert in_child(parent) == 0
    os.close(write_end)
    # End of file: nobody is left to write.
    start = time.monotonic()
    assert os.read(read_end, 1) == b""
    assert time.monotonic() - start < 5
    os.close(read_end)


@linux_only
def test_orphans_are_adopted_and_killed_but_not_those_known() -> None:
    from automl.execution.memory import descendants
    from automl.execution.process import adopt_orphans, kill_orphans

    def check() -> bool:
        adopt_orphans()
        if (known := os.fork()) == 0:
            time.sleep(100)
        if (between := os.fork()) == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(100)
            os._exit(0)
        os.waitpid(between, 0)
        (orphan,) = set(descendants(os.getpid())) - {known}
        kill_orphans({known})
        reaped, _ = os.waitpid(orphan, 0)
        left = descendants(os.getpid())
        os.kill(known, signal.SIGKILL)
        return (reaped, left) == (orphan, [known])

    assert in_child(check) == 0
