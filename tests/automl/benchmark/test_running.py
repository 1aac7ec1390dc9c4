from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from real_tables import FOLDER

from automl.benchmark.plan import Conditions, plan_runs
from automl.benchmark.results import ResultsFolder, read_results
from automl.benchmark.running import Benchmark
from automl.benchmark.suite import BenchmarkTable

TIMES = ["prepare_s", "fit_s", "predict_s", "wall_s", "overhead_s", "peak_mb", "started"]
LOG = "\ndef prepare(job):\n    open(job.options['log'], 'a').write('x')\n    return '1.0'\n"


@pytest.fixture
def benchmark_of(tmp_path, made_up):
    """A benchmark of made-up frameworks that counts how often each was started."""

    def make(tables, frameworks=("one", "two"), folder=tmp_path / "results", body="", **options):
        for name in frameworks:
            made_up(LOG + body, name, options={"log": str(tmp_path / f"{name}.log")})
        plan = plan_runs(tables, frameworks, [None], [0], [0], Conditions(n_folds=4))
        return Benchmark(plan, tables, {}, ResultsFolder(folder), **options)

    return make


def started(tmp_path, *names):
    logs = [tmp_path / f"{name}.log" for name in names]
    return [len(log.read_text()) if log.exists() else 0 for log in logs]


def test_what_is_done_is_not_done_again(tmp_path, real, benchmark_of):
    benchmark_of([real["glass"]]).run()
    before = {path: path.read_bytes() for path in (tmp_path / "results" / "runs").iterdir()}
    assert started(tmp_path, "one", "two") == [1, 1]
    told = []
    again = benchmark_of([real["glass"], real["autompg"]], on_result=told.append)
    assert [run.table for run in again.todo] == ["autompg", "autompg"]
    again.run()
    assert started(tmp_path, "one", "two") == [2, 2]
    assert [result["table"] for result in told] == ["autompg", "autompg"]
    assert all(path.read_bytes() == text for path, text in before.items())
    found = read_results(tmp_path / "results")
    assert found["table"].tolist() == ["glass", "glass", "autompg", "autompg"]
    assert set(found["status"]) == {"ok"}
    for name in found["run_id"]:
        assert len(pd.read_parquet(tmp_path / "results" / "predictions" / f"{name}.parquet")) in (54, 100)


def test_runs_that_another_process_did_meanwhile_are_not_done_again(tmp_path, real, benchmark_of):
    one, other = benchmark_of([real["glass"]]), benchmark_of([real["glass"]])
    assert len(one.todo) == len(other.todo) == 2
    other.run()
    one.run()
    assert started(tmp_path, "one", "two") == [1, 1]


def test_a_table_that_cannot_be_run_is_told_and_the_others_are_run(tmp_path, real, benchmark_of):
    def broken():
        raise OSError("the disk is gone")

    tables = [BenchmarkTable("data", "broken", "binary", broken), real["glass"]]
    told = []
    benchmark_of(tables, on_table_failed=lambda *failed: told.append(failed)).run()
    ((name, error, runs),) = told
    assert (name, error) == ("broken", "the disk is gone")
    assert [(run.table, run.framework) for run in runs] == [("broken", "one"), ("broken", "two")]
    assert read_results(tmp_path / "results")["table"].tolist() == ["glass", "glass"]


