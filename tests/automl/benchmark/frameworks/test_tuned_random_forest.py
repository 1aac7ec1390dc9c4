from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from automl.benchmark.frameworks import tuned_random_forest as framework


def job(**values):
    given = {"task": "binary", "metric": "roc_auc", "n_cores": 1, "seed": 0, "budget_s": 2.0}
    return SimpleNamespace(**{**given, **values})


def one_column_tells(n, n_noise):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((n, n_noise + 1)))
    return X, pd.Series(np.where(X[0] > 0, "yes", "no"))


def test_the_value_that_suits_the_table_is_found(monkeypatch):
    monkeypatch.setattr(framework, "_MOST_TREES_TUNING", 20)
    monkeypatch.setattr(framework, "_MOST_TREES", 20)
    model = framework.fit(job(budget_s=None), *one_column_tells(200, 30))
    assert len(model.scores) == 10
    assert framework.describe(model)["max_features"] > 5  # the default


@pytest.mark.clock
@pytest.mark.parametrize("n, budget_s", [(200, 1.0), (3000, 2.0)])
def test_the_budget_is_kept_and_used(n, budget_s):
    X, y = one_column_tells(n, 30)
    start = time.perf_counter()
    model = framework.fit(job(budget_s=budget_s), X, y)
    assert 0.3 * budget_s < time.perf_counter() - start < budget_s + 0.5
    assert framework.describe(model)["trees"] >= 10


@pytest.mark.parametrize("n_columns", [1, 2, 5, 100])
def test_values_are_possible_and_begin_with_the_default(n_columns):
    values = framework._values(n_columns)
    assert values[0] == max(1, int(np.sqrt(n_columns)))
    assert len(values) == len(set(values)) <= 11
    assert set(values) <= set(range(1, n_columns + 1))
    assert n_columns in values


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_class_of_one_row_does_not_stop_it():
    X, y = one_column_tells(60, 3)
    y[0] = "once"
    model = framework.fit(job(task="multiclass", metric="neg_log_loss"), X, y)
    assert list(framework.predict(model, X)) == ["no", "once", "yes", "prediction"]
