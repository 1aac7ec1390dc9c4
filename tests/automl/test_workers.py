"""Where trials run, and what becomes of a fit where nothing can be started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psutil
import pytest

import automl.workers
from automl.execution import default_memory_limit_mb
from automl.execution.pool import WorkerStartError
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial
from automl.workers import Workers

TRIAL = Trial(0, Configuration("knn", {}), Fidelity(1), seed=0)


def evaluate(trial: Trial, time_limit_s: float | None) -> Outcome:
    return Outcome(Status.OK, 0.25, 0.1)


class Processes:
    """Stands for a pool or a cluster: takes note of how it was made, and starts or does not."""

    def __init__(self, n_workers: Any, *, memory_limit_mb: float | None, preload: tuple[str, ...]) -> None:
        self.n_workers, self.memory_limit_mb = n_workers, memory_limit_mb
        self.n_closed = 0

    def start(self, evaluation: Any) -> None:
        pass

    def close(self) -> None:
        self.n_closed += 1


class Dead(Processes):
    def start(self, evaluation: Any) -> None:
        raise WorkerStartError("no process to be had")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Processes], type[Processes]], None]:
    """Say what stands for the pool and for the cluster."""

    def stand_in(pool: type[Processes], cluster: type[Processes]) -> None:
        monkeypatch.setattr(automl.workers, "PoolExecutor", pool)
        monkeypatch.setattr(automl.workers, "DaskExecutor", cluster)

    return stand_in


def test_the_workers_share_what_the_fit_may_use_beside_this_process(machine: Any) -> None:
    machine(Processes, Dead)
    own_mb = psutil.Process().memory_info().rss / 2**20

    def limit_mb(of_the_fit_mb: float | None) -> Any:
        return Workers(4, of_the_fit_mb, None).executor(evaluate)._executor.memory_limit_mb

    assert limit_mb(own_mb + 4000) == pytest.approx(850, abs=20)
    assert limit_mb(own_mb + 100) == 400  # with less no worker comes up
    assert limit_mb(None) == default_memory_limit_mb(4)


def test_without_processes_trials_run_in_this_one(machine: Any) -> None:
    machine(Dead, Dead)
    with pytest.warns(UserWarning, match="no worker process can be started.*no process to be had"):
        executor = Workers(2, None, None).executor(evaluate)
    executor.submit(TRIAL)
    assert [(trial, outcome.loss) for trial, outcome in executor.collect()] == [(TRIAL, 0.25)]


def test_without_the_cluster_they_run_on_this_machine(machine: Any) -> None:
    machine(Processes, Dead)
    with pytest.warns(UserWarning, match="run on this machine, because those on the cluster cannot"):
        executor = Workers(3, None, object()).executor(evaluate)
    assert executor.n_workers == 3


def test_without_either_they_run_in_this_process(machine: Any) -> None:
    machine(Dead, Dead)
    with pytest.warns(UserWarning) as warned:
        executor = Workers(3, None, object()).executor(evaluate)
    assert ["on the cluster" in str(each.message) for each in warned] == [True, False]
    assert executor.n_workers == 1


def test_what_was_started_first_is_closed_also_where_others_run_the_trials(machine: Any) -> None:
    machine(Dead, Processes)
    workers = Workers(2, None, None)
    first = workers._preferred
    with pytest.warns(UserWarning):
        workers.executor(evaluate)
    workers.close()
    workers.close()
    assert first.n_closed == 2
