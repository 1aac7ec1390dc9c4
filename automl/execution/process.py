"""Process groups and what the kernel does for a supervisor of processes."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from automl.execution.memory import descendants

_LINUX = sys.platform == "linux"
# Numbers of prctl(2).
_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
# Between the user's own processes (0) and the first to go (1000).
_OOM_SCORE = 500


def _prctl(option: int, value: int) -> None:
    # A kernel that refuses leaves the portable ways: end of file and process groups.
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def die_with_parent(parent_pid: int) -> None:
    """Let the kernel kill this process when the thread that forked it ends (Linux)."""
    if _LINUX:
        _prctl(_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent has ended (Linux)."""
    if _LINUX:
        _prctl(_SET_CHILD_SUBREAPER, 1)


def offer_to_oom_killer() -> None:
    """Ask a kernel out of memory to kill this process before the user's (Linux)."""
    if _LINUX:
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE))


def kill_group(pid: int) -> None:
    """Kill a process group by its leader; its members, if any are left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_orphans(known: set[int]) -> None:
    """Kill children of this process that are not among `known`, with all below them."""
    if not _LINUX:
        return
    for path in Path("/proc/self/task").glob("*/children"):
        for child in set(map(int, path.read_text().split())) - known:
            for pid in (child, *descendants(child)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def has_children() -> bool:
    """Whether this process has children that still run; those that have ended are reaped."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
