from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from automl.preprocessing import Preprocessor
from automl.table import Table

# Learners silence these around all of preprocessing.
pytestmark = pytest.mark.filterwarnings("ignore:Features:UserWarning", "ignore:.*in divide:RuntimeWarning")

RNG = np.random.default_rng(0)
N = 80


def table_of(kind: str) -> Table:
    numeric: Any = RNG.normal(size=(N, 3))
    numeric[RNG.random((N, 3)) < 0.2] = np.nan
    numeric[:, 2] = np.nan
    codes = np.column_stack([RNG.integers(-1, 4, N), RNG.integers(-1, 60, N)]).astype(np.int32)
    if kind == "sparse":
        numeric = sparse.csr_array(sparse.random(N, 6, 0.3, random_state=0))
    if kind == "numbers":
        codes = codes[:, :0]
    if kind == "categories":
        numeric = numeric[:, :0]
    return Table(numeric, codes, (4, 60)[: codes.shape[1]])


def values_of(**steps: str) -> dict[str, str | float]:
    plain = {"encoding": "onehot", "imputation": "median", "scaling": "standard", "selection": "none"}
    return {**plain, "selection_share": 0.4, **steps}


VARIANTS = [
    *({"encoding": e} for e in ("onehot", "target", "ordinal")),
    *({"imputation": i} for i in ("mean", "most_frequent", "median_indicator")),
    *({"scaling": s} for s in ("none", "robust", "quantile", "minmax")),
    *({"selection": s} for s in ("f_score", "variance")),
]


@pytest.mark.parametrize("n_classes", [0, 2, 3])
@pytest.mark.parametrize("steps", VARIANTS, ids=lambda steps: "-".join(*steps.items()))
@pytest.mark.parametrize("kind", ["mixed", "sparse", "numbers", "categories"])
def test_matrix_is_whole_for_every_table(kind: str, steps: dict[str, str], n_classes: int) -> None:
    table = table_of(kind)
    y = RNG.integers(0, n_classes, N) if n_classes else RNG.normal(size=N)
    preprocessor = Preprocessor(values_of(**steps), n_classes, seed=1)
    train = preprocessor.fit_transform(table, y, None)
    again = pickle.loads(pickle.dumps(preprocessor)).transform(table)
    assert train.shape == again.shape
    assert train.shape[1] >= 1
    assert sparse.issparse(train) == sparse.issparse(again) == (kind == "sparse")
    for X in (train, again):
        assert np.isfinite(X.data if sparse.issparse(X) else X).all()
    if steps.get("encoding") == "ordinal":  # the others encode training rows by the other folds
        assert abs(train - again).max() < 1e-12


def test_steps_that_are_not_named_are_left_out() -> None:
    table = Table(np.array([[np.nan], [2.0]]), np.array([[1], [-1]], dtype=np.int32), (2,))
    X = Preprocessor({}, 0, seed=0).fit_transform(table, np.zeros(2), None)
    np.testing.assert_array_equal(X, [[np.nan, 1.0], [2.0, -1.0]])


def test_native_codes_stay_out_of_scaling_and_are_named() -> None:
    table = Table(np.array([[1.0], [3.0]]), np.array([[1], [-1]], dtype=np.int32), (2,))
    p = Preprocessor({"encoding": "native", "scaling": "standard"}, 0, seed=0)
    np.testing.assert_array_equal(p.fit_transform(table, np.zeros(2), None), [[-1.0, 1.0], [1.0, np.nan]])
    assert p.categorical_columns == [1]


def test_nothing_is_learned_from_rows_seen_later() -> None:
    table = table_of("mixed")
    train, test = np.arange(50), np.arange(50, N)
    p = Preprocessor(values_of(encoding="target"), 2, seed=0)
    p.fit_transform(table.take(train), RNG.integers(0, 2, 50), None)
    together = p.transform(table.take(test))
    alone = np.vstack([p.transform(table.take(test[i : i + 1])) for i in range(len(test))])
    np.testing.assert_allclose(together, alone)


def test_a_learner_that_needs_dense_gets_dense() -> None:
    table = table_of("sparse")
    X = Preprocessor(values_of(), 2, seed=0, dense=True, dtype="float32").fit_transform(table, np.arange(N) % 2, None)
    assert isinstance(X, np.ndarray)
    assert X.dtype == np.float32


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile", "minmax"])
def test_wide_tables_are_cheap(scaling: str) -> None:
    table = Table(RNG.normal(size=(400, 5_000)), np.empty((400, 0), dtype=np.int32), ())
    p = Preprocessor(values_of(scaling=scaling), 2, seed=0)
    start = time.process_time()
    p.fit_transform(table, np.arange(400) % 2, None)
    p.transform(table.take(np.arange(1)))
    assert time.process_time() - start < 2.5


def test_many_categories_in_many_columns_are_capped() -> None:
    codes = RNG.integers(0, 1_000, (300, 400)).astype(np.int32)
    table = Table(np.empty((300, 0)), codes, (1_000,) * 400)
    for n_classes in (2, 30):
        X = Preprocessor(values_of(onehot_limit=50), n_classes, seed=0).fit_transform(
            table, np.arange(300) % n_classes, None
        )
        assert X.shape[1] <= 8_000
