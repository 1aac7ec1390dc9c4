from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ConfigSpace import Categorical, Constant, Float, Integer
from ConfigSpace.hyperparameters import BetaIntegerHyperparameter, NormalFloatHyperparameter, OrdinalHyperparameter

from automl.space.column import Column, Columns, declaration

HYPERPARAMETERS: list[Any] = [
    Float("x", (-2.0, 5.0)),
    Float("rate", (1e-5, 1.0), log=True),
    Integer("n", (3, 9)),
    Integer("rounds", (1, 500), log=True),
    Categorical("kind", ["a", "b", "c"]),
    Categorical("weighted", ["a", "b", "c"], weights=[0.8, 0.1, 0.1]),
    OrdinalHyperparameter("size", [1, 2, 4, 8]),
    Constant("fixed", 3),
    NormalFloatHyperparameter("normal", mu=0.0, sigma=1.0, lower=-3.0, upper=3.0),
    BetaIntegerHyperparameter("beta", alpha=2, beta=5, lower=1, upper=9),
]
COLUMNS = [Column(hp, i) for i, hp in enumerate(HYPERPARAMETERS)]
NAMES = [hp.name for hp in HYPERPARAMETERS]


def drawn_values(n: int = 3000) -> dict[str, list[Any]]:
    drawn = Columns(COLUMNS).draw(n, np.random.default_rng(0))
    assert drawn.min() >= 0 and drawn.max() <= 1
    return {column.name: column.decode(drawn[:, column.index]) for column in COLUMNS}


def test_draws_are_legal_values_of_the_declared_distribution() -> None:
    values = drawn_values()
    for column in COLUMNS:
        assert all(column.hp.legal_value(value) for value in values[column.name][:200])
    assert np.mean(values["x"]) == pytest.approx(1.5, abs=0.15)
    assert np.log10(values["rate"]).mean() == pytest.approx(-2.5, abs=0.1)
    n, counts = np.unique(values["n"], return_counts=True)
    assert n.tolist() == list(range(3, 10)) and counts.min() > 0.8 * 3000 / 7
    assert np.mean(np.array(values["rounds"]) <= 22) == pytest.approx(0.5, abs=0.06)
    assert np.mean(np.array(values["weighted"]) == "a") == pytest.approx(0.8, abs=0.04)
    assert np.std(values["normal"]) == pytest.approx(1.0, abs=0.1)
    assert np.mean(np.array(values["beta"]) <= 3) > 0.5


@pytest.mark.parametrize("column", COLUMNS, ids=NAMES)
def test_values_survive_the_unit_cube(column: Column) -> None:
    values = drawn_values(200)[column.name]
    assert column.decode(column.encode(values)) == values
    assert {type(value) for value in values} <= {int, float, str}
    assert [column.cast(value) for value in values] == values
    assert all(column.why_illegal(value) is None for value in values)


@pytest.mark.parametrize("column", COLUMNS, ids=NAMES)
def test_steps_are_legal_and_go_somewhere_else(column: Column) -> None:
    rng = np.random.default_rng(0)
    old = Columns(COLUMNS).draw(300, rng)
    moved = Columns(COLUMNS).step(old, 0.1, rng)
    before, after = (column.decode(units[:, column.index]) for units in (old, moved))
    assert all(column.why_illegal(value) is None for value in after)
    if column.name != "fixed":
        same = np.mean([a == b for a, b in zip(before, after, strict=True)])
        assert same == 0


def test_small_steps_of_integers_reach_the_next_level_not_further() -> None:
    rng = np.random.default_rng(0)
    old = np.repeat(COLUMNS[2].encode([6])[:, None], 100, axis=0)
    assert set(COLUMNS[2].decode(Columns([COLUMNS[2]]).step(old, 1e-6, rng)[:, 0])) == {5, 7}


def test_levels_list_all_values() -> None:
    assert COLUMNS[2].decode(COLUMNS[2].levels()) == list(range(3, 10))
    assert COLUMNS[6].decode(COLUMNS[6].levels()) == [1, 2, 4, 8]
    assert len(COLUMNS[3].levels()) == 500


def test_declarations_tell_everything_but_the_default_when_asked() -> None:
    assert declaration(Float("x", (0.0, 1.0), default=0.1)) != declaration(Float("x", (0.0, 1.0), default=0.2))
    shared = [declaration(Float("x", (0.0, 1.0), default=d), with_default=False) for d in (0.1, 0.2)]
    assert shared[0] == shared[1]
    assert len({declaration(hp) for hp in HYPERPARAMETERS}) == len(HYPERPARAMETERS)
