from __future__ import annotations

import csv
import json
import subprocess
import sys

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from automl.benchmark.results import COLUMNS, ResultsFolder, read_results

HOSTILE = ["a,b", 'say "when"', "x'); DROP TABLE run; --", "two\nlines", "../../outside", "NA", "été 🙂", "=1+1"]


def a_result(run_id, **values):
    result = {
        "run_id": run_id, "suite": "tests", "table": "glass", "content_hash": "c0", "task": "multiclass",
        "metric": "neg_log_loss", "n_rows": 214, "n_features": 9, "n_classes": 6, "fold": 0, "n_folds": 10, "seed": 0,
        "framework": "precedent", "version": "1.0", "budget_s": 10.0, "max_trials": None, "n_cores": 2,
        "memory_limit_mb": None, "knowledge_base": "shipped", "left_out": ["glass"], "status": "ok", "error": None,
        "score": -0.5, "constant_score": -1.5, "metrics": {"neg_log_loss": -0.5, "accuracy": 0.8}, "prepare_s": 1.5,
        "fit_s": 9.5, "predict_s": 0.25, "n_test": 22, "wall_s": 11.75, "overhead_s": 0.5, "peak_mb": 300.0,
        "started": "2026-01-01T00:00:00+00:00", "commit": "abc", "machine": "m", "detail": {"trials": 9, "of": None},
    }  # fmt: skip
    assert set(result) == set(COLUMNS)
    return {**result, **values}


FAILED = {
    "status": "timeout", "error": "killed: not fitted after 80 s", "score": None, "metrics": {}, "fit_s": None,
    "predict_s": None, "overhead_s": None, "left_out": None, "knowledge_base": None, "version": None, "detail": {},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    folder = ResultsFolder(tmp_path / "results [1] *")  # no pattern, whatever it looks like
    with folder.locked():
        pass
    return folder


def test_a_result_comes_back_as_it_was(folder):
    folder.write(a_result("b1"), pd.DataFrame({"prediction": ["1", "2"], "1": [0.5, 0.25]}))
    folder.write(a_result("a1", started="2026-01-01T00:00:01+00:00", n_classes=None, **FAILED), None)
    assert folder.done() == {"a1", "b1"}
    frame = read_results(folder.folder)
    assert list(frame) == list(COLUMNS)
    assert frame["run_id"].tolist() == ["b1", "a1"]  # as they were begun
    found = frame.to_dict("records")
    expected = [a_result("b1"), a_result("a1", n_classes=None, started="2026-01-01T00:00:01+00:00", **FAILED)]
    for one, other in zip(found, expected, strict=True):
        for name, value in other.items():
            assert one[name] == value or (value is None and pd.isna(one[name])), name
    assert pd.read_parquet(folder.folder / "predictions" / "b1.parquet")["1"].tolist() == [0.5, 0.25]
    assert not list(folder.folder.rglob("*.part"))


@pytest.mark.parametrize("values", [{}, {"n_classes": None, "max_trials": 4, "budget_s": None, **FAILED}])
def test_the_exports_agree_with_each_other_and_have_the_same_types_whatever_is_missing(folder, values):
    for i in range(3):
        folder.write(a_result(f"r{i}", fold=i, **values), None)
    folder.export()
    parquet = pd.read_parquet(folder.folder / "results.parquet")
    with duckdb.connect(str(folder.folder / "results.duckdb"), read_only=True) as connection:
        rows = connection.sql("FROM run ORDER BY run_id").fetchall()
        types = {row[0]: row[1] for row in connection.sql("DESCRIBE run").fetchall()}
    assert [dict(zip(types, row, strict=True)) for row in rows] == (
        pq.read_table(folder.folder / "results.parquet").to_pylist()
    )
    assert list(parquet) == list(types) == list(COLUMNS)
    assert {types[name] for name in ("fold", "n_classes", "max_trials")} == {"BIGINT"}
    assert {types[name] for name in ("score", "budget_s", "fit_s")} == {"DOUBLE"}
    assert {types[name] for name in ("version", "error", "left_out", "metrics", "knowledge_base")} == {"VARCHAR"}
    read = read_results(folder.folder)
    assert [json.loads(text) for text in parquet["metrics"]] == read["metrics"].tolist()
    assert [text and json.loads(text) for text in parquet["left_out"].replace({float("nan"): None})] == (
        read["left_out"].tolist()
    )
    with (folder.folder / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["task"], row["framework"], int(row["fold"])) for row in rows] == [
        ("glass", "precedent", i) for i in range(3)
    ]


def test_hostile_names_come_back_as_they_are_and_write_nowhere_else(folder, tmp_path):
    for i, name in enumerate(HOSTILE):
        folder.write(a_result(f"r{i}", suite=name, table=name, error=name, detail={name: name}, left_out=[name]), None)
    folder.export()
    folder.export()  # over what is there
    read = read_results(folder.folder)
    parquet = pd.read_parquet(folder.folder / "results.parquet")
    with duckdb.connect(str(folder.folder / "results.duckdb"), read_only=True) as connection:
        database = connection.sql("FROM run").df()
    with (folder.folder / "results.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for frame in (read, parquet, database):
        for column in ("suite", "table", "error"):
            assert frame[column].tolist() == HOSTILE
    assert [json.loads(text) for text in database["detail"]] == [{name: name} for name in HOSTILE]
    assert read["left_out"].tolist() == [[name] for name in HOSTILE]
    assert [row["task"] for row in rows] == HOSTILE
    assert [path.name for path in tmp_path.iterdir()] == [folder.folder.name]
    assert sorted(path.name for path in folder.folder.iterdir()) == [
        ".lock", "predictions", "results.csv", "results.duckdb", "results.parquet", "runs",
    ]  # fmt: skip


def test_no_results_and_damaged_ones_are_said(tmp_path, folder):
    with pytest.raises(ValueError, match="no results of `automl benchmark run`"):
        read_results(tmp_path / "missing")
    folder.write(a_result("r1"), None)
    (folder.folder / "runs" / "r2.json").write_text('{"run_id": ')
    with pytest.raises(ValueError, match=r"r2.json is damaged; remove it, and its run is done again"):
        read_results(folder.folder)


def test_what_is_half_written_is_no_result(folder):
    (folder.folder / "runs" / "r1.part").write_text('{"run_id": ')
    assert folder.done() == set()


HOLDER = """
import sys
from automl.benchmark.results import ResultsFolder
with ResultsFolder(sys.argv[1]).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_folder_is_held_by_one_process_at_a_time(folder):
    command = [sys.executable, "-c", HOLDER, str(folder.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        error = r"another benchmark is running in .*give another folder, or wait"
        with pytest.raises(ValueError, match=error), folder.locked():
            raise AssertionError
        process.communicate()
    with folder.locked():
        pass


def test_what_goes_wrong_in_the_block_stays_what_it_is(folder):
    from knowledge_base.errors import Locked

    with pytest.raises(Locked, match="the store"), folder.locked():
        raise Locked("the store")
