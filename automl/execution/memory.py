"""Memory of processes: what they hold, what they held at most, and a limit on what they get."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_MB = 1 << 20
_LINUX = sys.platform == "linux"
# Below this an allocation limit would stop the interpreter rather than a learner.
_LEAST_ROOM_MB = 32


def descendants(pid: int) -> list[int]:
    """Process ids below `pid`.

    Linux lists the children of each thread, which spares a scan of all processes.
    """
    if not _LINUX:
        with suppress(psutil.Error):
            return [child.pid for child in psutil.Process(pid).children(recursive=True)]
        return []
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, path.read_text().split()):
                found += [child, *descendants(child)]
    return found


def held_mb(pid: int) -> float:
    """Memory that a process and its descendants hold, without mapped files; an upper bound.

    Pages that a child shares with its parent since it was forked count for both.
    """
    total = 0
    for each in (pid, *descendants(pid)):
        with suppress(psutil.Error):
            memory = psutil.Process(each).memory_info()
            total += memory.rss - (memory.shared if _LINUX else 0)
    return total / _MB


def exceeds(pid: int, limit_mb: float, inherited_mb: float = 0.0) -> bool:
    """Whether a process and its descendants hold more than `limit_mb` beside what each inherited, as this one did.

    Shared pages are divided among their holders; that costs a walk through the page tables
    and is looked up only if the upper bound is past the limit.
    """
    if held_mb(pid) <= limit_mb + inherited_mb:
        return False
    tree = (pid, *descendants(pid))
    share_mb = _proportional_mb(os.getpid()) if inherited_mb else 0.0
    return sum(_proportional_mb(each) - share_mb for each in tree) > limit_mb


def _proportional_mb(pid: int) -> float:
    with suppress(psutil.Error):
        memory = psutil.Process(pid).memory_full_info()
        return float((memory.pss if _LINUX else memory.uss) / _MB)
    return 0.0


def peak_mb(pid: int) -> float:
    """Highest resident memory of a living process since `reset_peak`, 0 where unknown."""
    if _LINUX:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        return 0.0
    with suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss / _MB)
    return 0.0


def maxrss_mb(usage: resource.struct_rusage) -> float:
    """Highest resident memory of an ended process."""
    return float(usage.ru_maxrss / (1024 if _LINUX else _MB))


def reset_peak() -> None:
    """Let `peak_mb` of this process start anew, where the platform can."""
    if _LINUX:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")


@contextmanager
def allocation_limit(pid: int, limit_mb: float | None) -> Iterator[None]:
    """Let allocations of this process fail once it would hold more than `limit_mb`.

    The limit counts what is allocated, touched or not, and holds for this process alone;
    whoever needs certainty watches `exceeds` as well.
    """
    if limit_mb is None or not _LINUX:
        yield
        return
    allocated, held = _allocated_mb(), held_mb(pid)
    room = max(limit_mb - held, _LEAST_ROOM_MB)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (int((allocated + room) * _MB), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _allocated_mb() -> float:
    # The sixth field of statm counts data and stack, in pages.
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * resource.getpagesize() / _MB
