"""A fit from end to end: budget, memory, interruption, resumption, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from real_tables import load_table
from sklearn.datasets import make_classification, make_regression

from automl import AutoMLClassifier, AutoMLRegressor, load
from automl.execution import PoolExecutor, WorkerStartError
from automl.recording import ENSEMBLE
from knowledge_base import KnowledgeBase

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data():
    return make_classification(400, 8, n_informative=5, flip_y=0.05, random_state=0)


def quick(store, **options):
    given = {"time_budget": 5, "n_jobs": 2, "random_state": 0, "verbose": 0, "knowledge_base": store}
    return AutoMLClassifier(**{**given, **options})


@pytest.mark.clock
def test_budget_is_kept_and_used_and_no_process_is_left(data, tmp_path):
    start = time.monotonic()
    model = quick(tmp_path / "kb.duckdb").fit(*data)
    wall = time.monotonic() - start
    assert wall <= 1.02 * 5 + 1
    assert wall >= 0.9 * 5 or model.fit_report_["stopped"] != "the time budget is spent"
    assert psutil.Process().children(recursive=True) == []
    assert not list((tmp_path / "kb.duckdb.runs").iterdir())


def test_the_second_fit_starts_from_the_first_and_the_same_data_does_not(tmp_path):
    X, y = load_table("credit-g")
    store = tmp_path / "kb.duckdb"

    def fit(part: slice, max_trials: int, **options):
        options |= {"time_budget": None, "max_trials": max_trials, "include": ["knn", "lightgbm", "linear"]}
        return quick(store, **options).fit(X.iloc[part], y.iloc[part])

    odd, even = slice(0, None, 2), slice(1, None, 2)
    assert fit(odd, 16).experience_.empty
    assert fit(odd, 2).experience_.empty
    other = fit(even, 8)
    assert len(other.experience_) == 1
    assert "warm" in set(other.leaderboard()["origin"])
    assert fit(even, 2, warm_start=False).experience_.empty


def test_what_one_fit_ended_with_the_next_one_on_such_data_begins_with(tmp_path):
    X, y = load_table("credit-g")
    store = tmp_path / "kb.duckdb"
    options = {"time_budget": None, "max_trials": 30, "include": ["knn", "lightgbm", "linear"]}
    board = quick(store, **options).fit(X.iloc[::2], y.iloc[::2]).leaderboard()
    members = board[(board["weight"] > 0) & (board["origin"] != "stacked") & (board["folds"] == board["folds"].max())]
    ended_with = members.sort_values("weight", ascending=False, kind="stable")["configuration"].tolist()
    assert len(ended_with) > 1
    again = quick(store, **{**options, "max_trials": len(ended_with), "n_jobs": 1}).fit(X.iloc[1::2], y.iloc[1::2])
    tried = again.leaderboard()
    assert (tried["folds"] == tried["folds"].max()).all()
    assert sorted(map(str, tried["configuration"])) == sorted(map(str, ended_with))


@pytest.mark.parametrize("n_rare", [1, 3])
def test_a_class_of_few_rows_is_learned(n_rare):
    X, _ = make_classification(200, 6, random_state=0)
    y = np.where(np.argsort(np.argsort(X[:, 0])) < n_rare, "rare", "common")
    model = quick(None, time_budget=None, max_trials=12).fit(X, y)
    assert model.fit_report_["statuses"].get("ok", 0) >= 8
    assert model.predict_proba(X)[y == "rare", 1].min() > model.predict_proba(X)[y == "common", 1].mean()


def test_record_false_writes_nothing(data, tmp_path):
    store = tmp_path / "kb.duckdb"
    quick(store, time_budget=None, max_trials=3, record=False).fit(*data)
    assert not store.exists()
    quick(store, time_budget=None, max_trials=3).fit(*data)
    recorded = KnowledgeBase(store).outcomes(full_fidelity=None)
    assert (recorded["algorithm"] == ENSEMBLE).tolist() == [False, False, False, True]


def test_a_store_that_is_none_is_reported_and_the_fit_goes_on(data, tmp_path):
    store = tmp_path / "kb.duckdb"
    store.write_text("these are not the outcomes you are looking for")
    with pytest.warns(UserWarning, match="fitting without a knowledge base"):
        model = quick(store, time_budget=None, max_trials=3).fit(*data)
    assert model.score(*data) > 0.7


def test_without_workers_the_fit_goes_on_in_this_process(data, monkeypatch):
    def start(self, evaluator):
        raise WorkerStartError("no fork today")

    monkeypatch.setattr(PoolExecutor, "start", start)
    with pytest.warns(UserWarning, match="run in this process"):
        model = quick(None, time_budget=None, max_trials=3).fit(*data)
    assert model.score(*data) > 0.7


@pytest.mark.parametrize("limits", [{"time_budget": None, "max_trials": 9}, {"time_budget": 20, "max_trials": 9}])
def test_when_workers_fail_in_mid_search_their_trials_are_run_in_this_process(data, monkeypatch, limits):
    calls = 0
    collect = PoolExecutor.collect

    def failing(self, timeout_s=None):
        nonlocal calls
        calls += 1
        if calls > 3:
            raise WorkerStartError("no fork any more")
        return collect(self, timeout_s)

    monkeypatch.setattr(PoolExecutor, "collect", failing)
    with pytest.warns(UserWarning, match="run in this process"):
        model = quick(None, **limits).fit(*data)
    board = model.leaderboard()
    assert model.fit_report_["trials"] == 9
    assert model.fit_report_["statuses"] == {"ok": 9}
    assert len(board) == board["configuration"].astype(str).nunique()


@pytest.mark.clock
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_returns_the_best_so_far(data, number):
    timer = threading.Timer(4.0, os.kill, (os.getpid(), number))
    timer.start()
    start = time.monotonic()
    model = quick(None, time_budget=60).fit(*data)
    assert time.monotonic() - start < 12
    assert number.name in model.fit_report_["stopped"]
    assert model.score(*data) > 0.7


SCRIPT = """
    import sys
    from sklearn.datasets import make_classification
    from automl import AutoMLClassifier
    X, y = make_classification(400, 8, n_informative=5, flip_y=0.05, random_state=0)
    options = dict(time_budget=None, max_trials=16, n_jobs=2, random_state=0, verbose=0, knowledge_base=sys.argv[1])
    model = AutoMLClassifier(**options, include=["lightgbm", "linear", "mlp"]).fit(X, y, resume=True)
    print(model.fit_report_["trials"], (model.leaderboard()["origin"] == "resumed").sum())
