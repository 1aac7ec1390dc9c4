"""The child's side of the protocol, whatever the framework does."""

from __future__ import annotations

import datetime
import textwrap

import numpy as np
import pandas as pd
import pytest
from framework_runs import Split, run_framework
from real_tables import load_table

from automl.benchmark import harness

FRAMEWORK = """
    import pandas as pd

    def prepare(job):
        return "1.0"

    def fit(job, X, y):
        return y.mode()[0]

    def predict(model, X):
        return pd.DataFrame({"prediction": [model] * len(X)})

    def describe(model):
        return {"label": model}
"""


@pytest.fixture
def split():
    return Split.of(*load_table("hepatitis"))


@pytest.fixture
def run(tmp_path, split):
    """Runs the framework above with some of its functions replaced."""

    def run(replaced=""):
        path = tmp_path / "made_up.py"
        path.write_text(textwrap.dedent(FRAMEWORK) + textwrap.dedent(replaced))
        return run_framework(path, tmp_path / "run", split, split.job())

    return run


def test_the_events_in_their_order(run, split):
    seen = run()
    assert [event["event"] for event in seen.events] == ["ready", "fitted", "predicted"]
    ready, fitted, predicted = seen.events
    assert (ready["version"], predicted["detail"]) == ("1.0", {"label": split.y_train.mode()[0]})
    assert min(ready["prepare_s"], fitted["fit_s"], predicted["predict_s"]) >= 0
    assert list(seen.predictions) == ["prediction"]
    assert len(seen.predictions) == len(split.X_test)
    assert seen.code == 0


@pytest.mark.clock
def test_the_clock_runs_for_fit_alone(run):
    seen = run(
        """
        import time

        def prepare(job):
            time.sleep(0.3)
            return "1.0"

        def fit(job, X, y):
            time.sleep(0.2)
            return "2"

        def predict(model, X):
            time.sleep(0.1)
            return pd.DataFrame({"prediction": [model] * len(X)})
        """
    )
    ready, fitted, predicted = seen.events
    assert ready["prepare_s"] >= 0.3
    assert 0.2 <= fitted["fit_s"] < 0.3
    assert 0.1 <= predicted["predict_s"] < 0.2


def test_the_test_rows_are_not_there_while_it_fits(run):
    seen = run(
        """
        from pathlib import Path

        def fit(job, X, y):
            return sorted(path.name for path in Path(job.folder).parent.rglob("*") if path.is_file())
        """
    )
    assert seen.last["detail"]["label"] == ["job.json", "noise", "train.parquet"]


def test_what_a_framework_prints_or_reads_is_not_the_protocol(run):
    seen = run(
        """
        import os, subprocess, sys

        def fit(job, X, y):
            print('{"event": "fitted", "fit_s": 0}', flush=True)
            os.write(1, b"\\xff\\x00 garbage\\n")
            subprocess.run([sys.executable, "-c", "print('of a child'); assert input() if False else True"])
            print("x" * 200_000)
            return sys.stdin.read() + "nothing to read"
        """
    )
    assert [event["event"] for event in seen.events] == ["ready", "fitted", "predicted"]
    assert seen.last["detail"]["label"] == "nothing to read"
    assert "garbage" in seen.noise and "of a child" in seen.noise


@pytest.mark.parametrize(
    "stage, body, kind, error",
    [
        ("prepare", "def prepare(job): import no_such_package", "crash", "No module named 'no_such_package'"),
        ("prepare", "this is no Python", "crash", "SyntaxError"),
        ("fit", "def fit(job, X, y): raise ValueError('two\\nlines')", "crash", "ValueError: two lines"),
        ("fit", "def fit(job, X, y): raise MemoryError('no more')", "memory", "MemoryError: no more"),
        ("fit", "def fit(job, X, y): import numpy; numpy.ones(10**16)", "memory", "Unable to allocate"),
        ("fit", "def fit(job, X, y): raise SystemExit(0)", "crash", "SystemExit"),
        ("predict", "def predict(model, X): return [1, 2]", "crash", "no DataFrame but list"),
        ("predict", "def predict(model, X): return X['no such column']", "crash", "no such column"),
    ],
)
def test_an_exception_is_told(run, stage, body, kind, error):
    seen = run(body)
    assert seen.last["event"] == "failed"
    assert (seen.last["stage"], seen.last["kind"]) == (stage, kind)
    assert error in seen.last["error"]
    assert "\n" not in seen.last["error"]
    assert "Traceback" in seen.noise
    assert seen.code == 1


def test_one_that_just_ends_is_silent(run):
    seen = run("def fit(job, X, y): import os; os._exit(3)")
    assert [event["event"] for event in seen.events] == ["ready"]
    assert seen.code == 3


def test_predictions_outlive_a_description_that_fails(run):
    seen = run("def describe(model): return 1 / 0")
    assert seen.last["detail"] == {"describe_error": "ZeroDivisionError: division by zero"}
    assert seen.predictions is not None


def test_a_description_becomes_plain_json(run):
    seen = run(
        """
        import numpy as np

        def describe(model):
            return {"n": np.int64(3), "loss": float("nan"), "x": np.float32(0.5), "best": np.inf, "type": ValueError}
        """
    )
    assert seen.last["detail"] == {"n": 3, "loss": None, "x": 0.5, "best": None, "type": "<class 'ValueError'>"}


def test_it_works_in_its_own_folder_and_names_of_columns_are_strings(run, tmp_path):
    seen = run(
        """
        from pathlib import Path

        def fit(job, X, y):
            Path("left_behind").touch()
            assert Path(job.folder).samefile(".")

        def predict(model, X):
            return pd.DataFrame({1: [0.5] * len(X), 2: 0.5, "prediction": "1"})
        """
    )
    assert list(seen.predictions) == ["1", "2", "prediction"]
    assert (tmp_path / "run" / "scratch" / "left_behind").exists()


def test_columns_keep_their_types_and_values(run, split, tmp_path):
    day = datetime.date(2020, 2, 29)
    X = pd.DataFrame(
        {
            "number": [1.5, np.nan, -np.inf, 2.0],
            "whole": np.arange(4, dtype="int16"),
            "nullable": pd.array([1, None, 2, 3], dtype="Int64"),
            "flag": [True, False, True, True],
            "flag or none": [True, None, False, True],
            "text": ["a", None, "c", "d"],
            "mixed": [1, "a", None, 2.5],
            "category": pd.Categorical(["b", None, "a", "b"], categories=["z", "b", "a"]),
            "ordered": pd.Categorical(["lo", "hi", "lo", "lo"], categories=["lo", "mid", "hi"], ordered=True),
            "coded": pd.Categorical([3, 1, None, 3], categories=[1, 3, 7]),
            "date": pd.to_datetime(["2020-01-01", None, "2021-06-01", "2022-01-01"]),
            "zoned": pd.to_datetime(["2020-01-01", None, "2021-06-01", "2022-01-01"]).tz_localize("Asia/Tokyo"),
            "duration": pd.to_timedelta([1, None, 3, 4], unit="h"),
            "day": [day] * 4,
        }
    )
    path = tmp_path / "table.parquet"
    harness.write_table(X, path)
    there = pd.read_parquet(path)
    changed = ["mixed", "coded"]
    pd.testing.assert_frame_equal(there.drop(columns=changed), X.drop(columns=changed))
    assert there["mixed"].dropna().tolist() == ["1", "a", "2.5"]
    assert there["coded"].cat.categories.tolist() == ["1", "3", "7"]
    assert there["coded"].isna().tolist() == [False, False, True, False]
    assert X["coded"].cat.categories.tolist() == [1, 3, 7]
