from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import made_up_frameworks
import openml_tables
import pandas as pd
import pytest
from openml_server import Fault
from real_tables import FOLDER

from automl.benchmark.frameworks import FRAMEWORKS
from automl.benchmark.plan import Conditions, plan_runs
from automl.benchmark.results import read_results
from automl.benchmark.suite import choose, read_suite
from automl.cli import main
from automl.cli.benchmark import COMMANDS, run_command
from automl.cli.benchmark.run_command import line

pytestmark = pytest.mark.once


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def benchmark_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Done]:
    """Runs the command, on one fold, into the folder `out`."""

    def run(*words: object, tables: object = FOLDER) -> Done:
        fixed = ["--output", tmp_path / "out", "--outer-folds", "3", "--cores", "1"]
        code = main(["benchmark", "run", str(tables), *map(str, [*fixed, *words])])
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two made-up frameworks: one that does well, and one that does not."""
    bodies = {"well": "", "badly": "def fit(job, X, y): raise ValueError('\\x1b[31mno\\nway')"}
    for name, body in bodies.items():
        framework = made_up_frameworks.made_up(tmp_path, name, body)
        monkeypatch.setitem(FRAMEWORKS, name, framework)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_every_sub_command_has_help_with_examples(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["benchmark", command.NAME, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert command.EXAMPLES in shown
    assert f"automl benchmark {command.NAME} " in command.EXAMPLES


def test_it_tells_what_it_does_and_goes_on_where_it_was(benchmark_run: Any, quick: None, tmp_path: Path) -> None:
    words = ["--frameworks", "well", "badly", "--folds", "0", "--tables", "glass"]
    done = benchmark_run(*words)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "2 runs on 1 table"
    assert lines[1].startswith("1/2 glass fold 0 well: neg_log_loss -")
    assert lines[2] == "2/2 glass fold 0 badly: crash: fit: ValueError: ?[31mno way"
    assert lines[3].startswith("1 ok, 1 crash; ")
    assert "next: automl benchmark report" in lines[4]
    again = benchmark_run(*words, "--seeds", "0", "1")
    assert again.out.splitlines()[0] == "4 runs on 1 table, 2 of them known"
    assert "3/4 glass" in again.out and "2/4 glass" not in again.out
    found = read_results(tmp_path / "out")
    assert found["seed"].tolist() == [0, 0, 1, 1]
    assert len(pd.read_csv(tmp_path / "out" / "results.csv")) == 4
    last = benchmark_run(*words)
    assert "nothing to do" in last.out


def test_a_table_that_cannot_be_run_is_left_out_and_said(benchmark_run: Any, quick: None, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    pd.DataFrame({"x": range(12), "y": list("ab") * 6}).to_csv(suite / "good.csv", index=False)
    pd.DataFrame({"__target__": range(12), "y": list("ab") * 6}).to_csv(suite / "bad\x1b.csv", index=False)
    (suite / "catalog.csv").write_text("name,target\nbad\x1b,y\ngood,y\n")
    done = benchmark_run("--frameworks", "well", "--folds", "0", "1", tables=suite)
    assert done.code == 1
    assert "bad?: 2 runs left out: one of its columns is called '__target__'" in done.out
    assert "2/2 good fold 1" in done.out
    assert read_results(tmp_path / "out")["table"].tolist() == ["good", "good"]


NOWHERE = "tcp://127.0.0.1:9"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--frameworks", "skynet"], "no framework 'skynet'; there are: precedent, "),
        (["--frameworks", "flaml", "--environments", "ENV"], "automl benchmark setup flaml --environments ENV"),
        (["--tables", "iris"], "no table 'iris' in the suite; it has: autompg, "),
        (["--budgets", "none"], "--budgets none needs --max-trials"),
        (["--budgets", "0"], "a budget is a number of seconds above 0"),
        (["--max-trials", "0"], "0 trials: give a number above 0"),
        (["--cores", "0"], "0 cores: give a number above 0"),
        (["--folds", "3"], "fold 3 is none of the outer folds 0 to 2"),
        (["--knowledge-base", "no.duckdb"], "no.duckdb: check the path"),
        (["--families", "no.csv"], "no.csv: No such file"),
        (["--frameworks", "constant", "--cluster", NOWHERE], f"no Dask scheduler answers at {NOWHERE}"),
    ],
)
def test_what_can_be_mended_is_said(
    benchmark_run: Any, words: list[str], error: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_command, "_LONGEST_CONNECT_S", 1.0)
    done = benchmark_run(*words)
    assert done.code == 2
    assert error in done.err
    assert done.err.count("\n") == 1, done.err


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda folder: folder / "no", "is no suite: give a folder with a catalog.csv"),
        (lambda folder: folder, "has no catalog.csv: write one"),
        (lambda folder: f"{FOLDER}/glass.csv:Kind", "has no column 'Kind'; it has: RI, "),
        (lambda folder: "openml/d/61", "is no suite of OpenML: write openml/s/271"),
    ],
)
def test_what_is_no_suite_is_said(benchmark_run: Any, tmp_path: Path, make: Any, error: str) -> None:
    done = benchmark_run(tables=make(tmp_path))
    assert done.code == 2
    assert error in done.err


def test_a_cluster_without_workers_is_said(benchmark_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed")
    from distributed import LocalCluster

    monkeypatch.setattr(run_command, "_LONGEST_CONNECT_S", 1.0)
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        done = benchmark_run("--frameworks", "constant", "--folds", "0", "--cluster", address)
    assert done.code == 2
    assert f"the Dask scheduler at {address} has no workers: start some by `dask worker {address}`" in done.err


def test_on_a_cluster(benchmark_run: Any, quick: None, tmp_path: Path) -> None:
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed")
    from distributed import LocalCluster

    # Its worker is a thread of this process, and so knows the frameworks made up here.
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        words = ["--frameworks", "well", "badly", "--folds", "0", "--tables", "glass"]
        done = benchmark_run(*words, "--cluster", cluster.scheduler_address)
    assert done.code == 0, done.err
    assert sorted(read_results(tmp_path / "out")["status"]) == ["crash", "ok"]
    assert "2/2 glass fold 0 " in done.out


def test_a_task_of_openml(benchmark_run: Any, server: Any, tmp_path: Path) -> None:
    where = ["--server", server.url, "--cache", tmp_path / "cache"]
    source = f"openml/t/{openml_tables.FIRST_TASK}"
    done = benchmark_run("--frameworks", "constant", "--folds", "0", *where, tables=source)
    assert done.code == 0, done.err
    (result,) = read_results(tmp_path / "out").to_dict("records")
    assert (result["suite"], result["table"], result["status"]) == (source, "credit-g", "ok")
    assert result["score"] == result["constant_score"] == 0.5


def test_openml_that_is_down_is_said(
    benchmark_run: Any, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge_base.openml_requests.time.sleep", lambda seconds: None)
    server.misbehave(Fault.UNAVAILABLE, times=100)
    where = ["--server", server.url, "--cache", tmp_path / "cache"]
    done = benchmark_run(*where, tables=f"openml/t/{openml_tables.FIRST_TASK}")
    assert done.code == 2
    assert "503" in done.err and "Traceback" not in done.err


def test_the_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """By what runs of the same framework and budget took, over as many as are run at once."""
    now = [0.0]
    monkeypatch.setattr(run_command.time, "monotonic", lambda: now[0])
    tables = choose(read_suite(str(FOLDER)), ["glass", "colic"])
    plan = plan_runs(tables, ["precedent", "constant"], [60.0], [0, 1], [0], Conditions(2))
    said: list[str] = []
    board = run_command._Board(plan[1:], len(plan), said.append)

    def done(i: int, wall_s: float) -> None:
        run = plan[i]
        result = {"framework": run.framework, "budget_s": run.budget_s, "wall_s": wall_s, "table": run.table,
                  "fold": run.fold, "status": "crash", "error": None}  # fmt: skip
        board.add(result)

    now[0] = 10.0
    done(1, 10.0)  # constant; of precedent nothing is known but its budget
    assert said[-1] == f"2 of 8 runs, some {(3 * 63 + 3 * 10) / 60:.0f} minutes left"
    now[0] = 80.0
    done(2, 140.0)  # two at once, it seems: 150 seconds in 80
    assert said[-1] == f"3 of 8 runs, some {(2 * 140 + 3 * 10) / (150 / 80) / 60:.0f} minutes left"
    board.leave_out(plan[3:7])
    assert said[-1].startswith("3 of 4 runs, some ")
    done(7, 10.0)
    assert said[-1] == "4 of 4 runs"
    assert board.summary() == "3 crash; 80 seconds"
    assert "4/4 glass fold 1 constant: crash: -" in capsys.readouterr().out


def test_a_line_for_a_result() -> None:
    result = {"table": "a\nb", "fold": 3, "framework": "flaml", "budget_s": 10.0, "status": "ok", "metric": "roc_auc",
              "score": 0.912345, "fit_s": 9.96}  # fmt: skip
    assert line(result) == "a?b fold 3 flaml 10 s: roc_auc 0.9123, fitted in 10.0 s"
    failed = {**result, "budget_s": None, "status": "timeout", "error": "killed: not fitted after 80 s"}
    assert line(failed) == "a?b fold 3 flaml: timeout: killed: not fitted after 80 s"
