from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from knowledge_base.neighbours import distances, nearest, scales

_VALUES = st.floats(-1e12, 1e12) | st.just(np.nan)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(arrays(float, st.tuples(st.integers(0, 8), st.integers(1, 5)), elements=_VALUES), st.data())
def test_distances_are_within_0_and_1_and_ignore_the_units(tasks: np.ndarray, data: st.DataObject) -> None:
    query = data.draw(arrays(float, tasks.shape[1], elements=_VALUES))
    found = distances(query, tasks)
    assert found.shape == (len(tasks),)
    assert ((found >= 0) & (found <= 1)).all()
    assert (scales(tasks) > 0).all()


def test_scaling_and_shifting_a_metafeature_changes_nothing() -> None:
    random = np.random.default_rng(0)
    tasks, query = random.normal(size=(50, 6)), random.normal(size=6)
    factors, shifts = 10.0 ** random.integers(-3, 4, 6), random.normal(size=6)
    np.testing.assert_allclose(distances(query * factors + shifts, tasks * factors + shifts), distances(query, tasks))


def test_the_scale_is_a_robust_standard_deviation() -> None:
    random = np.random.default_rng(0)
    tasks = random.normal(scale=[1.0, 100.0], size=(20_001, 2))
    tasks[:500] = 1e9
    tasks[500:900, 0] = np.nan
    np.testing.assert_allclose(scales(tasks), [1.0, 100.0], rtol=0.06)


def test_quantiles_agree_with_numpy_where_values_are_missing() -> None:
    random = np.random.default_rng(1)
    tasks = random.normal(size=(31, 4))
    tasks[random.random(tasks.shape) < 0.3] = np.nan
    expected = np.nanquantile(tasks, 0.75, axis=0) - np.nanquantile(tasks, 0.25, axis=0)
    np.testing.assert_allclose(scales(tasks), expected / 1.349)


@pytest.mark.parametrize(("column", "scale"), [
    ([5.0], 2.0), ([0.2, 0.2, 0.2], 0.4), ([np.nan, np.nan], 0.4), ([0.0, 0.0, 0.0, 0.0, 10.0], 2.0),
])
def test_without_a_spread_there_is_still_a_scale(column: list[float], scale: float) -> None:
    assert scales(np.array(column)[:, None]) == pytest.approx([scale])


def test_two_tasks_that_are_alike_do_not_make_a_third_far() -> None:
    twins = np.array([[0.5, 7.0], [0.501, 7.01]])
    assert distances(np.array([0.51, 7.2]), twins).max() < 0.05
    assert distances(np.array([5.0, 70.0]), twins).min() > 0.9


def test_many_tasks_say_themselves_what_is_far() -> None:
    alike = np.linspace(0.5, 0.501, 20)[:, None]
    assert scales(alike) == pytest.approx([np.subtract(*np.quantile(alike, [0.75, 0.25])) / 1.349])


def test_one_wild_value_does_not_decide_alone() -> None:
    tasks = np.zeros((3, 10)) + np.linspace(0.0, 1.0, 3)[:, None]
    query = tasks[0].copy()
    query[0] = 1e6
    assert distances(query, tasks).argmin() == 0


def test_a_task_that_lacks_everything_is_not_the_nearest() -> None:
    tasks = np.array([[1.0, 1.0], [2.0, 2.0], [np.nan, np.nan], [3.0, 3.0]])
    found = distances(np.array([2.1, 2.1]), tasks)
    assert found.argmin() == 1
    assert found[2] > found[1]


def test_nearest_come_first_and_ties_go_by_task() -> None:
    stored = pd.DataFrame({"task_id": [9, 9, 3, 3, 7, 7, 5], "position": [0, 1, 0, 1, 0, 1, 0],
                           "value": [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 9.0]})
    found = nearest({"a": 1.0, "b": 1.0}, stored, k=3)
    assert found.index.tolist() == [3, 9, 7]
    assert found.tolist()[:2] == [0.0, 0.0]
    assert len(nearest({"a": None}, stored.iloc[:0], k=3)) == 0
