"""Small made tables with everything that a learner may meet, and real ones of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from automl.algorithms import ALGORITHMS, Algorithm, FitContext
from automl.table import Table
from automl.task import Problem, Shape

N_ROWS = 120


@dataclass(frozen=True)
class Case:
    table: Table
    y: Any
    shape: Shape

    def split(self, share: float = 0.7) -> tuple[Any, Any]:
        order = np.random.default_rng(5).permutation(len(self.y))
        cut = int(share * len(order))
        return order[:cut], order[cut:]

    def weighted(self) -> Case:
        return replace(self, shape=replace(self.shape, is_weighted=True))


def case_of(table: Table, y: Any, problem: Problem) -> Case:
    numeric: Any = table.numeric
    shape = Shape(
        problem,
        0 if problem == "regression" else int(y.max()) + 1,
        len(table),
        numeric.shape[1],
        table.codes.shape[1],
        is_sparse=table.is_sparse,
    )
    return Case(table, y, shape)


def no_codes(n_rows: int) -> np.ndarray:
    return np.empty((n_rows, 0), dtype=np.int32)


def mixed_table(rng: np.random.Generator) -> Table:
    numeric = rng.normal(size=(N_ROWS, 5))
    numeric[:, 1] = np.exp(8 * numeric[:, 1])
    numeric[rng.random(numeric.shape) < 0.15] = np.nan
    numeric[:, 3] = 7.0
    numeric[:, 4] = np.nan
    numeric[0, 0] = 1e300
    codes = np.column_stack([rng.integers(-1, 3, N_ROWS), rng.integers(-1, 90, N_ROWS), np.full(N_ROWS, -1)])
    return Table(numeric, codes.astype(np.int32), (3, 90, 2))


def made_tables() -> dict[str, Table]:
    rng = np.random.default_rng(0)
    cells = sparse.random(N_ROWS, 40, 0.1, format="csr", random_state=1)
    two = rng.integers(0, 4, (N_ROWS, 2)).astype(np.int32)
    return {
        "mixed": mixed_table(rng),
        "float32": Table(rng.normal(size=(N_ROWS, 4)).astype(np.float32), two, (4, 4)),
        "sparse": Table(sparse.csr_array(cells), two, (4, 4)),
        "one_column": Table(rng.normal(size=(N_ROWS, 1)), no_codes(N_ROWS), ()),
        "constant": Table(np.full((N_ROWS, 1), 3.0), no_codes(N_ROWS), ()),
        "categories": Table(np.empty((N_ROWS, 0)), two, (4, 4)),
        "wide": Table(rng.normal(size=(N_ROWS, 400)), no_codes(N_ROWS), ()),
    }


def made_target(problem: Problem) -> Any:
    rng = np.random.default_rng(3)
    if problem == "regression":
        return np.exp(4.0 * rng.normal(size=N_ROWS))
    if problem == "binary":
        return (rng.random(N_ROWS) < 0.2).astype(np.int64)
    # Class 2 never occurs among the rows; class 3 once.
    y = rng.choice([0, 1], size=N_ROWS)
    y[7] = 3
    y[-1] = 4
    return y.astype(np.int64)


def real_cases() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    problems: dict[str, tuple[Any, Problem]] = {
        "iris": (load_iris, "multiclass"),
        "wine": (load_wine, "multiclass"),
        "breast_cancer": (load_breast_cancer, "binary"),
        "diabetes": (load_diabetes, "regression"),
    }
    for name, (load, problem) in problems.items():
        X, y = load(return_X_y=True)
        cases[name] = case_of(Table(X, no_codes(len(X)), ()), y, problem)
    return cases


def large_case(problem: Problem, n_rows: int = 20_000, n_columns: int = 20) -> Case:
    rng = np.random.default_rng(8)
    X = rng.normal(size=(n_rows, n_columns))
    signal = X[:, 0] * X[:, 1] + X[:, 2]
    cuts = {"regression": None, "binary": [0.0], "multiclass": [-1.0, 0.0, 1.0]}[problem]
    y = signal if cuts is None else np.digitize(signal, cuts).astype(np.int64)
    return case_of(Table(X, no_codes(n_rows), ()), y, problem)


TABLES = made_tables()
REAL = real_cases()
PAIRS = [(name, problem) for name, a in ALGORITHMS.items() for problem in a.problems]


def default(algorithm: Algorithm, problem: Problem) -> dict[str, Any]:
    return dict(algorithm.space(problem).get_default_configuration())


def sampled(algorithm: Algorithm, problem: Problem, n: int) -> list[dict[str, Any]]:
    space = algorithm.space(problem)
    space.seed(11)
    # Plain values, as the store gives them back. ConfigSpace gives a list only for two and more.
    return [
        {name: value.item() if isinstance(value, np.generic) else value for name, value in dict(c).items()}
        for c in space.sample_configuration(max(2, n))[:n]
    ]


def need(name: str, case: Case) -> Algorithm:
    algorithm = ALGORITHMS[name]
    if reason := algorithm.why_not(case.shape):
        pytest.skip(reason)
    return algorithm


def fitted(algorithm: Algorithm, values: dict[str, Any], case: Case, rows: Any, **options: Any) -> Any:
    weight = options.pop("sample_weight", None)
    learner = algorithm.build(values, case.shape, options.pop("seed", 4))
    learner.fit(case.table.take(rows), case.y[rows], weight, FitContext(**options))
    return learner


def assert_legal(prediction: Any, case: Case, n_rows: int) -> None:
    assert np.isfinite(prediction).all()
    if case.shape.problem == "regression":
        assert prediction.shape == (n_rows,)
        assert prediction.dtype == np.float64
    else:
        assert prediction.shape == (n_rows, case.shape.n_classes)
        assert (prediction >= 0).all()
        np.testing.assert_allclose(prediction.sum(axis=1), 1.0, atol=1e-5)


def loss(case: Case, rows: Any, prediction: Any) -> float:
    y = case.y[rows]
    if case.shape.problem == "regression":
        return float(np.mean((y - prediction) ** 2))
    return float(-np.mean(np.log(np.maximum(prediction[np.arange(len(y)), y], 1e-9))))


def constant_loss(case: Case, train: Any, rows: Any) -> float:
    if case.shape.problem == "regression":
        return loss(case, rows, np.full(len(rows), case.y[train].mean()))
    share = np.bincount(case.y[train], minlength=case.shape.n_classes) / len(train)
    return loss(case, rows, np.tile(share, (len(rows), 1)))
