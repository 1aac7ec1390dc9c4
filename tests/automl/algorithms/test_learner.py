from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from algorithm_cases import TABLES, case_of, made_target

from automl.algorithms import FitContext
from automl.algorithms.learner import EarlyStopping, PreprocessedLearner, as_probabilities, quiet_and_single_threaded


class Recorder(PreprocessedLearner):
    """Remembers what training gives it."""

    uses_valid = True

    def train(self, X: Any, y: Any, weight: Any, valid: Any, context: FitContext) -> None:
        self.seen = X, y, weight, valid

    def raw_predict(self, X: Any) -> Any:
        return np.tile(np.arange(1.0, self.n_present + 1), (len(X), 1))


def recorded(values: dict[str, Any], weight: Any = None, rows: Any = slice(None)) -> tuple[Recorder, Any]:
    case = case_of(TABLES["float32"], made_target("multiclass"), "multiclass")
    learner = Recorder(values, case.shape, 0)
    at = np.arange(len(case.y))[rows]
    valid = case.table, case.y
    learner.fit(case.table.take(at), case.y[at], weight, FitContext(valid=valid))
    return learner, case


def test_a_subclass_sees_classes_without_gaps_and_predictions_are_spread_back() -> None:
    learner, case = recorded({}, rows=slice(0, 100))  # classes 0, 1 and 3 of 0..4
    assert set(learner.seen[1]) == {0, 1, 2}
    np.testing.assert_allclose(learner.predict(case.table)[0], [1 / 6, 2 / 6, 0, 3 / 6, 0])


def test_validation_rows_of_unknown_classes_are_left_out() -> None:
    learner, case = recorded({}, rows=slice(0, 100))
    assert len(learner.seen[3][1]) == (case.y != 4).sum()
    assert learner.seen[3][0].shape[0] == len(learner.seen[3][1])


def test_weights_of_zero_drop_rows_and_balancing_multiplies_weights() -> None:
    weight = np.ones(120)
    weight[:20] = 0.0
    learner, _ = recorded({"balancing": "weights"}, weight)
    X, y, balanced, _ = learner.seen
    assert X.shape[0] == len(y) == len(balanced) == 100
    totals = np.bincount(y, weights=balanced)
    np.testing.assert_allclose(totals, totals[0])


def test_probabilities_are_repaired_row_by_row() -> None:
    raw = np.array([[0.0, 0.0], [np.inf, 1.0], [-0.1, 0.2], [0.3, 0.3]])
    np.testing.assert_allclose(as_probabilities(raw), [[0.5, 0.5], [0, 1], [0, 1], [0.5, 0.5]])


def test_silence_ends_with_the_block() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_and_single_threaded():
            warnings.warn("unheard", stacklevel=1)
            np.log(np.zeros(1))
        with pytest.raises(RuntimeWarning):
            np.log(np.zeros(1))


def test_early_stopping_ignores_losses_that_are_not_numbers() -> None:
    stopping = EarlyStopping(3)
    assert [stopping.should_stop(loss) for loss in (1.0, np.nan, np.nan, np.nan)] == [False, False, False, True]
    assert stopping.best_round == 1


def test_early_stopping_does_not_wait_for_what_nobody_would_notice() -> None:
    stopping = EarlyStopping(10)
    losses = [1.0, 0.5, *(0.5 - 1e-5 * i for i in range(1, 100))]
    stops = [stopping.should_stop(loss) for loss in losses]
    assert stops.index(True) == 11  # 0.5 was the second
    assert stopping.best_round == len(losses)  # but the best round is the best one
