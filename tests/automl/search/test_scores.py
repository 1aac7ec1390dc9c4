from __future__ import annotations

import numpy as np
import pytest

from automl.search.scores import NormalScores, highest_seen, rung_offsets

NAN, INF = np.nan, np.inf


def test_offsets_are_median_differences_that_add_up_over_rungs() -> None:
    rng = np.random.default_rng(0)
    top = rng.normal(size=50)
    values = np.column_stack([top + 3, top + 1, top]) + rng.normal(0, 0.01, (50, 3))
    values[20:, 2] = NAN
    values[35:, 1] = NAN
    values[0] = 1e9, 2.0, -1e9  # an outlier moves no median
    assert rung_offsets(values) == pytest.approx([-3, -1, 0], abs=0.02)


def test_failures_and_unseen_rungs_do_not_enter_offsets() -> None:
    assert rung_offsets(np.array([[0.5, INF], [INF, INF], [0.25, NAN]])).tolist() == [0.0, 0.0]


def test_the_highest_rung_speaks_for_a_configuration() -> None:
    values = np.array([[1.0, NAN, NAN], [1.0, 2.0, NAN], [1.0, NAN, 3.0], [1.0, INF, NAN]])
    assert highest_seen(values).tolist() == [1.0, 2.0, 3.0, INF]


def test_scores_depend_on_the_order_alone() -> None:
    losses = np.random.default_rng(0).lognormal(size=101)
    scores = NormalScores(losses)(losses)
    np.testing.assert_allclose(scores, NormalScores(np.log(losses))(np.log(losses)))
    assert scores.mean() == pytest.approx(0.0) and scores.std() == pytest.approx(1.0, abs=0.05)


def test_failures_score_worse_than_the_worst_loss() -> None:
    losses = np.array([0.5, INF, 0.25, INF])
    scores = NormalScores(losses)(losses)
    assert scores[1] == scores[3] > scores[0] > scores[2]


def test_new_losses_fall_between_the_old_and_ties_are_equal() -> None:
    scores = NormalScores(np.array([1.0, 2.0, 2.0, 4.0]))
    assert scores(np.array([2.0]))[0] < scores(np.array([3.0]))[0] < scores(np.array([4.0]))[0]
    assert scores(np.array([-9.0]))[0] == scores(np.array([1.0]))[0]


@pytest.mark.parametrize("losses", [[INF], [INF, INF], [0.5]])
def test_too_few_losses_give_finite_scores(losses: list[float]) -> None:
    scores = NormalScores(np.array(losses))
    assert np.isfinite(scores(np.array([*losses, 0.1, INF]))).all()
