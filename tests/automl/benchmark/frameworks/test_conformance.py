"""Every framework keeps the contract, run through the harness on small real tables.

Those with an environment of their own are run where it is there: in the user's cache, where `automl benchmark setup`
puts it, or in the folder that the variable PRECEDENT_TEST_ENVIRONMENTS names.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from framework_runs import Split, run_framework
from real_tables import load_table
from sklearn.metrics import log_loss, roc_auc_score

from automl.benchmark.environments import default_folder, is_built, python_of
from automl.benchmark.frameworks import FRAMEWORKS

TABLES = {"binary": "hepatitis", "multiclass": "glass", "regression": "cholesterol"}
ENVIRONMENTS = Path(os.environ.get("PRECEDENT_TEST_ENVIRONMENTS") or default_folder())
HERE = [name for name, framework in FRAMEWORKS.items() if not framework.requirements]
THERE = [name for name in FRAMEWORKS if name not in HERE]


def limits(name):
    if name.startswith("precedent"):
        return {"max_trials": 3}
    budget_s = 10.0 if name in THERE else 1.0
    return {"budget_s": budget_s if FRAMEWORKS[name].takes_budget else None}


def awkward(X, name):
    """With what tables hold beside numbers and categories."""
    n, rng = len(X), np.random.default_rng(0)
    return X.assign(
        **{
            name: rng.choice(["x", "y", None], n),
            "flag": rng.random(n) < 0.5,
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
            "empty": np.nan,
        }
    )


CASES = [(name, task) for name in HERE for task in TABLES if task == "binary" or not name.startswith("precedent_")]


@pytest.mark.parametrize("name, task", CASES)
def test_ours_predict_whole_and_better_than_chance(name, task, tmp_path):
    check(name, task, 'a "name": [0]', tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("task", TABLES)
@pytest.mark.parametrize("name", THERE)
def test_others_predict_whole_and_better_than_chance(name, task, tmp_path):
    if not is_built(FRAMEWORKS[name], ENVIRONMENTS):
        pytest.skip(f"{name} has no environment in {ENVIRONMENTS}: `automl benchmark setup {name}` builds one")
    check(name, task, "letter", tmp_path)


def check(name, task, column, folder):
    framework = FRAMEWORKS[name]
    X, y = load_table(TABLES[task])
    split = Split.of(awkward(X, column), y)
    job = split.job(framework=name, options=dict(framework.options), **limits(name))
    seen = run_framework(framework.path, folder, split, job, python_of(framework, ENVIRONMENTS))
    assert [event["event"] for event in seen.events] == ["ready", "fitted", "predicted"], seen.noise[-2000:]
    assert seen.events[0]["version"]
    predictions = seen.predictions
    assert len(predictions) == len(split.X_test)
    if task == "regression":
        assert list(predictions) == ["prediction"]
        assert np.isfinite(predictions["prediction"]).all()
        errors = predictions["prediction"].to_numpy() - split.y_test.to_numpy()
        assert np.sqrt((errors**2).mean()) < 1.25 * split.y_test.std()
        return
    assert sorted(predictions) == sorted([*job["classes"], "prediction"])
    probabilities = predictions[job["classes"]].to_numpy()
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert set(predictions["prediction"]) <= set(job["classes"])
    if name == "constant":
        assert np.unique(probabilities, axis=0).shape[0] == 1
    elif task == "binary":
        assert roc_auc_score(split.y_test == job["classes"][1], probabilities[:, 1]) > 0.6
    else:
        assert log_loss(split.y_test, probabilities, labels=job["classes"]) < log_loss(
            split.y_test, np.tile(split.y_train.value_counts(normalize=True)[job["classes"]], (len(split.y_test), 1)),
            labels=job["classes"],
        )  # fmt: skip
