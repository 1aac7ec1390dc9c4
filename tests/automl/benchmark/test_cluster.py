"""Runs on a real cluster of two worker processes."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
import time

import pandas as pd
import psutil
import pytest
from made_up_frameworks import allow_failures, gone, kills_its_worker

from automl.benchmark.plan import Conditions, plan_runs
from automl.benchmark.results import ResultsFolder, read_results
from automl.benchmark.running import Benchmark

if importlib.util.find_spec("distributed") is None:
    pytest.skip("distributed is not installed", allow_module_level=True)

TIMES = ["prepare_s", "fit_s", "predict_s", "wall_s", "overhead_s", "peak_mb", "started"]


@pytest.fixture(scope="module")
def client():
    from dask_cluster import dask_cluster
    from distributed import Client

    with dask_cluster() as address, Client(address) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def on_cluster(client):
    from automl.benchmark.cluster import OnCluster

    return OnCluster(client)


def a_benchmark(real, folder, frameworks, tables=("glass",), folds=(0,), **options):
    conditions = Conditions(3, n_cores=1, max_trials=2)
    tables = [real[name] for name in tables]
    plan = plan_runs(tables, frameworks, [None], folds, [0], conditions)
    return Benchmark(plan, tables, {}, ResultsFolder(folder), **options)


def test_its_results_are_those_of_one_process(real, on_cluster, tmp_path):
    frameworks = ["lightgbm", "precedent_cold"]
    for name, backend in (("here", []), ("cluster", [on_cluster])):
        a_benchmark(real, tmp_path / name, frameworks).run(*backend)
    here, there = (read_results(tmp_path / name).sort_values("run_id") for name in ("here", "cluster"))
    assert set(here["status"]) == {"ok"} and len(here) == 2
    for frame in (here, there):
        frame["detail"] = [{k: v for k, v in each.items() if not k.endswith("_s")} for each in frame["detail"]]
    pd.testing.assert_frame_equal(
        there.drop(columns=TIMES).reset_index(drop=True), here.drop(columns=TIMES).reset_index(drop=True)
    )
    for name in here["run_id"]:
        files = [tmp_path / where / "predictions" / f"{name}.parquet" for where in ("here", "cluster")]
        pd.testing.assert_frame_equal(*map(pd.read_parquet, files))


def test_with_a_worker_killed_in_mid_run_nothing_is_lost(real, client, on_cluster, tmp_path):
    told = []
    frameworks = ["constant", "hist_gradient_boosting"]
    benchmark = a_benchmark(real, tmp_path / "out", frameworks, ("glass", "hepatitis"), on_result=told.append)
    killed = []

    pids = client.run(os.getpid)

    def kill_one():
        while not killed:
            for pid in pids.values():
                runs = [each for each in psutil.Process(pid).children() if "harness.py" in " ".join(each.cmdline())]
                if runs:
                    killed.extend([pid, runs[0].pid])
                    os.kill(pid, signal.SIGKILL)
                    return
            time.sleep(0.02)

    thread = threading.Thread(target=kill_one)
    thread.start()
    benchmark.run(on_cluster)
    thread.join()
    assert len(killed) == 2
    found = read_results(tmp_path / "out")
    assert sorted(found["run_id"]) == sorted(run.id for run in benchmark.plan)
    assert set(found["status"]) == {"ok"}
    assert len(told) == len(benchmark.plan) == 4
    assert gone(killed)


def test_a_run_that_takes_every_worker_with_it_is_a_result(real, on_cluster, client, tmp_path, monkeypatch):
    from automl.benchmark import cluster

    monkeypatch.setattr(cluster, "_execute", kills_its_worker)
    before = client.run_on_scheduler(allow_failures, 0)
    try:
        a_benchmark(real, tmp_path / "out", ["constant"]).run(on_cluster)
    finally:
        client.run_on_scheduler(allow_failures, before)
    (result,) = read_results(tmp_path / "out").to_dict("records")
    assert (result["status"], result["constant_score"] < 0) == ("crash", True)
    assert "KilledWorker" in result["error"]


def test_nothing_to_do_is_done_at_once(real, on_cluster, tmp_path):
    a_benchmark(real, tmp_path / "out", ["constant"]).run(on_cluster)
    told = []
    a_benchmark(real, tmp_path / "out", ["constant"], on_result=told.append).run(on_cluster)
    assert told == []


def test_a_scheduler_that_goes_away_is_said_and_results_so_far_are_kept(real, on_cluster, client, tmp_path):
    def lose(result):
        """What the client makes of a lost scheduler: all that is under way counts as cancelled."""
        from distributed import Future

        client.cancel([Future(key, client=client) for key in list(client.futures)], force=True)

    benchmark = a_benchmark(real, tmp_path / "out", ["constant"], ("glass", "hepatitis"), (0, 1), on_result=lose)
    with pytest.raises(ConnectionError, match=r"results so far are kept, the same command goes on"):
        benchmark.run(on_cluster)
    assert 1 <= len(pd.read_parquet(tmp_path / "out" / "results.parquet")) < 4
