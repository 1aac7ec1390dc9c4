"""The fitted ensemble: weighted averages of fold models, and the constant that is always ready."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from automl.algorithms.base import FitContext
from automl.ensemble.predictor import Constant, EnsemblePredictor
from automl.table import Table

TABLE = Table(np.zeros((3, 2)), np.zeros((3, 0), dtype=np.int32), ())


@dataclass
class Fixed:
    """A learner that has learned its answer by heart."""

    answer: Any

    def fit(self, X: Table, y: Any, sample_weight: Any, context: FitContext) -> None: ...

    def predict(self, X: Table) -> Any:
        warnings.warn("of no interest to the user", UserWarning, stacklevel=2)
        return self.answer


def test_members_weigh_as_given_and_their_folds_equally() -> None:
    first = [Fixed(np.full(3, 1.0)), Fixed(np.full(3, 3.0))]
    second = [Fixed(np.full(3, 10.0))]
    predictor = EnsemblePredictor([(0.75, first), (0.25, second)])
    assert predictor.predict(TABLE).tolist() == [4.0, 4.0, 4.0]


def test_regression_may_be_negative_and_above_one() -> None:
    assert EnsemblePredictor([(1.0, [Fixed(np.array([-5.0, 0.5, 70.0]))])]).predict(TABLE).tolist() == [-5, 0.5, 70]


def test_probabilities_sum_to_one_whatever_rounding_does() -> None:
    slack = np.array([[1.0 + 1e-9, -1e-9], [0.2, 0.79], [0.5, 0.5]])
    given = EnsemblePredictor([(1.0, [Fixed(slack)])]).predict(TABLE)
    assert given.sum(axis=1) == pytest.approx(1.0, abs=1e-15)
    assert (given >= 0).all()
    assert (given <= 1).all()
    assert given[1] == pytest.approx(np.array([0.2, 0.79]) / 0.99)


def test_no_class_has_probability_zero() -> None:
    """The class shares weigh as much as one of the 9 training rows."""
    certain = [Fixed(np.tile([1.0, 0.0], (3, 1)))]
    given = EnsemblePredictor([(1.0, certain)], class_counts=np.array([6.0, 3.0])).predict(TABLE)
    assert given[0] == pytest.approx([(9 + 2 / 3) / 10, (1 / 3) / 10])


def test_learners_warn_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        EnsemblePredictor([(1.0, [Fixed(np.zeros(3))])]).predict(TABLE)


def test_decision_weights_move_labels_not_probabilities() -> None:
    probabilities = np.array([[0.7, 0.3], [0.9, 0.1], [0.2, 0.8]])
    learner = [Fixed(probabilities)]
    plain, moved = EnsemblePredictor([(1.0, learner)]), EnsemblePredictor([(1.0, learner)], np.array([0.5, 2.0]))
    assert plain.predict(TABLE).tolist() == moved.predict(TABLE).tolist()
    assert plain.decide(probabilities).tolist() == [0, 0, 1]
    assert moved.decide(probabilities).tolist() == [1, 0, 1]


@pytest.mark.parametrize("weight", [None, np.array([1.0, 1.0, 4.0])])
def test_the_constant_knows_shares_and_mean(weight: Any) -> None:
    regressor, classifier = Constant(0), Constant(3)
    regressor.fit(TABLE, np.array([1.0, 2.0, 6.0]), weight, FitContext())
    classifier.fit(TABLE, np.array([0, 0, 1]), weight, FitContext())
    mean, shares = (3.0, [2 / 3, 1 / 3, 0]) if weight is None else (4.5, [1 / 3, 2 / 3, 0])
    assert regressor.predict(TABLE).tolist() == [mean] * 3
    assert classifier.predict(TABLE) == pytest.approx(np.tile(shares, (3, 1)))


def test_no_rows_in_no_rows_out() -> None:
    empty = TABLE.take(np.array([], dtype=int))
    constant = Constant(2)
    constant.fit(TABLE, np.array([0, 1, 1]), None, FitContext())
    assert EnsemblePredictor([(1.0, [constant])]).predict(empty).shape == (0, 2)


def test_survives_pickling() -> None:
    constant = Constant(2)
    constant.fit(TABLE, np.array([0, 1, 1]), None, FitContext())
    predictor = EnsemblePredictor([(1.0, [constant])], np.array([1.0, 2.0]))
    again = pickle.loads(pickle.dumps(predictor))
    assert again.predict(TABLE).tolist() == predictor.predict(TABLE).tolist()
    assert again.decision.tolist() == [1.0, 2.0]


@dataclass
class Repeats:
    """A learner that predicts what one of its columns says."""

    column: int

    def fit(self, X: Table, y: Any, sample_weight: Any, context: FitContext) -> None: ...

    def predict(self, X: Table) -> Any:
        return X.numeric[:, self.column]


def test_stacked_members_see_what_their_base_predicts_after_the_columns_of_the_table() -> None:
    first, second = [Fixed(np.array([1.0, 2.0, 3.0])), Fixed(np.array([3.0, 4.0, 5.0]))], [Fixed(np.full(3, 10.0))]
    stacked = [(0.5, [Repeats(2)]), (0.25, [Repeats(3)])]
    predictor = EnsemblePredictor([(0.25, first), (0.0, second)], stacked=stacked, base=[1, 0])
    mean = np.array([2.0, 3.0, 4.0])
    assert predictor.predict(TABLE).tolist() == (0.25 * mean + 0.5 * 10.0 + 0.25 * mean).tolist()


def test_of_probabilities_the_first_class_says_nothing_new() -> None:
    shares = np.array([[0.5, 0.2, 0.3]] * 3)
    stacked = [(1.0, [Widths()])]
    given = EnsemblePredictor([(0.0, [Fixed(shares)])], stacked=stacked, base=[0]).predict(TABLE)
    assert given[0].tolist() == pytest.approx([0.2, 0.3, 0.5])


class Widths:
    """Predicts the last two columns of a table of four, and what is left."""

    def fit(self, X: Table, y: Any, sample_weight: Any, context: FitContext) -> None: ...

    def predict(self, X: Table) -> Any:
        assert X.numeric.shape == (3, 4)
        return np.column_stack([X.numeric[:, 2:], 1 - X.numeric[:, 2:].sum(axis=1)])
