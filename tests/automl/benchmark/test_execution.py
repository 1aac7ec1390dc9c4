"""One run from end to end: what is handed over, what is a result, what is left behind."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from made_up_frameworks import gone, made_up
from sklearn.metrics import roc_auc_score

from automl.benchmark import execution
from automl.benchmark.execution import Experience, Patience
from automl.benchmark.results import COLUMNS
from automl.benchmark.splitting import Splits

IMPATIENT = Patience(factor=1.0, grace_s=0.5, without_budget_s=1.0)


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """Where runs have their folders; empty in the end."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def left_behind():
    """Processes below this one, but for what Python itself keeps."""
    return [each for each in psutil.Process().children(recursive=True) if "resource_tracker" not in str(each.cmdline())]


def test_a_run_that_goes_well(run, real, a_run):
    result, predictions = run(seed=0)
    table = real["hepatitis"]
    split = Splits().of(table, a_run("made_up", table))
    assert set(result) == set(COLUMNS)
    assert (result["status"], result["error"], result["version"]) == ("ok", None, "1.0")
    assert (result["n_rows"], result["n_features"], result["n_classes"], result["n_test"]) == (155, 19, 2, 31)
    assert result["score"] == result["metrics"]["roc_auc"]
    expected = roc_auc_score(split.y_test == split.classes[1], predictions[split.classes[1]])
    assert result["score"] == pytest.approx(expected, rel=1e-6)
    assert result["constant_score"] == 0.5
    assert set(result["detail"]) == {"middle"}
    assert min(result[name] for name in ("prepare_s", "fit_s", "predict_s")) >= 0
    parts = result["prepare_s"] + result["fit_s"] + result["predict_s"] + result["overhead_s"]
    assert result["wall_s"] == pytest.approx(parts, rel=1e-5)
    assert result["peak_mb"] > 50
    assert json.loads(json.dumps(result)) == result
    assert not left_behind()


def test_amounts_too(run):
    result, predictions = run(table="autompg")
    assert (result["status"], result["metric"], result["n_classes"]) == ("ok", "neg_root_mean_squared_error", None)
    assert result["score"] > result["constant_score"]
    assert list(predictions) == ["prediction"]


LOOK_AROUND = """
found = {}

def look(when):
    here = os.path.dirname(os.getcwd())
    texts = {name: open(os.path.join(here, name), "rb").read() for name in os.listdir(here) if name != "scratch"}
    files = sorted(texts)
    del texts["job.json"]  # has the names of the classes
    secrets = [each for each in ("SECRET CELL", "SECRET CLASS") if any(each.encode() in t for t in texts.values())]
    found[when] = {"files": files, "secrets": secrets, "scratch": os.listdir()}

def fit(job, X, y):
    assert list(X) == ["x", "note"] and len(X) == len(y) == 16
    look("before")

def predict(model, X):
    assert list(X) == ["x", "note"] and len(X) == 4
    look("after")
    return pd.DataFrame({"no": [0.5] * len(X), "yes": 0.5, "prediction": "no"})

def describe(model):
    return found
"""


def test_the_test_rows_are_nowhere_before_it_has_fitted_and_their_target_never(run, a_table, a_run):
    X = pd.DataFrame({"x": np.arange(20.0), "note": "known"})
    table = a_table(X, pd.Series(["no", "yes"] * 10), "multiclass")
    split = Splits().of(table, a_run("made_up", table))
    split.X_test["note"] = "SECRET CELL"
    split.y_test[:] = "SECRET CLASS"
    split = dataclasses.replace(split, classes=("SECRET CLASS", *split.classes))
    result, _ = run(LOOK_AROUND, split=split)
    assert result["status"] == "ok", result["error"]
    known = ["job.json", "stderr.txt", "train.parquet"]
    assert result["detail"] == {
        "before": {"files": known, "secrets": [], "scratch": []},
        "after": {"files": sorted([*known, "test.parquet"]), "secrets": ["SECRET CELL"], "scratch": []},
    }


SHARES = 'pd.DataFrame({"DIE": [0.25] * len(X), "LIVE": 0.75, "prediction": "LIVE"})'
FAILURES = [
    ("def prepare(job): raise RuntimeError('no server')", "crash", "prepare: RuntimeError: no server"),
    ("def fit(job, X, y): raise ValueError('two\\nlines')", "crash", "fit: ValueError: two lines"),
    ("def fit(job, X, y): os.kill(os.getpid(), 9)", "crash", "not fitted: the process was ended by signal 9"),
    ("def fit(job, X, y): os._exit(7)", "crash", "not fitted: the process exited with status 7"),
    ("def fit(job, X, y): raise SystemExit(0)", "crash", "fit: SystemExit"),
    ("def fit(job, X, y): return bytearray(1 << 62)", "memory", "fit: MemoryError"),
    ("def predict(model, X): os._exit(0)", "crash", "not predicted: the process exited with status 0"),
    ("def predict(model, X): raise KeyError('x')", "crash", "predict: KeyError: 'x'"),
    (f"def predict(model, X): return {SHARES}.assign(LIVE=float('nan'))", "invalid", "negative or not finite"),
    (f"def predict(model, X): return {SHARES}.iloc[1:]", "invalid", "30 predictions for 31 rows"),
    (f"def predict(model, X): return {SHARES}.assign(LIVE=0.9)", "invalid", "do not sum to one"),
    (f"def predict(model, X): return {SHARES}.assign(ZOMBIE=0.0)", "invalid", "'ZOMBIE' is none of the classes"),
    (f"def predict(model, X): return {SHARES}.assign(LIVE='much')", "invalid", "cannot be scored"),
]


