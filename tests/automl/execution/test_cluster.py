"""A cluster of real worker processes: what trials and deaths do to it, and that nothing is left behind."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cloudpickle
import numpy as np
import psutil
import pytest
from dask_cluster import dask_cluster
from distributed import Client, LocalCluster
from joblib import parallel_config
from misbehaving import Misbehaving, Unloadable, make_trial

from automl.execution import DaskExecutor, WorkerStartError, active_client
from automl.execution.cluster_messages import SiteSettings
from automl.execution.cluster_site import Site
from automl.folds import FoldResult, FoldStore
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

# The workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with dask_cluster() as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as client:
        client.wait_for_workers(2)
        yield client
        assert gone_within(3.0, client), descendants(client)


@pytest.fixture
def executor(client: Client) -> Iterator[DaskExecutor]:
    executor = DaskExecutor(client, grace_s=0.1, memory_limit_mb=400)
    executor.start(Misbehaving())
    yield executor
    executor.close()


def worker_pids(client: Client) -> list[int]:
    return list(client.run(os.getpid).values())


def descendants(client: Client) -> list[object]:
    """Processes and files below the workers."""
    pids = [child.pid for pid in worker_pids(client) for child in psutil.Process(pid).children(recursive=True)]
    folders = client.run(lambda dask_worker: [str(path) for path in Path(dask_worker.local_directory).glob("preced*")])
    return [*pids, *(folder for found in folders.values() for folder in found)]


def gone_within(seconds: float, client: Client) -> bool:
    deadline = time.monotonic() + seconds
    while descendants(client):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def run(executor: DaskExecutor, trial: Trial, time_limit_s: float | None = 20.0) -> Outcome:
    executor.submit(trial, time_limit_s)
    ((collected, outcome),) = executor.collect(30.0)
    assert collected == trial
    return outcome


def collect_all(executor: DaskExecutor) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    deadline = time.monotonic() + 30
    while executor.pending:
        for trial, outcome in executor.collect(1.0):
            assert trial.number not in found
            found[trial.number] = outcome
        assert time.monotonic() < deadline
    return found


@pytest.mark.parametrize(
    ("behaviour", "status", "text"),
    [
        ("segfault", Status.CRASH, "SIGSEGV"),
        ("exit", Status.CRASH, "status 3"),
        ("leak", Status.MEMORY, "Unable to allocate"),
        ("leak_in_child", Status.MEMORY, "400 MB"),
        ("hang_with_child", Status.TIMEOUT, "limit of 1 s"),
    ],
)
def test_the_worker_outlives_its_trials(
    executor: DaskExecutor, client: Client, behaviour: str, status: Status, text: str
) -> None:
    before = worker_pids(client)
    outcome = run(executor, make_trial(behaviour), 1.0 if status is Status.TIMEOUT else 20.0)
    assert outcome.status is status
    assert outcome.error is not None and text in outcome.error
    assert run(executor, make_trial("ok")).ok
    assert worker_pids(client) == before


@pytest.mark.clock
def test_as_many_trials_run_as_the_cluster_has_threads(executor: DaskExecutor) -> None:
    assert executor.n_workers == 2
    run(executor, make_trial("ok"))
    start = time.monotonic()
    for number in range(4):
        executor.submit(make_trial("sleep", number, for_s=0.5))
    assert all(outcome.ok for outcome in collect_all(executor).values())
    assert 1.0 <= time.monotonic() - start < 1.9


@pytest.mark.clock
def test_a_worker_with_two_threads_runs_two_trials_in_a_process_without_nanny() -> None:
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        executor = DaskExecutor(client)
        executor.start(Misbehaving())
        assert executor.n_workers == 2
        run(executor, make_trial("ok"))
        start = time.monotonic()
        for number in range(4):
            executor.submit(make_trial("sleep", number, for_s=0.5))
        assert all(outcome.ok for outcome in collect_all(executor).values())
        assert 1.0 <= time.monotonic() - start < 1.9
        executor.close()


def test_trials_of_a_killed_worker_are_run_again(executor: DaskExecutor, client: Client) -> None:
    run(executor, make_trial("ok"))
    for number in range(6):
        executor.submit(make_trial("sleep", number, for_s=0.6))
    assert executor.collect(0.2) == []
    os.kill(worker_pids(client)[0], signal.SIGKILL)
    found = collect_all(executor)
    assert sorted(found) == list(range(6))
    assert all(outcome.ok for outcome in found.values())
    client.wait_for_workers(2)


def test_all_workers_may_be_killed_at_once_if_they_come_back(executor: DaskExecutor, client: Client) -> None:
    for number in range(4):
        executor.submit(make_trial("sleep", number, for_s=0.5))
    assert executor.collect(0.2) == []
    for pid in worker_pids(client):
        os.kill(pid, signal.SIGKILL)
    assert sorted(collect_all(executor)) == [0, 1, 2, 3]
    client.wait_for_workers(2)


@pytest.mark.clock
def test_cancel_and_close_are_quick_with_hung_trials(executor: DaskExecutor, client: Client) -> None:
    run(executor, make_trial("ok"))
    for number in range(10):
        executor.submit(make_trial("hang", number))
    assert executor.collect(1.0) == []
    start = time.monotonic()
    answered = executor.cancel()
    assert time.monotonic() - start < 0.8
    assert [outcome.status for _, outcome in answered] == 10 * [Status.TIMEOUT]
    assert sum(outcome.seconds > 0.1 for _, outcome in answered) == 2
    assert run(executor, make_trial("ok")).ok
    executor.submit(make_trial("hang"))
    executor.collect(0.2)
    start = time.monotonic()
    executor.close()
    assert time.monotonic() - start < 1.5


CLIENT = """
import sys
sys.path[:] = {path!r}
from distributed import Client
from misbehaving import Misbehaving, make_trial
from automl.execution import DaskExecutor
client = Client({address!r})
executor = DaskExecutor(client)
executor.start(Misbehaving())
executor.submit(make_trial("ok"))
executor.collect()
if {hanging}:
    executor.submit(make_trial("hang"))
    executor.collect(0.3)
