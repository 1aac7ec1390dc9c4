from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolios import build, scaled_losses


def scaled(losses: pd.DataFrame) -> pd.DataFrame:
    """Between 0 for the best and 1 for the median and worse, as the docstring has it; the plain way."""
    low, middle, high = losses.min(axis=1), losses.median(axis=1), losses.max(axis=1)
    span = (middle - low).where(middle > low, (high - low).where(high > low, 1.0))
    return losses.sub(low, axis=0).div(span, axis=0).clip(upper=1.0).fillna(1.0)


def regret(losses: pd.DataFrame, chosen: list[str]) -> float:
    return float(scaled(losses)[chosen].min(axis=1).mean())


matrices = st.tuples(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 7), st.floats(0, 0.5)).map(
    lambda made: _matrix(*made)
)


def _matrix(seed: int, n_tasks: int, n_configurations: int, missing: float) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    losses = random.random((n_tasks, n_configurations)) * random.lognormal(0, 3, (n_tasks, 1))
    holes = random.random(losses.shape) < missing
    holes[0, 0] = False
    return pd.DataFrame(np.where(holes, np.nan, losses), columns=[f"c{i}" for i in range(n_configurations)])


@settings(max_examples=60, deadline=None)
@given(matrices, st.integers(1, 4))
def test_greedy_is_within_its_bound_of_the_best_portfolio(losses, size):
    chosen = build(losses, size)
    size = min(size, losses.shape[1])
    gain_of_best = max(1 - regret(losses, list(some)) for some in combinations(losses.columns, size))
    assert 1 - regret(losses, chosen) >= (1 - 1 / np.e) * gain_of_best - 1e-12
    assert len(set(chosen)) == len(chosen) <= size


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_every_beginning_is_the_portfolio_of_that_size(losses):
    chosen = build(losses, 5)
    assert all(build(losses, k) == chosen[:k] for k in range(1, len(chosen)))


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_scaling_is_what_it_says(losses):
    pd.testing.assert_frame_equal(scaled_losses(losses), scaled(losses))


@settings(max_examples=40, deadline=None)
@given(matrices, st.integers(0, 7))
def test_a_task_without_weight_has_no_say(losses, silent):
    weights = {task: float(task != silent) for task in losses.index}
    rest = losses.drop(index=silent, errors="ignore")
    if rest.notna().to_numpy().any():
        assert build(losses, 4, weights=weights) == build(rest, 4)


def test_quick_ones_come_first_where_they_gain_as_much_for_their_time():
    losses = pd.DataFrame({"slow": [0.0], "quick": [0.5], "poor": [1.0], "bad": [2.0], "worse": [3.0]})
    seconds = pd.Series({"slow": 90.0, "quick": 1.0, "poor": 1.0, "bad": 1.0, "worse": 1.0})
    assert build(losses, 2) == ["slow", "quick"]
    assert build(losses, 2, seconds=seconds) == ["quick", "slow"]
    assert build(losses, 2, seconds=seconds * 0 + 5.0) == ["slow", "quick"]


def test_a_second_layer_follows_when_every_task_has_its_best():
    losses = pd.DataFrame({"best": [0.0, 0.0], "second": [0.1, 0.1], "third": [0.2, 0.2], "bad": [1, 2], "b": [1, 3]})
    assert build(losses, 9) == ["best", "second"]  # the third is the median


@settings(max_examples=40, deadline=None)
@given(matrices, st.integers(0, 1000))
def test_the_unit_of_a_task_does_not_matter(losses, seed):
    factors = 2.0 ** np.random.default_rng(seed).integers(-20, 20, len(losses))
    assert build(losses.mul(factors, axis=0), 3) == build(losses, 3)


def test_it_stops_when_nothing_more_helps():
    losses = pd.DataFrame({"good": [0.1, 0.1], "bad": [0.5, 0.9]})
    assert build(losses, 2) == ["good"]


def test_a_failure_counts_as_the_worst():
    losses = pd.DataFrame({"fails": [0.0, np.nan], "works": [0.1, 0.1], "poor": [1.0, 1.0], "bad": [2.0, 2.0]})
    assert build(losses, 2) == ["works", "fails"]


def test_bad_arguments_are_refused():
    losses = pd.DataFrame({"a": [0.1]})
    with pytest.raises(ValueError, match="size"):
        build(losses, 0)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight"):
            build(losses, 1, weights={0: wrong})
        with pytest.raises(ValueError, match="seconds"):
            build(losses, 1, seconds=pd.Series({"a": wrong}))
    with pytest.raises(ValueError, match="seconds"):
        build(losses, 1, seconds=pd.Series({"b": 1.0}))
    with pytest.raises(ValueError, match="no configuration has a loss"):
        build(losses * np.nan, 1)
    with pytest.raises(ValueError, match="finite"):
        build(losses * np.inf, 1)
