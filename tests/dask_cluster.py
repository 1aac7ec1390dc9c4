"""A Dask cluster of two worker processes, below a process of its own.

In the tests' own process it would leave multiprocessing's resource tracker behind, a child that others do not expect.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import LocalCluster


@contextmanager
def dask_cluster() -> Iterator[str]:
    """Start a cluster and give the address of its scheduler."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        # The end of its standard input ends it.
        process.communicate(timeout=30)


def main() -> None:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
