"""Results in AMLB's columns; AMLB itself reads them back where it is there."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmark_results import a_run, a_whole_benchmark

from automl.benchmark.amlb import COLUMNS, to_amlb, write_amlb

AMLB_HOME = "AMLB_HOME"
AMLB_PYTHON = "AMLB_PYTHON"
READ_BACK = """
import sys
from amlb.resources import from_configs
from amlb.utils import config_load
from amlb.defaults import default_dirs
from amlb.benchmark import Benchmark
from amlb.results import Scoreboard

from_configs(config_load("resources/config.yaml"), default_dirs)
board = Scoreboard(scores=Scoreboard.load_df(sys.argv[1]), scores_dir=sys.argv[2])
Benchmark._validate_job_history(board.as_data_frame())
board.as_printable_data_frame().to_csv(sys.argv[3], index=False)
"""


def one(**values: Any) -> pd.Series[Any]:
    return to_amlb(pd.DataFrame([a_run(**values)])).iloc[0]


def test_columns_are_those_of_amlb_and_then_the_metrics_by_name() -> None:
    scores = {"accuracy": 0.8, "balanced_accuracy": 0.7, "neg_log_loss": -0.4, "roc_auc": 0.9}
    amounts = {"neg_root_mean_squared_error": -2.0, "neg_mean_absolute_error": -1.5, "r2": 0.6}
    runs = [a_run(metrics=scores), a_run(task="regression", metric="r2", score=0.6, metrics=amounts)]
    found = to_amlb(pd.DataFrame(runs))
    assert list(found) == [*COLUMNS, "acc", "auc", "balacc", "logloss", "mae", "r2", "rmse"]
    assert found.loc[0, ["acc", "auc", "balacc", "logloss"]].tolist() == [0.8, 0.9, 0.7, 0.4]
    assert found.loc[1, ["mae", "r2", "rmse"]].tolist() == [1.5, 0.6, 2.0]
    assert found.loc[0, ["mae", "r2", "rmse"]].isna().all()


@pytest.mark.parametrize(
    ("scorer", "score", "metric"),
    [
        ("roc_auc", 0.9, "auc"),
        ("neg_log_loss", -0.4, "neg_logloss"),
        ("neg_root_mean_squared_error", -2.5, "neg_rmse"),
        ("neg_mean_absolute_error", -2.5, "neg_mae"),
        ("r2", 0.3, "r2"),
        ("balanced_accuracy", 0.7, "balacc"),
        ("explained_variance", 0.2, "explained_variance"),
    ],
)
def test_the_result_is_greater_is_better_and_named_for_it(scorer: str, score: float, metric: str) -> None:
    row = one(metric=scorer, score=score)
    assert (row["metric"], row["result"]) == (metric, score)


@pytest.mark.parametrize(
    ("budget_s", "max_trials", "n_cores", "constraint"),
    [
        (3600.0, None, 8, "1h8c"),
        (14400.0, None, 8, "4h8c"),
        (600.0, None, 4, "10m4c"),
        (90.0, None, 2, "90s2c"),
        (0.5, None, 1, "0.5s1c"),
        (None, 20, 2, "20trials2c"),
        (None, None, 2, "2c"),
    ],
)
def test_the_constraint_is_time_and_cores(
    budget_s: float | None, max_trials: int | None, n_cores: int, constraint: str
) -> None:
    assert one(budget_s=budget_s, max_trials=max_trials, n_cores=n_cores)["constraint"] == constraint


def test_a_run_says_what_it_was_and_how_long_it_took() -> None:
    started = "2025-05-01T23:59:50.250000+00:00"
    row = one(
        suite="openml/t/59", seed=7, fold=3, started=started, wall_s=20.0, fit_s=9.5, predict_s=0.02,
        knowledge_base="shipped", left_out=["iris"], detail={"statuses": {"ok": 31, "timeout": 2}},
    )  # fmt: skip
    assert row["id"] == "openml.org/t/59"
    assert row[["task", "framework", "type", "mode"]].tolist() == ["iris", "ours", "binary", "local"]
    assert row["utc"] == "2025-05-02T00:00:10"
    assert row[["duration", "training_duration", "predict_duration"]].tolist() == [20.0, 9.5, 0.02]
    assert row[["seed", "fold", "models_count"]].tolist() == [7, 3, 31]
    assert row["params"] == "{'knowledge_base': 'shipped', 'left_out': ['iris']}"
    assert row["app_version"] == "precedent [58fc021]"


def test_models_are_counted_where_a_framework_counts_them() -> None:
    assert one(detail={"models": 12})["models_count"] == 12
    assert pd.isna(one(detail={})["models_count"])


@pytest.mark.parametrize("status", ["timeout", "memory", "crash", "invalid"])
def test_a_failure_has_no_result_and_says_why(status: str) -> None:
    error = "it was\ntoo   much " + "x" * 300
    row = one(status=status, error=error, score=None, metrics=None, fit_s=None, wall_s=None, detail=None)
    assert np.isnan(row["result"])
    assert row["info"].startswith(f"{status}: it was too much xxx")
    assert len(row["info"]) == 200
    assert row["metric"] == "auc"
    assert np.isnan(row["duration"])


def test_a_run_that_went_well_has_no_info() -> None:
    assert one(status="ok", error=None)["info"] is None


def test_a_file_is_replaced_and_numbers_that_are_whole_stay_so(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("something else")
    results = a_whole_benchmark(n_tables=6)
    write_amlb(results, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.csv"]
    back = pd.read_csv(path)
    pd.testing.assert_frame_equal(back, pd.read_csv(io.StringIO(to_amlb(results).to_csv(index=False))))
    assert pd.api.types.is_integer_dtype(back["seed"])
    np.testing.assert_allclose(back["result"], results["score"])
    assert back["info"].notna().tolist() == (results["status"] != "ok").tolist()


@pytest.mark.skipif(
    AMLB_HOME not in os.environ or AMLB_PYTHON not in os.environ,
    reason=f"AMLB is not there: set {AMLB_HOME} to its checkout and {AMLB_PYTHON} to the Python that runs it",
)
def test_amlb_reads_it(tmp_path: Path) -> None:
    path, back = tmp_path / "results.csv", tmp_path / "back.csv"
    results = a_whole_benchmark(n_tables=6)
    results["metrics"] = [{m: s} for m, s in zip(results["metric"], results["score"], strict=True)]
    write_amlb(results, path)
    command = [os.environ[AMLB_PYTHON], "-c", READ_BACK, str(path), str(tmp_path), str(back)]
    subprocess.run(command, check=True, cwd=os.environ[AMLB_HOME], capture_output=True)
    ours, theirs = pd.read_csv(path), pd.read_csv(back)
    assert list(theirs) == list(ours)
    for name in ("task", "framework", "constraint", "fold", "type", "metric", "seed", "info"):
        assert theirs[name].equals(ours[name]), name
    np.testing.assert_allclose(theirs["result"], ours["result"], rtol=1e-5)  # AMLB writes six digits
