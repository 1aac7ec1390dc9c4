"""Copies of rows and weights say the same, and lead to the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.estimator_checks import (
    check_sample_weight_equivalence_on_dense_data,
    check_sample_weight_equivalence_on_sparse_data,
)

from automl import canonical
from automl.canonical import canonical_rows, canonicalise
from automl.dataset import Dataset, load_dataset
from automl.table import Table


def table_of(numeric, codes=None) -> Table:
    numeric = np.asarray(numeric, dtype=np.float64)
    codes = np.zeros((len(numeric), 0), dtype=np.int32) if codes is None else np.asarray(codes, dtype=np.int32)
    return Table(numeric, codes, tuple(codes.max(axis=0, initial=0) + 1))


def rows_of(dataset: Dataset) -> list[tuple[float, ...]]:
    return list(map(tuple, np.column_stack([dataset.table.numeric, dataset.table.codes, dataset.y])))


def same(one: Dataset, other: Dataset) -> bool:
    weights = (one.sample_weight is None) == (other.sample_weight is None)
    if weights and one.sample_weight is not None:
        weights = np.array_equal(one.sample_weight, other.sample_weight)
    return weights and rows_of(one) == rows_of(other)


RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.arange(40) % 3


def test_plain_rows_stay_as_they_are():
    dataset = load_dataset(X, Y)
    assert canonical_rows(dataset.table, dataset.y) is None
    found, splits = canonicalise(dataset)
    assert splits is None
    assert rows_of(found) == rows_of(dataset)
    assert found.sample_weight is None


@pytest.mark.parametrize("weight", [1, 0.25, 7])
def test_equal_weights_are_no_weights(weight):
    found, _ = canonicalise(load_dataset(X, Y, sample_weight=np.full(40, weight)))
    assert found.sample_weight is None
    assert sorted(rows_of(found)) == sorted(rows_of(load_dataset(X, Y)))


@pytest.mark.parametrize("most", [2, 3, 5])
def test_weights_equal_copies(most):
    weights = RNG.integers(0, most, 40)
    order = RNG.permutation(40)
    repeated, _ = canonicalise(load_dataset(X.repeat(weights, axis=0), Y.repeat(weights)))
    weighted, _ = canonicalise(load_dataset(X[order], Y[order], sample_weight=weights[order]))
    if most > 2:
        assert same(repeated, weighted)
    else:  # weights of 0 and 1 leave no copies, and rows keep their order
        assert sorted(rows_of(repeated)) == sorted(rows_of(weighted))


def test_few_copies_stay_rows_and_many_become_weights():
    few = np.ones(40, dtype=int)
    few[:4] = 2
    dataset = load_dataset(X.repeat(few, axis=0), Y.repeat(few))
    found, _ = canonicalise(dataset)
    assert found.sample_weight is None
    assert sorted(rows_of(found)) == sorted(rows_of(dataset))
    assert same(found, canonicalise(load_dataset(X, Y, sample_weight=few))[0])
    many = few + np.arange(40) % 3
    found, _ = canonicalise(load_dataset(X.repeat(many, axis=0), Y.repeat(many)))
    assert len(found) == 40
    assert found.sample_weight.mean() == pytest.approx(1)
    expected = dict(zip(X[:, 0].tolist(), many / many.mean(), strict=True))
    assert found.sample_weight == pytest.approx([expected[x] for x in found.table.numeric[:, 0]])


def test_fractions_are_added_up():
    found, _ = canonicalise(load_dataset([[0.5], [1.5], [0.5]], ["a", "b", "a"], sample_weight=[0.5, 1.0, 2.5]))
    assert sorted(zip(found.table.numeric.ravel(), found.sample_weight, strict=True)) == [(0.5, 1.5), (1.5, 0.5)]


def test_the_order_depends_on_content_only():
    frame = pd.DataFrame({"n": X[:, 0], "g": RNG.choice(["u", "v", None], 40)})
    frame.loc[::5, "n"] = np.nan
    weights = RNG.random(40)
    one, _ = canonicalise(load_dataset(frame, Y, sample_weight=weights))
    order = RNG.permutation(40)
    other, _ = canonicalise(load_dataset(frame.iloc[order], Y[order], sample_weight=weights[order]))
    assert np.array_equal(rows_of(one), rows_of(other), equal_nan=True)
    assert one.sample_weight == pytest.approx(other.sample_weight)
    assert [tuple(frame.iloc[r].fillna("")) for r in one.source_rows] == [
        tuple(frame.iloc[order[r]].fillna("")) for r in other.source_rows
    ]


@pytest.mark.parametrize("different", ["X", "code", "y", "signature"])
def test_rows_that_differ_anywhere_are_no_copies(different):
    numeric, codes, y, signature = np.full((2, 2), 0.5), np.zeros((2, 1)), np.zeros(2), np.zeros(2, dtype=np.uint64)
    assert len(canonical_rows(table_of(numeric, codes), y, None, signature).indices) == 1
    changed = {"X": numeric, "code": codes, "y": y, "signature": signature}[different]
    changed[-1] = 1
    assert canonical_rows(table_of(numeric, codes), y, None, signature) is None


def test_missing_values_and_zeros_of_both_signs_are_equal():
    table = table_of([[0.5, np.nan, 0.0], [0.5, -np.nan, -0.0]])
    assert canonical_rows(table, np.zeros(2)).weights.tolist() == [2.0]


def test_coinciding_rows_without_a_continuous_column_stay():
    assert canonical_rows(table_of([[1, 2], [1, 2], [np.nan, 2]]), np.zeros(3)) is None


def test_coinciding_rows_of_a_few_prices_stay():
    """A grid of prices is bought from again and again: those rows are observations, not copies."""
    prices = np.random.default_rng(0).integers(0, 8, size=(300, 2)) / 10 + 5
    assert canonical_rows(table_of(prices), np.arange(300) % 2) is None
    told_apart = np.column_stack([prices, np.random.default_rng(1).normal(size=300)])
    doubled = table_of(np.tile(told_apart, (2, 1)))
    assert len(canonical_rows(doubled, np.tile(np.arange(300) % 2, 2)).indices) == 300


def test_large_tables_stay(monkeypatch):
    table = table_of([[0.5], [0.5]])
    assert canonical_rows(table, np.zeros(2)) is not None
    monkeypatch.setattr(canonical, "MAX_ROWS", 1)
    assert canonical_rows(table, np.zeros(2)) is None


def test_groups_keep_copies_apart():
    found, _ = canonicalise(load_dataset(np.tile(X, (2, 1)), np.tile(Y, 2), groups=np.repeat(["a", "b"], 40)))
    assert len(found) == 80
    found, _ = canonicalise(load_dataset(np.tile(X, (2, 1)), np.tile(Y, 2), groups=np.tile(np.arange(40), 2)))
    assert len(found) == 40
    assert len(np.unique(found.groups)) == 40


def test_sparse_rows():
    dense = sparse.random_array((4000, 3000), density=0.002, format="csr", random_state=0)
    counts = 1 + np.arange(4000) % 2
    rows = np.repeat(np.arange(4000), counts)
    y = np.arange(4000) % 2
    repeated, _ = canonicalise(load_dataset(dense[rows], y[rows]))
    weighted, _ = canonicalise(load_dataset(dense, y, sample_weight=counts))
    assert 3900 < len(repeated) == len(weighted) < 4000  # a few rows without any value are copies too
    assert (repeated.table.numeric != weighted.table.numeric).nnz == 0
    assert np.array_equal(repeated.sample_weight, weighted.sample_weight)


class TestSplits:
    weights = np.arange(40) % 3
    splits = ((np.arange(20), np.arange(20, 40)), (np.arange(20, 40), np.arange(20)))

    def test_lead_to_the_same_rows(self):
        found, splits = canonicalise(load_dataset(X, Y, sample_weight=self.weights), self.splits)
        assert len(splits) == 2
        for (train, test), (old_train, old_test) in zip(splits, self.splits, strict=True):
            for new, old in ((train, old_train), (test, old_test)):
                expected = set(old[self.weights[old] > 0])
                assert set(found.source_rows[new]) == expected
            assert not set(train) & set(test)

    def test_keep_copies_of_different_folds_apart(self):
        doubled = np.tile(X, (2, 1)), np.tile(Y, 2)
        halves = [(np.arange(40), np.arange(40, 80)), (np.arange(40, 80), np.arange(40))]
        found, splits = canonicalise(load_dataset(*doubled), halves)
        assert len(found) == 80
        assert [len(part) for split in splits for part in split] == [40] * 4
        everywhere = [(np.arange(80), np.arange(80))]
        found, splits = canonicalise(load_dataset(*doubled), everywhere)
        assert len(found) == 40
        assert [len(part) for part in splits[0]] == [40, 40]

    def test_unweighted_rows_keep_their_splits(self):
        _, splits = canonicalise(load_dataset(X, Y), self.splits)
        for new, old in zip(splits, self.splits, strict=True):
            assert np.array_equal(new[0], old[0])
            assert np.array_equal(new[1], old[1])

    def test_rows_counted_from_the_end(self):
        _, splits = canonicalise(load_dataset(X, Y), [(np.arange(30), [-1, -2])])
        assert splits[0][1].tolist() == [38, 39]

    @pytest.mark.parametrize(
        ("split", "message"),
        [
            (([0, 1], [40]), "split 0 names rows that do not exist; X has 40 rows"),
            (([0.5], [1]), "split 0 must hold row numbers"),
            (([True, False], [1]), "split 0 must hold row numbers"),
            (([1], [0, 3]), "split 0 has no row of positive weight to test on"),
            (([], [1]), "split 0 has no row of positive weight to train on"),
        ],
    )
    def test_that_cannot_be_used(self, split, message):
        with pytest.raises(ValueError, match=message):
            canonicalise(load_dataset(X, Y, sample_weight=self.weights), [split])


class _Composed(BaseEstimator):
    """The smallest estimator that goes through the door."""

    def __init__(self, cv=None):
        self.cv = cv

    def fit(self, X, y, sample_weight=None):
        dataset = load_dataset(X, y, problem=self.problem, sample_weight=sample_weight)
        dataset, splits = canonicalise(dataset, self.cv)
        self.encoder_, self.classes_ = dataset.encoder, dataset.classes
        self.models_ = []
        for train, _ in splits:
            weights = None if dataset.sample_weight is None else dataset.sample_weight[train]
            self.models_.append(self.learner().fit(dataset.table.numeric[train], dataset.y[train], weights))
        return self

    def predict(self, X):
        found = [model.predict(self.encoder_.transform(X).numeric) for model in self.models_]
        return np.mean(found, axis=0)


class _Classifier(ClassifierMixin, _Composed):
    problem = "classification"

    def learner(self):
        return LogisticRegression()


class _Regressor(RegressorMixin, _Composed):
    problem = "regression"

    def learner(self):
        return Ridge()


@pytest.mark.parametrize("estimator", [_Classifier(), _Regressor()])
@pytest.mark.parametrize(
    "check", [check_sample_weight_equivalence_on_dense_data, check_sample_weight_equivalence_on_sparse_data]
)
def test_checks_of_scikit_learn(estimator, check):
    check(type(estimator).__name__, estimator)