print("ready", flush=True)
input()
"""


@pytest.mark.parametrize("hanging", [False, True])
def test_nothing_outlives_a_client_that_is_killed(client: Client, hanging: bool) -> None:
    source = CLIENT.format(path=sys.path, address=client.scheduler.address, hanging=hanging)
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        assert descendants(client)
        process.kill()
    assert gone_within(3.0, client)


def test_a_cluster_without_workers_is_an_error_when_collecting() -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        executor = DaskExecutor(client, patience_s=0.5)
        executor.start(Misbehaving())
        executor.submit(make_trial("ok"))
        with pytest.raises(WorkerStartError, match="no worker for"):
            executor.collect(10.0)
        assert [outcome.status for _, outcome in executor.cancel()] == [Status.TIMEOUT]
        executor.close()


def test_a_scheduler_that_ends_is_an_error_when_collecting() -> None:
    children = {child.pid for child in psutil.Process().children()}
    cluster = LocalCluster(n_workers=1, processes=False, dashboard_address=":0")
    with Client(cluster) as client:
        executor = DaskExecutor(client, patience_s=0.5)
        executor.start(Misbehaving())
        assert run(executor, make_trial("ok")).ok
        executor.submit(make_trial("hang"))
        cluster.close()
        start = time.monotonic()
        with pytest.raises(WorkerStartError):
            executor.collect(20.0)
        executor.cancel()
        executor.close()
        assert time.monotonic() - start < 5.0
    # Its worker was a thread of this process, which lives on.
    deadline = time.monotonic() + 3.0
    while {child.pid for child in psutil.Process().children()} != children and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {child.pid for child in psutil.Process().children()} == children


def test_what_no_worker_can_run_is_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = Misbehaving()
    evaluator.part = Unloadable()  # type: ignore[attr-defined]
    executor = DaskExecutor(client)
    executor.start(evaluator)
    executor.submit(make_trial("ok"))
    with pytest.raises(WorkerStartError, match="not a number"):
        executor.collect(10.0)
    executor.close()
    monkeypatch.setattr("automl.execution.cluster.versions", lambda: {"python": "2.7", "numpy": np.__version__})
    executor = DaskExecutor(client)
    executor.start(Misbehaving())
    executor.submit(make_trial("ok"))
    with pytest.raises(WorkerStartError, match=r"needs the versions .*: python 2\.7$"):
        executor.collect(10.0)
    executor.close()


def test_bad_use(client: Client) -> None:
    executor = DaskExecutor(client)
    with pytest.raises(RuntimeError, match="not started"):
        executor.submit(make_trial("ok"))
    evaluator = Misbehaving()
    evaluator.lock = threading.Lock()  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="cannot be sent"):
        executor.start(evaluator)
    executor.close()
    with pytest.raises(RuntimeError, match="closed"):
        executor.start(Misbehaving())


def test_a_site_that_dask_moves_is_closed() -> None:
    site = pickle.loads(pickle.dumps(Site(SiteSettings(None, 0.5, (), {}), "key")))
    site.close()
    assert not site.load(np.empty(0, np.uint8))
    assert site.evaluate(None) is None


class KeepsFolds(Misbehaving):
    """Finishes fold after fold; says which it computed."""

    def __init__(self, store: FoldStore, end: float | None = None) -> None:
        super().__init__()
        self.store, self.end = store, end

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        computed = []
        for fold in range(trial.fidelity.folds):
            if self.store.read(trial.configuration, trial.fidelity, fold) is None:
                time.sleep(float(trial.configuration.values["for_s"]))
                result = FoldResult(np.full(3, fold, np.float32), 0.1, {}, 0.0, 0.0, 0.0)
                self.store.write(trial.configuration, trial.fidelity, fold, result, pickle.dumps(f"model {fold}"))
                computed.append(fold)
        metrics = {"end": 0.0 if self.end is None else 1.0, "limit": -1.0 if time_limit_s is None else time_limit_s}
        return Outcome(Status.OK, 0.5, 0.1, fold_losses=tuple(map(float, computed)), metrics=metrics)


Starter = Callable[[float | None], tuple[DaskExecutor, FoldStore]]


@pytest.fixture
def with_folds(client: Client, tmp_path: Path) -> Iterator[Starter]:
    started: list[DaskExecutor] = []

    def start(end: float | None) -> tuple[DaskExecutor, FoldStore]:
        store = FoldStore(tmp_path / "folds")
        started.append(DaskExecutor(client))
        started[-1].start(KeepsFolds(store, end))
        return started[-1], store

    yield start
    for executor in started:
        executor.close()


def test_finished_folds_come_home_and_are_not_computed_again(with_folds: Starter) -> None:
    executor, store = with_folds(None)
    configuration = Configuration("folds", {"for_s": 0.0})
    first = run(executor, Trial(0, configuration, Fidelity(2), seed=0))
    assert first.fold_losses == (0.0, 1.0)
    then = run(executor, Trial(1, configuration, Fidelity(4), seed=0))
    assert then.fold_losses == (2.0, 3.0)
    found = store.finished(configuration, Fidelity(4))
    assert [list(result.prediction) for result in found.values()] == [3 * [fold] for fold in range(4)]
    assert [store.model(configuration, Fidelity(4), fold) for fold in range(4)] == [f"model {k}" for k in range(4)]
    assert len(list(store.folder.iterdir())) == 8


@pytest.mark.parametrize("way", ["cancel", "limit"])
def test_folds_of_a_trial_that_is_cut_off_come_home(with_folds: Starter, way: str) -> None:
    executor, store = with_folds(None)
    trial = Trial(0, Configuration("folds", {"for_s": 0.05}), Fidelity(200), seed=0)
    if way == "limit":
        outcome = run(executor, trial, 0.5)
    else:
        executor.submit(trial)
        executor.collect(1.5)
        ((_, outcome),) = executor.cancel()
    assert outcome.status is Status.TIMEOUT
    assert 1 <= len(store.finished(trial.configuration, trial.fidelity)) < 200


def test_the_end_of_the_search_travels_as_seconds(with_folds: Starter) -> None:
    executor, _ = with_folds(time.monotonic() + 30.0)
    limits = []
    for limit in (None, 60.0, 5.0):
        configuration = Configuration("folds", {"for_s": 0.0, "limit": limit or 0.0})
        outcome = run(executor, Trial(0, configuration, Fidelity(1), seed=0), limit)
        assert outcome.metrics["end"] == 0.0
        limits.append(outcome.metrics["limit"])
    assert 20 < limits[1] < limits[0] < 30
    assert limits[2] == 5.0


def test_the_client_of_joblib_is_found_but_not_inside_a_task(client: Client) -> None:
    assert active_client() is None
    with parallel_config(backend="threading"):
        assert active_client() is None
    with parallel_config(backend="dask", client=client):
        assert active_client() is client

    def inside() -> bool:
        with parallel_config(backend="dask"):
            return active_client() is None

    assert client.submit(inside).result()


def test_dask_is_imported_only_where_it_is_in_use() -> None:
    source = (
        "import sys; from automl.execution import active_client; active_client(); print('distributed' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
