"""Configuration, Fidelity, Trial, Outcome: equal where they should be, impossible where they should not be."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.trial import Configuration, Fidelity, Outcome, Status, Trial, Value

VALUES = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)),
    max_size=6,
)


@given(values=VALUES, order=st.randoms())
def test_the_order_of_values_does_not_matter(values: dict[str, Value], order: Any) -> None:
    shuffled = list(values.items())
    order.shuffle(shuffled)
    a, b = Configuration("knn", values), Configuration("knn", dict(shuffled))
    assert a == b
    assert hash(a) == hash(b)
    assert a.id == b.id
    assert json.loads(a.canonical_json) == ["knn", values]


@given(first=VALUES, second=VALUES)
def test_other_values_are_another_configuration(first: dict[str, Value], second: dict[str, Value]) -> None:
    a, b = Configuration("knn", first), Configuration("knn", second)
    assert (a == b) == (a.canonical_json == b.canonical_json) == (a.id == b.id)


def test_algorithm_and_type_of_a_value_are_part_of_a_configuration() -> None:
    one = Configuration("knn", {"k": 1})
    assert one not in {
        Configuration("svm", {"k": 1}),
        Configuration("knn", {"k": True}),
        Configuration("knn", {"k": "1"}),
    }
    assert one != ("knn", {"k": 1})


def test_the_id_is_the_same_in_every_version() -> None:
    """Stored results are found again by it."""
    assert Configuration("knn", {"weights": "distance", "n_neighbors": 5}).id == "b21df1d1a8019252"


def test_values_are_copied_and_read_only() -> None:
    given_values: dict[str, Value] = {"k": 1}
    configuration = Configuration("knn", given_values)
    given_values["k"] = 2
    assert configuration.values["k"] == 1
    with pytest.raises(TypeError):
        configuration.values["k"] = 3  # type: ignore[index]
    again = pickle.loads(pickle.dumps(configuration))
    assert again == configuration
    assert again.id == configuration.id
    with pytest.raises(TypeError):
        again.values["k"] = 3


@pytest.mark.parametrize("bad", [{"folds": 0}, {"folds": 1, "rows": 0.0}, {"folds": 1, "rows": 1.1},
                                 {"folds": 1, "iterations": -0.5}, {"folds": 1, "iterations": math.nan}])  # fmt: skip
def test_impossible_fidelities(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="folds >= 1 and shares"):
        Fidelity(**bad)


def test_a_trial_travels_to_a_worker() -> None:
    trial = Trial(3, Configuration("knn", {"k": 1}), Fidelity(2, rows=0.5), seed=7, origin="warm")
    assert pickle.loads(pickle.dumps(trial)) == trial


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("loss", [0.5, -3.0, math.nan, math.inf])
def test_a_loss_is_finite_exactly_if_ok(status: Status, loss: float) -> None:
    if (status is Status.OK) == math.isfinite(loss):
        assert Outcome(status, loss, 1.0).ok == (status is Status.OK)
    else:
        with pytest.raises(ValueError, match="finite exactly when status is ok"):
            Outcome(status, loss, 1.0)


def test_a_failed_outcome_keeps_what_is_known() -> None:
    outcome = Outcome.failed(Status.MEMORY, "MemoryError: no room", 2.0, peak_mb=900.0, fold_losses=(0.5,))
    assert not outcome.ok
    assert math.isnan(outcome.loss)
    assert (outcome.status, outcome.peak_mb, outcome.fold_losses) == (Status.MEMORY, 900.0, (0.5,))
    assert outcome.error == "MemoryError: no room"
    assert pickle.loads(pickle.dumps(outcome)).fold_losses == (0.5,)


def test_failures_of_one_kind_are_equal_though_their_losses_are_no_numbers() -> None:
    first, second = (Outcome.failed(Status.CRASH, "no", 1.0) for _ in range(2))
    assert first == second
    assert first != Outcome.failed(Status.CRASH, "yes", 1.0)
    assert first != "no"
    assert Outcome(Status.OK, 0.1, 1.0) != Outcome(Status.OK, 0.2, 1.0)
    assert Outcome(Status.OK, 0.1, 1.0) == Outcome(Status.OK, 0.1, 1.0)


def test_a_base_makes_another_configuration_and_goes_along() -> None:
    plain = Configuration("knn", {"k": 5})
    one, other = (Configuration("knn", {"k": 5}, base) for base in (("a", "b"), ("b", "a")))
    assert len({plain, one, other}) == len({plain.id, one.id, other.id}) == 3
    assert pickle.loads(pickle.dumps(one)).base == ("a", "b")
    assert pickle.loads(pickle.dumps(one)) == one