"""


def test_a_killed_fit_is_resumed(tmp_path):
    store = tmp_path / "kb.duckdb"
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(store)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    folds = tmp_path / "kb.duckdb.runs"
    deadline = time.monotonic() + 60
    while len(list(folds.glob("*/folds/*.fold"))) < 12 and time.monotonic() < deadline:
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=200)
    trials, resumed = (int(part) for part in done.stdout.split())
    assert trials == 16
    assert resumed >= 4
    assert not list(folds.iterdir())


@pytest.mark.clock
def test_a_memory_limit_is_an_outcome(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 200))
    y = X[:, 0] + rng.standard_normal(3000)
    model = AutoMLRegressor(
        time_budget=12, n_jobs=2, random_state=0, verbose=0, knowledge_base=None, memory_limit_mb=1200
    ).fit(X, y)
    assert model.score(X, y) > 0.3


@pytest.mark.clock
def test_a_hanging_metric_costs_its_trials_only(data):
    here = os.getpid()

    def hang(estimator, X, y):
        if os.getpid() != here:
            time.sleep(100)
        return 0.5

    start = time.monotonic()
    with pytest.warns(UserWarning, match="no model finished"):
        model = quick(None, time_budget=6, metric=hang).fit(*data)
    assert time.monotonic() - start < 1.02 * 6 + 1
    assert set(model.fit_report_["statuses"]) <= {"timeout"}
    assert model.predict_proba(data[0]).shape == (400, 2)


def test_models_stacked_on_others_are_part_of_the_ensemble_and_of_the_file(tmp_path):
    X, y = make_regression(1_300, 6, n_informative=5, noise=20, random_state=0)
    y = y + 40 * np.sign(X[:, 0])  # neither linear nor smooth
    algorithms = {"include": ["linear", "lightgbm"]}
    options = {"time_budget": None, "max_trials": 30, "n_jobs": 2, "random_state": 0, "verbose": 0, **algorithms}
    store = tmp_path / "kb.duckdb"
    model = AutoMLRegressor(knowledge_base=store, **options).fit(X[:1000], y[:1000])
    board = model.leaderboard()
    stacked = board[board["origin"] == "stacked"]
    assert sorted(stacked["algorithm"]) == ["lightgbm", "linear"]
    assert stacked["weight"].sum() > 0
    assert model.fit_report_["trials"] == 30
    # A stacked trial means nothing without its base: it is not recorded, nor is it told of the ensemble.
    recorded = KnowledgeBase(store).outcomes(full_fidelity=None)
    assert len(recorded) == 28 + 1
    told = json.loads(recorded.loc[recorded["algorithm"] == ENSEMBLE, "configuration"].item())
    assert set(told) <= set(recorded["configuration_id"])
    assert sum(told.values()) == pytest.approx(board.loc[board["origin"] != "stacked", "weight"].sum())
    predicted = model.predict(X[1000:])
    model.save(tmp_path / "model.automl")
    assert np.array_equal(load(tmp_path / "model.automl").predict(X[1000:]), predicted)
    again = AutoMLRegressor(knowledge_base=None, **{**options, "n_jobs": 1}).fit(X[:1000], y[:1000])
    assert np.array_equal(again.predict(X[1000:]), predicted)


def test_few_rows_are_not_stacked(data):
    board = quick(None, time_budget=None, max_trials=20).fit(*data).leaderboard()
    assert "stacked" not in set(board["origin"])
