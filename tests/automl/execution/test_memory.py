"""Readings of memory against allocations of known size."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from automl.execution.memory import allocation_limit, descendants, exceeds, held_mb, maxrss_mb, peak_mb, reset_peak

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own figures")


@contextmanager
def forked_child() -> Iterator[int]:
    pid = os.fork()
    if pid == 0:
        time.sleep(100)
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_held_memory_follows_allocations() -> None:
    before = held_mb(os.getpid())
    block = np.ones(100 << 17)
    assert 95 < held_mb(os.getpid()) - before < 120
    del block
    assert held_mb(os.getpid()) - before < 30


def test_descendants_and_their_memory_count() -> None:
    assert descendants(os.getpid()) == []
    alone = held_mb(os.getpid())
    with forked_child() as child:
        assert descendants(os.getpid()) == [child]
        time.sleep(0.05)
        assert held_mb(os.getpid()) > alone + held_mb(child) / 2
    assert descendants(os.getpid()) == []


SHARED_PAGES = """
import os, time
import numpy as np
from automl.execution.memory import exceeds, held_mb
block = np.ones(200 << 17)
held = held_mb(os.getpid())
child = os.fork()
if not child:
    time.sleep(60)
    os._exit(0)
time.sleep(0.05)
print(held_mb(os.getpid()) > held + 150, exceeds(os.getpid(), held + 150), exceeds(os.getpid(), 150))
os.kill(child, 9)
"""


@linux_only
def test_pages_shared_with_a_child_count_once() -> None:
    """In a process of its own: what this one holds, and shares with whom, depends on the tests before."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", SHARED_PAGES]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    # The upper bound counts the block twice; the limit does not.
    assert found == ["True", "False", "True"]


def test_a_process_that_has_gone_holds_nothing() -> None:
    with forked_child() as child:
        pass
    assert held_mb(child) == peak_mb(child) == 0
    assert descendants(child) == []
    assert not exceeds(child, 1)


@linux_only
def test_the_peak_is_since_the_reset() -> None:
    np.ones(300 << 17)
    reached = peak_mb(os.getpid())
    reset_peak()
    afterwards = peak_mb(os.getpid())
    assert afterwards < reached - 200
    np.ones(100 << 17)
    assert 90 < peak_mb(os.getpid()) - afterwards < 130


def test_highest_memory_of_an_ended_process() -> None:
    child = subprocess.Popen([sys.executable, "-c", "len(b'x' * (400 << 20))"])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    # A forked process starts from what its parent held.
    assert 400 < maxrss_mb(usage) < 420 + held_mb(os.getpid())


@linux_only
def test_allocations_fail_past_the_limit_and_only_inside() -> None:
    pid = os.getpid()
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with allocation_limit(pid, held_mb(pid) + 200):
        np.ones(100 << 17)
        with pytest.raises(MemoryError):
            np.ones(300 << 17)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    np.ones(300 << 17)


@linux_only
def test_a_limit_that_is_passed_already_leaves_some_room() -> None:
    with allocation_limit(os.getpid(), 1):
        np.ones(10 << 17)
        with pytest.raises(MemoryError):
            np.ones(100 << 17)


def test_no_limit() -> None:
    with allocation_limit(os.getpid(), None):
        np.ones(10 << 17)
