from __future__ import annotations

from typing import Any

import pytest

from automl.populate.faithful import (
    Unfaithful,
    check,
    defaults_at,
    flag,
    integer,
    number,
    real,
    rounded,
    word,
)

DEFAULTS: Any = (((0, 0), {"a": 1, "b": "x"}), ((0, 22), {"a": 2}), ((1, 1), {"b": "y"}))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((0, 18), {"a": 1, "b": "x"}),
        ((0, 22), {"a": 2, "b": "x"}),
        ((1, 0), {"a": 2, "b": "x"}),
        ((1, 10), {"a": 2, "b": "y"}),
    ],
)
def test_defaults_hold_from_their_version_on(version: tuple[int, int], expected: dict[str, Any]) -> None:
    assert defaults_at(DEFAULTS, version) == expected


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"depth": 3}, "depth of Tree is other than null, which ours has fixed"),
        ({"share": True}, "share of Tree is other than 0.0, which ours has fixed"),
        ({"flag": 1}, "flag of Tree is other than true, which ours has fixed"),
        ({"colour": None}, "colour of Tree is not known here"),
    ],
)
def test_what_is_not_as_ours_is_named(given: dict[str, Any], why: str) -> None:
    fixed: Any = {"depth": (None,), "share": (0.0,), "flag": (True,)}
    check("Tree", {"n": 9, "seed": 4, "depth": None, "share": 0}, known=("n",), fixed=fixed, ignored=("seed",))
    with pytest.raises(Unfaithful) as caught:
        check("Tree", given, known=("n",), fixed=fixed, ignored=("seed",))
    assert str(caught.value) == why


@pytest.mark.parametrize("read", [number, integer, real])
@pytest.mark.parametrize("value", [None, True, "3", [3], {}, 10**400])
def test_what_is_no_finite_number_is_refused(read: Any, value: Any) -> None:
    with pytest.raises(Unfaithful, match=r"^x is not a (finite )?number"):
        read({"x": value}, "x")


def test_numbers_words_and_flags_are_read() -> None:
    given: Any = {"x": 3.0, "third": 1 / 3, "word": "gini", "flag": False}
    assert number(given, "x") == 3.0 and integer(given, "x") == 3 and isinstance(integer(given, "x"), int)
    assert real(given, "third") == 0.333333 == rounded(1 / 3)
    assert word(given, "word") == "gini" and flag(given, "flag") is False
    for read, name, why in ((integer, "third", "whole"), (word, "x", "word"), (flag, "x", "neither")):
        with pytest.raises(Unfaithful, match=why):
            read(given, name)
