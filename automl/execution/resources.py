"""What this process may use of the machine: processors and memory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import joblib
import psutil

_MB = 1 << 20
# Left to the user's process and to what else runs.
_SHARE = 0.8
# (limit, usage) of control groups, version 2 and 1; a container sees its own group at the root.
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available_cpus() -> int:
    """Processors that this process may use: affinity and a container's quota are respected.

    Examples
    --------
    >>> available_cpus() >= 1
    True
    """
    return int(joblib.cpu_count())


def available_memory_mb() -> float:
    """Memory that can be had without swapping, in a container at most what is left of its limit."""
    free = float(psutil.virtual_memory().available)
    for limit, usage in _CGROUPS:
        # A group without a limit says "max", or has no such file.
        with suppress(OSError, ValueError):
            free = min(free, float(Path(limit).read_text()) - float(Path(usage).read_text()))
    return max(0.0, free / _MB)


def default_memory_limit_mb(n_workers: int) -> float:
    """Memory limit of one worker if `n_workers` share 80 % of what is available.

    Examples
    --------
    >>> 0 < default_memory_limit_mb(2) < available_memory_mb()
    True
    """
    return _SHARE * available_memory_mb() / n_workers
