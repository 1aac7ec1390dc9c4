"""What the conformance tests do not see of the baselines."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from automl.benchmark.frameworks import baselines


def job(**values):
    return SimpleNamespace(**{"task": "regression", "n_cores": 1, "seed": 0, **values})


@pytest.mark.parametrize(
    "metric, expected", [("neg_root_mean_squared_error", 4.0), ("neg_mean_absolute_error", 2.0)]
)  # fmt: skip
def test_the_constant_is_what_the_metric_wants(metric, expected):
    X = pd.DataFrame({"x": [0.0, 1.0, 2.0]})
    model = baselines.fit(job(framework="constant", metric=metric), X, pd.Series([1.0, 2.0, 9.0]))
    assert baselines.predict(model, X)["prediction"].tolist() == [expected] * 3


def test_a_column_of_more_categories_than_bins_is_no_obstacle():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"wide": [f"v{i}" for i in range(400)], "narrow": rng.choice(["a", "b"], 400)})
    y = pd.Series(np.where(X["narrow"] == "a", "yes", "no"))
    model = baselines.fit(job(framework="hist_gradient_boosting", task="binary"), X, y)
    later = X.assign(wide="never seen")
    assert (baselines.predict(model, later)["prediction"] == y).all()