@pytest.mark.parametrize(("body", "status", "error"), FAILURES, ids=lambda value: str(value)[-40:])
def test_a_failure_is_a_result(run, body, status, error):
    result, predictions = run(body)
    assert set(result) == set(COLUMNS)
    assert (result["status"], result["score"], result["metrics"], predictions) == (status, None, {}, None)
    assert error in result["error"]
    assert result["constant_score"] == 0.5
    assert result["overhead_s"] is None and result["wall_s"] > 0
    assert not left_behind()


HANGS = """
import signal, subprocess, sys, time
def fit(job, X, y):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("was here", flush=True)
    daemon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
    open(os.environ["PIDS"], "w").write(str(daemon.pid))
    time.sleep(300)
"""


def test_one_that_hangs_is_killed_past_the_grace_with_all_below_it(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PIDS", str(tmp_path / "pids"))
    result, _ = run(HANGS, patience=IMPATIENT, budget_s=0.5)
    assert (result["status"], result["error"]) == ("timeout", "killed: not fitted after 1 s")
    assert result["prepare_s"] > 0 and result["fit_s"] is None
    assert "was here" in result["detail"]["stderr"]
    assert result["wall_s"] < result["prepare_s"] + 20
    assert gone([int((tmp_path / "pids").read_text())], within_s=0.5)
    assert not left_behind()


@pytest.mark.parametrize(("stage", "limit"), [("prepare", "_LONGEST_PREPARE_S"), ("predict", "_LONGEST_PREDICT_S")])
def test_the_other_stages_have_a_limit_too(run, monkeypatch, stage, limit):
    monkeypatch.setattr(execution, limit, 3.0 if stage == "prepare" else 0.3)
    result, _ = run(f"def {stage}(*arguments): import time; time.sleep(300)")
    assert result["status"] == "timeout"
    assert result["error"].startswith("killed: not ")


def test_the_limit_of_a_fit():
    assert Patience(factor=2.0, grace_s=60.0).fit_limit_s(10.0) == 80.0
    assert Patience(without_budget_s=5.0).fit_limit_s(None) == 5.0


def test_megabytes_of_noise_are_no_failure(run):
    noise = """
        import sys
        def fit(job, X, y):
            for _ in range(50):
                print("x" * 100_000)
                sys.stderr.write("y" * 100_000)
            raise ValueError("at last")
    """
    result, _ = run(noise)
    assert result["error"] == "fit: ValueError: at last"
    assert len(result["detail"]["stderr"]) == 4_000
    assert "ValueError: at last" in result["detail"]["stderr"]


def test_what_it_is_told(run):
    told = """
        def describe(model):
            job = model[0]
            store = open(job.knowledge_base).read()
            return {**vars(job), "cwd": os.getcwd(), "threads": os.environ["OMP_NUM_THREADS"], "store": store}
    """
    experience = Experience(b"a store", "shipped", ("glass",))
    conditions = {"n_cores": 1, "max_trials": 3, "memory_limit_mb": 500.0}
    result, _ = run(told, experience=experience, budget_s=5.0, seed=3, conditions=conditions)
    assert result["status"] == "ok", result["error"]
    job = result["detail"]
    assert (job["task"], job["metric"], job["classes"]) == ("binary", "roc_auc", ["DIE", "LIVE"])
    assert (job["budget_s"], job["max_trials"], job["n_cores"], job["memory_limit_mb"]) == (5.0, 3, 1, 500.0)
    assert (job["seed"], job["threads"], job["store"]) == (3, "1", "a store")
    assert Path(job["folder"]).resolve() == Path(job["cwd"]).resolve()
    assert (result["knowledge_base"], result["left_out"]) == ("shipped", ["glass"])


def test_a_metric_that_the_test_rows_leave_undefined(run, a_table, a_run):
    table = a_table(pd.DataFrame({"x": np.arange(20.0)}), pd.Series(["no", "yes"] * 10), "binary")
    split = Splits().of(table, a_run("made_up", table))
    split.y_test[:] = "no"
    result, predictions = run(split=split)
    assert (result["status"], result["error"]) == ("invalid", "roc_auc is undefined on these test rows")
    assert result["score"] is result["constant_score"] is None
    assert result["metrics"]["neg_log_loss"] is not None and predictions is not None


RUNNER = """
import pickle, sys
from automl.benchmark.execution import Patience, execute
from automl.benchmark.frameworks import FRAMEWORKS
with open(sys.argv[1], "rb") as file:
    framework, run, split = pickle.load(file)
FRAMEWORKS[framework.name] = framework
execute(run, split, None, Patience())
"""


def test_all_ends_when_the_runner_is_killed(real, a_run, tmp_path, scratch):
    """With nobody to kill them, the processes of the run end by themselves, and take their folder along."""
    body = """
        def fit(job, X, y):
            import subprocess, sys, time
            below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
            open(job.options["pids"] + ".part", "w").write(f"{os.getpid()} {below.pid}")
            os.rename(job.options["pids"] + ".part", job.options["pids"])
            time.sleep(300)
    """
    run = a_run("hangs", real["hepatitis"])
    framework = made_up(tmp_path, "hangs", body, {"pids": str(tmp_path / "pids")})
    (tmp_path / "job").write_bytes(pickle.dumps((framework, run, Splits().of(real["hepatitis"], run))))
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(tmp_path / "job")], env={**os.environ, "TMPDIR": str(scratch)}
    )
    deadline = time.monotonic() + 60.0
    while not (tmp_path / "pids").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(list(scratch.iterdir())) == 1
    runner.kill()
    runner.wait()
    assert gone(pids)


@pytest.mark.clock
def test_the_overhead_is_small(run):
    assert min(run()[0]["overhead_s"] for _ in range(3)) < 2.0  # less than 1 on a machine that does nothing else