def test_an_interrupt_leaves_whole_results_and_their_exports(tmp_path, real, benchmark_of):
    def interrupt(result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        benchmark_of([real["glass"]], on_result=interrupt).run()
    folder = tmp_path / "results"
    assert len(read_results(folder)) == len(pd.read_parquet(folder / "results.parquet")) == 1
    assert {"results.duckdb", "results.csv"} <= {path.name for path in folder.iterdir()}
    benchmark_of([real["glass"]]).run()
    assert started(tmp_path, "one", "two") == [1, 1]
    assert len(pd.read_parquet(folder / "results.parquet")) == 2


DRIVER = """
import signal
import sys
from pathlib import Path
from automl.benchmark.frameworks import FRAMEWORKS, Framework
for name in ("one", "two", "three"):
    options = {"warm_start": False, "log": str(Path(sys.argv[1]) / "log")}
    FRAMEWORKS[name] = Framework(name, Path(sys.argv[1]) / "quick.py", (), options, True)
from automl.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell ignores for what it runs in the background
sys.exit(main(["benchmark", "run", *sys.argv[2:]]))
"""
COUNTED = """
def fit(job, X, y):
    import time
    time.sleep(0.1)
    with open(job.options["log"], "a") as log:
        log.write(f"{job.framework} {len(X)} {job.seed}\\n")
    return job, y

def predict(model, X):
    import numpy as np
    job, y = model
    rng = np.random.default_rng([job.seed, len(y)])
    if job.task == "regression":
        return pd.DataFrame({"prediction": rng.normal(y.mean(), y.std(), len(X))})
    p = rng.dirichlet(np.ones(len(job.classes)), len(X))
    return pd.DataFrame(p, columns=job.classes).assign(prediction=np.array(job.classes)[p.argmax(axis=1)])

def describe(model):
    return {"max_trials": model[0].max_trials}
"""


class Command:
    """`automl benchmark run` with made-up frameworks, in a process group of its own."""

    def __init__(self, folder, frameworks, extra):
        (folder / "quick.py").write_text("import pandas as pd\ndef prepare(job): return '1'\n" + COUNTED)
        (folder / "driver.py").write_text(DRIVER)
        self.folder, self.extra, self.frameworks = folder, extra, frameworks

    def start(self, output):
        words = [str(FOLDER), "--output", str(output), "--frameworks", *self.frameworks, "--budgets", "none"]
        words += ["--max-trials", "2", "--cores", "1", "--outer-folds", "3", *self.extra]
        log = (self.folder / f"{output.name}.txt").open("a")
        return subprocess.Popen(
            [sys.executable, str(self.folder / "driver.py"), str(self.folder), *words],
            stdout=log, stderr=log, start_new_session=True, env={**os.environ, "TMPDIR": str(self.folder)},
        )  # fmt: skip

    def said(self, output):
        log = self.folder / f"{output.name}.txt"
        return log.read_text() if log.exists() else ""


def table_of(folder):
    found = read_results(folder).drop(columns=TIMES).sort_values("run_id", ignore_index=True)
    detail = [{name: value for name, value in each.items() if not name.endswith("_s")} for each in found["detail"]]
    return found.assign(detail=detail)


def killed_and_resumed(command, output, n_kills, longest_s, seed=0):
    """Kill the command at random moments; no result that was there may ever be made anew."""
    rng, seen = random.Random(seed), {}
    for i in range(n_kills + 1):
        n_said = len(command.said(output).splitlines())
        process = command.start(output)
        if i < n_kills:
            if rng.random() < 0.7:  # else while it starts
                wait_until(lambda n=n_said: len(command.said(output).splitlines()) > n)
            time.sleep(rng.uniform(0.0, longest_s))
            assert process.poll() is None, command.said(output)
            os.killpg(process.pid, signal.SIGKILL)
        else:
            assert process.wait(600) == 0, command.said(output)
        process.wait()
        now = {path.name: path.read_bytes() for path in (output / "runs").glob("*.json")}
        assert {name: now[name] for name in seen} == seen
        seen = now


def wait_until(condition, within_s=60.0):
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def same_after_kills(tmp_path, frameworks, extra, n_kills, longest_s):
    command = Command(tmp_path, frameworks, extra)
    process = command.start(tmp_path / "unbroken")
    assert process.wait(300) == 0, command.said(tmp_path / "unbroken")
    (tmp_path / "log").rename(tmp_path / "unbroken.log")
    killed_and_resumed(command, tmp_path / "resumed", n_kills, longest_s)
    unbroken = table_of(tmp_path / "unbroken")
    assert set(unbroken["status"]) == {"ok"}
    pd.testing.assert_frame_equal(table_of(tmp_path / "resumed"), unbroken)
    exported = pd.read_parquet(tmp_path / "resumed" / "results.parquet")
    assert sorted(exported["run_id"]) == unbroken["run_id"].tolist()
    # Beside the runs that a kill broke off, none was begun twice.
    begun = (tmp_path / "log").read_text().splitlines()
    at_once = (tmp_path / "unbroken.log").read_text().splitlines()
    assert set(begun) == set(at_once)
    assert len(at_once) <= len(begun) <= len(at_once) + n_kills
    for each in unbroken["run_id"]:
        files = [tmp_path / name / "predictions" / f"{each}.parquet" for name in ("unbroken", "resumed")]
        pd.testing.assert_frame_equal(*map(pd.read_parquet, files))


def test_stopped_three_times_and_resumed_it_gives_the_same_results(tmp_path):
    same_after_kills(tmp_path, ["one"], ["--folds", "0", "--tables", "glass", "autompg", "colic", "hepatitis"], 3, 1.2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_stopped_twenty_times_and_resumed_it_gives_the_same_results(tmp_path):
    same_after_kills(tmp_path, ["one", "two", "three", "precedent", "lightgbm"], ["--folds", "0"], 20, 3.0)


def test_two_at_once_in_one_folder_are_refused(tmp_path):
    command = Command(tmp_path, ["one"], ["--folds", "0", "--tables", "glass", "autompg"])
    output = tmp_path / "results"
    first = command.start(output)
    try:
        wait_until(lambda: list(Path(output / "runs").glob("*.json")))
        os.killpg(first.pid, signal.SIGSTOP)  # it holds the folder, however long the second one takes to begin
        second = command.start(output)
        assert second.wait(60) == 2
        assert f"another benchmark is running in {output}; give another folder, or wait" in command.said(output)
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    assert first.wait(120) == 0
    assert len(read_results(output)) == 2


def test_ctrl_c_exits_130_with_whole_results_and_their_exports(tmp_path):
    command = Command(tmp_path, ["one", "two"], ["--folds", "0"])
    output = tmp_path / "results"
    process = command.start(output)
    wait_until(lambda: len(list(Path(output / "runs").glob("*.json"))) >= 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    found = read_results(output)
    assert 2 <= len(found) < 12
    assert sorted(pd.read_parquet(output / "results.parquet")["run_id"]) == sorted(found["run_id"])
    assert "Traceback" not in command.said(output)
