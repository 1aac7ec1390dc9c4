"""Executors: run trials here, in worker processes, on a cluster, or from records."""

from __future__ import annotations

from automl.execution.cluster import DaskExecutor, active_client
from automl.execution.fallback import FallbackExecutor
from automl.execution.in_process import InProcessExecutor
from automl.execution.pool import PoolExecutor, WorkerStartError
from automl.execution.replay import ReplayExecutor
from automl.execution.resources import available_cpus, available_memory_mb, default_memory_limit_mb

__all__ = [
    "DaskExecutor",
    "FallbackExecutor",
    "InProcessExecutor",
    "PoolExecutor",
    "ReplayExecutor",
    "WorkerStartError",
    "active_client",
    "available_cpus",
    "available_memory_mb",
    "default_memory_limit_mb",
]
