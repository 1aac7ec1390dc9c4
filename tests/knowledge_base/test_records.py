from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base import InvalidRecord
from knowledge_base.records import canonical_json, key_of, outcome_record, study_record

Make = Callable[..., dict[str, Any]]
_FIXTURES_DO_NOT_CHANGE = settings(suppress_health_check=list(HealthCheck), max_examples=200, deadline=None)


def test_keys_are_positive_and_stay_what_they_are() -> None:
    assert key_of("c0", "binary") == 2178998147937897379
    assert len({key_of("a", "b"), key_of("ab"), key_of("", "ab"), key_of("b", "a")}) == 4


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4))
def test_a_key_fits_a_signed_64_bit_column(parts: list[str]) -> None:
    assert 0 <= key_of(*parts) < 2**63


def test_canonical_json_ignores_the_order_of_keys_and_takes_numpy_scalars() -> None:
    assert canonical_json({"b": np.int64(1), "a": np.float64(0.5), "c": np.bool_(True)}, "x") == (
        '{"a":0.5,"b":1,"c":true}')


@pytest.mark.parametrize("value", [{"a": math.nan}, {"a": math.inf}, {"a": object()}, {"a": np.zeros(2)},
                                   {"a": "\ud800"}, {("a",): 1}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidRecord, match="setting"):
        canonical_json(value, "setting")


def test_an_outcome_survives_json_and_a_second_check(an_outcome: Make) -> None:
    record = outcome_record(an_outcome(3, seconds=np.float32(0.5), seed=np.int64(7)), "roc_auc")
    assert outcome_record(json.loads(json.dumps(record)), "roc_auc") == record
    assert record["seconds"] == 0.5
    assert record["seed"] == 7


@pytest.mark.parametrize(("changes", "message"), [
    ({"loss": None}, "if and only if"),
    ({"loss": math.nan}, "if and only if"),
    ({"loss": math.inf}, "if and only if"),
    ({"status": "crash"}, "if and only if"),
    ({"status": "perfect"}, "expected one of"),
    ({"metric": "accuracy"}, "metric"),
    ({"colour": "red"}, "unknown field of an outcome: colour"),
    ({"algorithm": None}, "missing field of an outcome: algorithm"),
    ({"algorithm": ""}, "empty"),
    ({"algorithm": 3}, "expected text"),
    ({"loss": "0.5"}, "expected a number"),
    ({"seed": 1.5}, "whole number"),
    ({"seed": 2**63}, "64 bits"),
    ({"seconds": -1.0}, "no less than 0"),
    ({"configuration": [1]}, "expected a mapping"),
    ({"configuration": "{"}, "no JSON"),
    ({"fold_losses": 3}, "expected a list"),
    ({"metrics": [1]}, "expected a mapping"),
    ({"fidelity": {"rows": 1}}, "unknown field"),
    ({"is_full_fidelity": "yes"}, "True or False"),
    ({"error": "\udc80"}, "surrogate"),
])
def test_what_contradicts_itself_is_refused(an_outcome: Make, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        outcome_record(an_outcome(**changes), "roc_auc")


@pytest.mark.parametrize(("changes", "message"), [
    ({"task_type": "clustering"}, "expected one of"), ({"content_hash": ""}, "empty"), ({"metric": None}, "metric"),
    ({"n_rows": "many"}, "whole number"),
])
def test_a_task_that_is_none_is_refused(a_task: Make, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        study_record(a_task(**changes), {}, metafeatures_version="1", space_version="1", provenance={})


def test_metafeatures_that_are_no_finite_number_are_left_out(a_task: Make) -> None:
    record = study_record(a_task(), {"a": 1, "b": None, "c": math.nan, "d": math.inf}, metafeatures_version="1",
                          space_version=None, provenance={})
    assert record["metafeatures"] == {"a": 1.0}
    with pytest.raises(InvalidRecord, match="metafeatures_version"):
        study_record(a_task(), {"a": 1}, metafeatures_version=None, space_version=None, provenance={})


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=4)


@_FIXTURES_DO_NOT_CHANGE
@given(st.data())
def test_any_value_in_any_field_is_taken_or_refused_clearly(an_outcome: Make, data: st.DataObject) -> None:
    outcome = an_outcome()
    name = data.draw(st.sampled_from(sorted(outcome)))
    outcome[name] = data.draw(_ANYTHING)
    try:
        record = outcome_record(outcome, "roc_auc")
    except InvalidRecord as error:
        assert str(error)
    else:
        json.dumps(record, allow_nan=False).encode()
