"""Workers: where the trials of a fit run, and what it goes on with where they cannot run there."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import psutil

from automl.evaluation import CrossValidation
from automl.execution import (
    DaskExecutor,
    FallbackExecutor,
    InProcessExecutor,
    PoolExecutor,
    default_memory_limit_mb,
)
from automl.execution.base import Executor

# A worker holds the libraries and one small model in this.
_LEAST_WORKER_MB = 400.0
_PRELOAD = ("automl.evaluation", "lightgbm")


class Workers:
    """Processes of this machine or of a cluster, started before it is known what they will evaluate.

    A fit goes on without the cluster, and without worker processes.

    Parameters
    ----------
    n_workers : int
        Processes on this machine.
    memory_limit_mb : float or None
        Of the whole fit on this machine; of each worker on a cluster.
    client : distributed.Client or None
        None runs the trials on this machine.
    """

    def __init__(self, n_workers: int, memory_limit_mb: float | None, client: Any) -> None:
        self._n_workers, self._memory_limit_mb = n_workers, memory_limit_mb
        self._is_here = client is None
        self._preferred: PoolExecutor | DaskExecutor = (
            self._pool() if client is None else DaskExecutor(client, memory_limit_mb=memory_limit_mb, preload=_PRELOAD)
        )

    def executor(self, evaluation: CrossValidation) -> Executor:
        """Give what evaluates trials."""

        def preferred() -> Executor:
            self._preferred.start(evaluation)
            return self._preferred

        def instead_of_cluster(error: Exception) -> Executor:
            warnings.warn(
                f"the trials run on this machine, because those on the cluster cannot: {error}",
                UserWarning,
                stacklevel=5,
            )
            pool = self._pool()
            pool.start(evaluation)
            return pool

        def in_process(error: Exception) -> Executor:
            warnings.warn(
                "no worker process can be started, so trials run in this process, without limits on time and memory: "
                f"{error}",
                UserWarning,
                stacklevel=5,
            )
            return InProcessExecutor(evaluation)

        others: list[Callable[[Exception], Executor]] = [in_process]
        return FallbackExecutor(preferred, others if self._is_here else [instead_of_cluster, *others])

    def close(self) -> None:
        """End the processes that were started first. Safe to call twice."""
        self._preferred.close()

    def _pool(self) -> PoolExecutor:
        return PoolExecutor(self._n_workers, memory_limit_mb=self._worker_memory_mb(), preload=_PRELOAD)

    def _worker_memory_mb(self) -> float:
        """Share of a worker in the memory that the fit may use beside what this process holds already."""
        if self._memory_limit_mb is None:
            return default_memory_limit_mb(self._n_workers)
        own = psutil.Process().memory_info().rss / 2**20
        return float(max(_LEAST_WORKER_MB, 0.85 * (self._memory_limit_mb - own) / self._n_workers))
