from __future__ import annotations

import pytest

from automl.cli.kb.current_space import check_space, why_outdated
from automl.recording import ENSEMBLE

OLD = {"configuration_id": "old", "algorithm": "knn", "configuration": {"n_neighbors": -5}}
FOREIGN = {"configuration_id": "foreign", "algorithm": "sklearn.svm.SVC", "configuration": {"C": [1, {"a": None}]}}


def test_what_does_not_fit_is_counted_by_algorithm(fill, store, spaces):
    fill(store, "c1", OLD, OLD | {"configuration_id": "older"}, FOREIGN)
    fill(store, "c2", OLD)
    check = check_space(store, spaces)
    assert (check.n_configurations, check.n_examined, check.n_outcomes) == (5, 5, 10)
    assert (check.n_outdated, check.n_outdated_outcomes, check.is_sample) == (3, 4, False)
    assert check.outdated[["algorithm", "n_configurations", "n_outcomes"]].to_numpy().tolist() == [
        ["knn", 2, 3],
        ["sklearn.svm.SVC", 1, 1],
    ]
    assert check.outdated["example"][1] == "unknown algorithm sklearn.svm.SVC"


def test_all_fit_that_the_space_gave(store, spaces):
    check = check_space(store, spaces)
    assert (check.n_outdated, check.n_outdated_outcomes) == (0, 0)
    assert check.outdated.empty


def test_an_ensemble_is_no_configuration_of_an_algorithm(fill, store, spaces):
    fill(store, "c1", OLD, {"configuration_id": "e", "algorithm": ENSEMBLE, "configuration": {"old": 1.0}})
    assert check_space(store, spaces).outdated["algorithm"].tolist() == ["knn"]


def test_of_many_a_random_sample_is_examined(fill, store, spaces):
    fill(store, "c1", *[OLD | {"configuration_id": f"old{i}"} for i in range(198)])
    check = check_space(store, spaces, most_examined=100)
    assert (check.n_configurations, check.n_examined, check.is_sample) == (200, 100, True)
    assert 98 <= check.n_outdated <= 100
    assert check_space(store, spaces, most_examined=100).outdated.equals(check.outdated)


def test_a_configuration_is_held_against_the_space_of_its_task(fill, store, spaces):
    default = spaces["regression"].default("lightgbm")
    regression = {"configuration_id": "r", "algorithm": "lightgbm", "configuration": dict(default.values)}
    fill(store, "c1", regression, task_type="regression")
    assert check_space(store, spaces).n_outdated == 0
    fill(store, "c2", regression, task_type="binary")
    check = check_space(store, spaces)
    assert (check.n_outdated, check.n_outdated_outcomes) == (1, 1)


@pytest.mark.parametrize("values", ["{}", '{"n_neighbors": [1]}', '{"weights": {}}', "[1, 2]", "{", "3"])
def test_no_stored_values_break_the_count(spaces, values):
    row = {"task_type": "binary", "algorithm": "knn", "configuration": values}
    assert why_outdated(row, spaces)
