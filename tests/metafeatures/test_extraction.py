"""What `extract` promises whatever the table: names, determinism, time limit, forms of input."""

# ruff: noqa: PD011 -- `values` is a mapping here

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

import metafeatures
from metafeatures.registry import GROUPS


@pytest.fixture(scope="module")
def mixed() -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    n = 120
    X = pd.DataFrame(
        {
            "float": rng.normal(size=n),
            "integer": rng.integers(0, 5, n),
            "text": rng.choice(["a", "b", "c"], n),
            "category": pd.Categorical(rng.choice(["x", "y"], n), categories=["x", "y", "unused"]),
            "flag": rng.random(n) < 0.5,
            "nullable": pd.array(rng.integers(0, 9, n), dtype="Int64"),
            "when": pd.date_range("2024-01-01", periods=n, freq="h"),
        }
    )
    X.loc[::7, "float"] = np.nan
    X.loc[::5, "text"] = None
    X.loc[::9, "nullable"] = pd.NA
    return X, pd.Series(rng.choice(["no", "yes", "maybe"], n))


def test_every_name_has_a_finite_value_or_a_reason(mixed: tuple[pd.DataFrame, pd.Series]) -> None:
    result = metafeatures.extract(*mixed, groups="all", summaries=["mean", "histogram", "q1"])
    assert sorted([*result.values, *result.missing]) == sorted(metafeatures.names("all", ["mean", "histogram", "q1"]))
    assert all(math.isfinite(value) for value in result.values.values())
    assert all(result.missing.values())


def test_column_kinds(mixed: tuple[pd.DataFrame, pd.Series]) -> None:
    values = metafeatures.extract(*mixed, groups=["simple"]).values
    assert (values["n_numeric"], values["n_categorical"]) == (4, 3)
    assert values["n_missing"] == 18 + 24 + 14
    assert values["cardinality.max"] == 3
    assert values["cardinality.min"] == 2


def test_blocks_equal_frame(mixed: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = mixed
    numeric = np.column_stack([X[name].to_numpy(float, na_value=np.nan) for name in ("float", "integer")])
    codes = np.column_stack([X[name].astype("category").cat.codes for name in ("text", "flag")]).astype(np.int32)
    framed = metafeatures.extract(X[["float", "text", "integer", "flag"]], y)
    assert metafeatures.extract(numeric, y, categorical=codes).values == pytest.approx(framed.values, abs=1e-9)


def test_same_seed_same_result_and_groups_do_not_interfere() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(400, 4)), rng.integers(0, 3, 400)
    limits = metafeatures.RowLimits(columns=300, models=200, pairs=100, subsample=50)
    everything = metafeatures.extract(X, y, groups="all", random_state=3, row_limits=limits)
    assert metafeatures.extract(X, y, groups="all", random_state=3, row_limits=limits).values == everything.values
    for group in GROUPS:
        alone = metafeatures.extract(X, y, groups=[group], random_state=3, row_limits=limits)
        assert alone.values == {name: everything.values[name] for name in alone.values}


def test_time_limit_leaves_reasons(mixed: tuple[pd.DataFrame, pd.Series]) -> None:
    result = metafeatures.extract(*mixed, time_limit_s=0.0)
    assert not result.values
    assert set(result.missing.values()) == {"time limit"}
    assert set(result.missing) == set(metafeatures.names())


@pytest.mark.parametrize(
    ("y", "n_classes"),
    [
        ([True, False, True, False], 2),
        (["a", None, "b", "c"], 3),
        (np.array([1.0, np.nan, 2.0, 2.0]), 2),
        (np.array([("x",), 1, None, "z"], dtype=object), 3),
        (pd.Series(pd.Categorical(["u", "v", "u", "u"])), 2),
    ],
)
def test_labels_of_any_kind(y: object, n_classes: int) -> None:
    values = metafeatures.extract(np.eye(4), y, task="multiclass", groups=["simple"]).values
    assert values["n_classes"] == n_classes
    assert values["n_rows"] == sum(pd.notna(v) if not isinstance(v, tuple) else 1 for v in y)


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (np.empty((0, 2)), [], {}, "no rows"),
        (np.ones((3, 2)), [1, 0], {}, "lengths differ"),
        (np.ones(3), [1, 0, 1], {}, "two-dimensional"),
        (np.ones((2, 1)), [None, None], {"task": "binary"}, "no row has a target"),
        (np.ones((2, 1)), [0, 1], {"task": "ranking"}, "task must be"),
        (np.ones((2, 1)), [0, 1], {"groups": ["nonsense"]}, "unknown groups"),
        (np.ones((2, 1)), [0, 1], {"summaries": ["nonsense"]}, "unknown summaries"),
    ],
)
def test_what_is_no_table_is_refused(X: np.ndarray, y: object, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metafeatures.extract(X, y, **options)


def test_no_warning_and_no_input_change() -> None:
    X = np.array([[1.0, np.inf], [np.nan, 1e308], [3.0, -1e308], [3.0, np.nan]])
    before = X.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metafeatures.extract(X, [0, 1, 1, 1], groups="all")
    np.testing.assert_array_equal(X, before)


def test_sample_is_close_to_the_whole() -> None:
    rng = np.random.default_rng(2)
    X = np.column_stack([rng.lognormal(size=40_000), rng.normal(size=40_000), rng.integers(0, 9, 40_000)])
    y = X[:, 1] + rng.normal(size=40_000)
    groups = ["simple", "target", "statistical"]
    whole = metafeatures.extract(X, y, groups=groups, row_limits=metafeatures.RowLimits.unlimited()).values
    part = metafeatures.extract(X, y, groups=groups, row_limits=metafeatures.RowLimits(columns=10_000)).values
    for name in ("target_correlation.max", "correlation.mean", "zero_share.mean", "log_n_rows"):
        assert part[name] == pytest.approx(whole[name], abs=0.02)


def test_core_names_exist_and_are_comparable() -> None:
    core = metafeatures.names()
    assert len(set(core)) == len(core)
    assert set(core) <= set(metafeatures.names("all"))


def test_importing_does_not_import_sklearn() -> None:
    import subprocess
    import sys

    code = "import sys, metafeatures; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
