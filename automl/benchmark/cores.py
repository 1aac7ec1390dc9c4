"""Cores for runs that go on at the same time on one machine: each has its own, as far as there are enough."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice

_NAME = "\0precedent-benchmark-core-{}"


@contextmanager
def reserved_cores(n_cores: int) -> Iterator[frozenset[int] | None]:
    """Reserve so many of the cores that this process may use, for the length of the block.

    Every process of the machine that asks here gets others, and when one dies, the operating system takes its cores
    back. Where too few are free, some are shared.

    Yields
    ------
    frozenset of int, or None
        None where the operating system does not bind processes to cores.

    Examples
    --------
    >>> with reserved_cores(1) as cores:
    ...     cores is None or len(cores)
    1
    """
    if sys.platform != "linux":
        yield None
        return
    with ExitStack() as stack:
        usable = sorted(os.sched_getaffinity(0))
        own = list(islice((core for core in usable if _is_free(core, stack)), n_cores))
        others = [core for core in usable if core not in own]
        yield frozenset([*own, *others[: n_cores - len(own)]])


def _is_free(core: int, stack: ExitStack) -> bool:
    """Take a core by a name that the kernel gives out once, and takes back from the dead: an abstract socket's."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(_NAME.format(core))
    except OSError:
        name.close()
        return False
    stack.enter_context(name)
    return True
