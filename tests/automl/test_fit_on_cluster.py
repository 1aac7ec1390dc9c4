"""Fits whose trials run on a Dask cluster: the same models, whatever happens to the cluster."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import joblib
import pytest
import real_tables
from dask_cluster import dask_cluster
from distributed import Client, LocalCluster
from sklearn.datasets import make_classification

from automl import AutoMLClassifier
from automl.cli import main
from automl.execution import DaskExecutor

COMPARED = ["algorithm", "loss", "folds", "status", "weight", "origin", "configuration"]


@pytest.fixture(scope="module")
def data():
    return make_classification(400, 8, n_informative=5, flip_y=0.05, random_state=0)


def quick(**options) -> AutoMLClassifier:
    without_clock = {"time_budget": None, "max_trials": 9, "include": ["knn", "linear", "naive_bayes"]}
    return AutoMLClassifier(**{**without_clock, **options}, random_state=0, knowledge_base=None, verbose=0)


def on_cluster(client: Client, model: AutoMLClassifier, data) -> AutoMLClassifier:
    with joblib.parallel_config(backend="dask", client=client):
        return model.fit(*data)


@pytest.fixture(scope="module")
def here(data) -> AutoMLClassifier:
    return quick(n_jobs=1).fit(*data)


def assert_same(model: AutoMLClassifier, other: AutoMLClassifier, X) -> None:
    assert model.leaderboard()[COMPARED].equals(other.leaderboard()[COMPARED])
    assert (model.predict_proba(X) == other.predict_proba(X)).all()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with dask_cluster() as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def at_first_outcome(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[str]]:
    """Let something happen to the cluster when the first outcome has come from it."""

    def arrange(happen: Callable[[], None]) -> list[str]:
        collect, happened = DaskExecutor.collect, []

        def collect_first(self, timeout_s=None):
            finished = collect(self, timeout_s)
            if finished and not happened:
                happened.append("once")
                happen()
            return finished

        monkeypatch.setattr(DaskExecutor, "collect", collect_first)
        return happened

    return arrange


def test_the_same_model_as_on_this_machine(client, data, here, monkeypatch):
    names = set()
    submit = Client.submit

    def noted(self, function, *arguments, **options):
        names.add(function.__name__)
        return submit(self, function, *arguments, **options)

    monkeypatch.setattr(Client, "submit", noted)
    model = on_cluster(client, quick(), data)
    assert_same(model, here, data[0])
    assert set(model.fit_report_["statuses"]) == {"ok"}
    # The forest of the search, and what else joblib could send, stays here.
    assert names == {"open_site", "load_site", "run_errand"}


def test_the_same_model_when_a_worker_is_killed(client, data, here, at_first_outcome):
    pids = list(client.run(os.getpid).values())
    happened = at_first_outcome(lambda: os.kill(pids[0], signal.SIGKILL))
    model = on_cluster(client, quick(), data)
    assert happened
    assert_same(model, here, data[0])


def test_the_same_model_when_the_scheduler_ends(data, here, at_first_outcome):
    cluster = LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0")
    with Client(cluster, set_as_default=False) as client:
        happened = at_first_outcome(cluster.close)
        with pytest.warns(UserWarning, match="run on this machine, because those on the cluster cannot"):
            model = on_cluster(client, quick(n_jobs=2), data)
        assert happened
        assert_same(model, here, data[0])


@pytest.mark.clock
def test_the_time_budget_holds(client, data):
    start = time.monotonic()
    model = on_cluster(client, quick(time_budget=12, max_trials=None), data)
    assert time.monotonic() - start < 13
    assert model.fit_report_["statuses"]["ok"] >= 2


def test_the_command_line(client, tmp_path, capsys):
    path = str(tmp_path / "m.automl")
    small = ["--time-budget", "none", "--max-trials", "3", "--include", "linear", "--knowledge-base", "none", "--quiet"]
    table = [str(real_tables.FOLDER / "cholesterol.csv"), "--target", "chol"]
    ran = len(client.get_task_stream())
    assert main(["fit", *table, *small, "-o", path, "--cluster", client.scheduler.address]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "linear"
    assert len(client.get_task_stream()) - ran >= 3


def test_a_cluster_that_is_not_there_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("automl.cli.fit_command.CONNECT_S", 0.5)
    table = [str(real_tables.FOLDER / "cholesterol.csv"), "--target", "chol", "-o", str(tmp_path / "m.automl")]
    assert main(["fit", *table, "--cluster", "tcp://127.0.0.1:1"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("automl fit: error: ") and "tcp://127.0.0.1:1" in captured.err
    assert captured.err.count("\n") == 1
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["fit", *table, "--cluster", "tcp://127.0.0.1:1"]) == 2
    assert "precedent-automl[cluster]" in capsys.readouterr().err
