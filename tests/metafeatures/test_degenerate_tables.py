"""Tables that nobody would make on purpose: a finite value or a reason for all, no exception, no warning."""

from __future__ import annotations

import logging
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import metafeatures
from metafeatures.registry import GROUPS

ROWS = st.sampled_from([1, 2, 3, 5, 9, 17, 40])
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e-320, 1e-9, 1e154, -1e308, 1e308, math.inf, -math.inf, math.nan]


def numeric_column(rows: int) -> st.SearchStrategy[list[float]]:
    wild = st.one_of(st.sampled_from(SPECIAL), st.floats(width=64))
    tame = st.integers(-3, 3).map(float)
    return st.one_of(
        st.sampled_from(SPECIAL).map(lambda value: [value] * rows),
        st.lists(wild, min_size=rows, max_size=rows),
        st.lists(tame, min_size=rows, max_size=rows),
    )


def categorical_column(rows: int) -> st.SearchStrategy[list[object]]:
    few = st.sampled_from(["a", "b", None])
    anything = st.one_of(st.text(max_size=3), st.none(), st.booleans(), st.integers(), st.just(("a", 1)))
    return st.one_of(
        st.just([None] * rows),
        st.just([f"level {i}" for i in range(rows)]),
        st.lists(few, min_size=rows, max_size=rows),
        st.lists(anything, min_size=rows, max_size=rows),
    )


@st.composite
def tables(draw: st.DrawFn, most_rows: int = 40) -> tuple[pd.DataFrame, object, str]:
    rows = draw(ROWS.filter(lambda n: n <= most_rows))
    columns: list[pd.Series] = []
    for _ in range(draw(st.integers(0, 3))):
        with np.errstate(over="ignore"):
            columns.append(pd.Series(np.array(draw(numeric_column(rows))).astype(draw(st.sampled_from(["f8", "f4"])))))
    for _ in range(draw(st.integers(0, 3))):
        columns.append(pd.Series(draw(categorical_column(rows)), dtype=object))
    if columns and draw(st.booleans()):
        columns.append(columns[0].copy())
    X = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    X.columns = [draw(st.sampled_from(["x", "y", ""])) for _ in range(X.shape[1])]
    task = draw(st.sampled_from(["auto", "binary", "multiclass", "regression"]))
    if task == "regression":
        finite = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.0, 1.0]))
        y: list[object] = draw(st.lists(finite, min_size=rows, max_size=rows))
    else:
        labels = st.sampled_from([["a"], ["a", "b"], [0, 1, 2], [0.5, 1.5], list(range(50)), [True, False]])
        y = draw(st.lists(st.sampled_from(draw(labels)), min_size=rows, max_size=rows))
    return X, y, task


def check(X: object, y: object, task: str, caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, logger="metafeatures"):
        warnings.simplefilter("error")
        result = metafeatures.extract(X, y, task=task, groups="all", summaries=["mean", "skewness", "histogram"])
    assert all(math.isfinite(value) for value in result.values.values())  # noqa: PD011
    assert set(result.values).isdisjoint(result.missing)
    assert [reason for reason in result.missing.values() if reason.startswith("failed")] == []
    assert not caplog.records


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(table=tables(most_rows=9))
def test_any_table(table: tuple[pd.DataFrame, object, str], caplog: pytest.LogCaptureFixture) -> None:
    check(*table, caplog)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables())
def test_five_hundred_tables(table: tuple[pd.DataFrame, object, str], caplog: pytest.LogCaptureFixture) -> None:
    check(*table, caplog)


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.ones((30, 3)), [0, 1] * 15),
        (np.full((30, 2), np.nan), [0, 1] * 15),
        (np.eye(12), np.arange(12)),
        (np.zeros((30, 0)), [0, 1] * 15),
        (np.arange(60.0).reshape(30, 2), [0] * 29 + [1]),
        (np.arange(60.0).reshape(30, 2), [1] * 30),
        (np.tile([1e308, -1e308], (20, 1)) * np.random.default_rng(0).choice([1, -1], (20, 2)), [0, 1] * 10),
        (np.repeat(np.arange(6.0).reshape(3, 2), 10, axis=0), [0, 1, 2] * 10),
        (np.random.default_rng(0).normal(size=(8, 60)), np.linspace(0, 1, 8)),
        (pd.DataFrame({"id": [f"row {i}" for i in range(500)]}), [0, 1] * 250),
        (
            pd.DataFrame({"u": pd.array([None] * 20, dtype="Int64"), "v": pd.array([True, None] * 10, "boolean")}),
            [0, 1] * 10,
        ),
    ],
    ids=[
        "constant",
        "all missing",
        "one row a class",
        "no columns",
        "lone minority",
        "one class",
        "overflow",
        "duplicates",
        "wide",
        "identifier",
        "nullable",
    ],
)
def test_named_table(X: object, y: object, caplog: pytest.LogCaptureFixture) -> None:
    check(X, y, "auto", caplog)


def test_rare_class_survives_every_sample(caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(0)
    y = np.zeros(5_000, dtype=int)
    y[-1] = 1
    limits = metafeatures.RowLimits(columns=1_000, models=500, pairs=200, subsample=100)
    result = metafeatures.extract(rng.normal(size=(5_000, 3)), y, groups="all", row_limits=limits)
    assert "overlap" in result.seconds
    assert not [r for r in result.missing.values() if r.startswith("failed")]
    assert not caplog.records


@pytest.mark.parametrize("group", list(GROUPS))
def test_each_group_alone(group: str) -> None:
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"a": rng.normal(size=60), "b": rng.choice(["x", "y"], 60)})
    for task, y in (("multiclass", rng.integers(0, 3, 60)), ("regression", rng.normal(size=60))):
        result = metafeatures.extract(X, y, task=task, groups=[group])
        assert set(result.values) | set(result.missing) == set(metafeatures.names([group]))
