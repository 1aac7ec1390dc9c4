"""What every algorithm declares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from algorithm_cases import PAIRS, TABLES, case_of, default, made_target, need, sampled
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace, InCondition

from automl.algorithms import ALGORITHMS, FitContext
from automl.task import Problem
from automl.trial import Configuration


def test_names_are_the_keys() -> None:
    assert all(name == algorithm.name for name, algorithm in ALGORITHMS.items())


def check_space(space: ConfigurationSpace) -> None:
    names = set(space)
    for condition in space.conditions:
        parents = [condition.parent]
        assert {parent.name for parent in parents} <= names
        for parent in parents:
            values = condition.values if isinstance(condition, InCondition) else [condition.value]
            assert not isinstance(parent, CategoricalHyperparameter) or set(values) <= set(parent.choices)
    for hyperparameter in space.values():
        assert hyperparameter.legal_value(hyperparameter.default_value)
        lower, upper = getattr(hyperparameter, "lower", None), getattr(hyperparameter, "upper", None)
        if lower is not None:
            assert lower < upper
            assert not hyperparameter.log or lower > 0
        else:
            assert len(set(hyperparameter.choices)) > 1, f"{hyperparameter.name} offers no choice"
    space.get_default_configuration().check_valid_configuration()


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_space_is_sound(name: str, problem: Problem) -> None:
    space = ALGORITHMS[name].space(problem)
    check_space(space)
    assert len(space) >= 4
    for values in [default(ALGORITHMS[name], problem), *sampled(ALGORITHMS[name], problem, 50)]:
        assert Configuration(name, values).id


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_every_hyperparameter_is_read(name: str, problem: Problem) -> None:
    """A declared name that the learner never reads would only blur the search."""

    class Spy(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            read.add(key)
            return super().__getitem__(key)

        def get(self, key: str, fallback: Any = None) -> Any:
            read.add(key)
            return super().get(key, fallback)

        def items(self) -> Any:
            read.update(self)
            return super().items()

    case = case_of(TABLES["mixed"], made_target(problem), problem)
    algorithm = need(name, case)
    read: set[str] = set()
    declared = set(algorithm.space(problem))
    # The second table is past the size where a learner may turn to an approximation.
    many = np.tile(np.arange(len(case.y)), 26)
    for rows, n_sampled in ((np.arange(len(case.y)), 12), (many, 0)):
        for values in [default(algorithm, problem), *sampled(algorithm, problem, n_sampled)]:
            if declared <= read:
                break
            learner: Any = algorithm.build(values, case.shape, 0)
            learner.values = Spy(learner.values)
            learner.fit(case.table.take(rows), case.y[rows], None, FitContext(iterations=0.02))
            learner.predict(case.table)
    assert declared <= read, f"never read: {sorted(declared - read)}"
