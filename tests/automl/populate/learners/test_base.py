"""What holds for every translator, checked against the scikit-learn that is installed."""

from __future__ import annotations

from typing import Any

import pytest
from published_learners import space_for
from sklearn.utils import all_estimators

from automl.populate.faithful import Unfaithful, defaults_at
from automl.populate.learners.absent import ABSENT
from automl.populate.learners.base import Setting
from automl.populate.sizes import Sizes
from automl.populate.steps import Preparation
from automl.populate.translation import TRANSLATORS

LATEST = (99, 0)
ESTIMATORS = dict(all_estimators())


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", TRANSLATORS)
def test_every_parameter_of_the_class_is_read_fixed_or_ignored(name: str) -> None:
    translator = TRANSLATORS[name]
    read = defaults_at(translator.defaults, LATEST)
    parameters = ESTIMATORS[name]().get_params()
    groups = [set(read), set(translator.fixed), set(translator.ignored)]
    assert set(parameters) <= set.union(*groups)
    assert sum(map(len, groups)) == len(set.union(*groups))


@pytest.mark.parametrize("name", TRANSLATORS)
def test_defaults_are_those_of_the_class(name: str) -> None:
    translator = TRANSLATORS[name]
    read = defaults_at(translator.defaults, LATEST)
    for parameter, value in ESTIMATORS[name]().get_params().items():
        if parameter in read:
            assert read[parameter] == plain(value), parameter
        if parameter in translator.fixed:
            assert translator.fixed[parameter][0] == value, parameter


@pytest.mark.parametrize("name", TRANSLATORS)
def test_changes_of_defaults_stand_in_order(name: str) -> None:
    versions = [version for version, _ in TRANSLATORS[name].defaults]
    assert versions[0] == (0, 0) and versions == sorted(set(versions))


@pytest.mark.parametrize("name", TRANSLATORS)
def test_the_algorithm_serves_the_problems(name: str) -> None:
    for problem in TRANSLATORS[name].problems:
        assert TRANSLATORS[name].algorithm in space_for(problem).algorithms


def test_absent_learners_are_scikit_learns_and_have_no_translator() -> None:
    experimental = {"HalvingRandomSearchCV", "HalvingGridSearchCV"}
    assert set(ABSENT) <= set(ESTIMATORS) | experimental
    assert not set(ABSENT) & set(TRANSLATORS)


def test_a_setting_says_what_it_needs_to_know() -> None:
    unknown = Setting({}, "binary", Preparation(), None)
    with pytest.raises(Unfaithful, match="gamma depends on sizes of the table that are not known"):
        unknown.known_sizes("gamma")
    known = Setting({}, "binary", Preparation(), Sizes(100, 3))
    known.needs_rows(50, "batch_size")
    with pytest.raises(Unfaithful, match="batch_size is too large for so few rows"):
        known.needs_rows(51, "batch_size")
