"""Which column is which."""

from __future__ import annotations

import logging

import pytest

from automl.encoding.matching import match_columns, unique_names


def match(fitted, given, n_fitted=None, n_given=None):
    return match_columns(fitted, given, n_fitted or len(fitted), n_given or len(given), "Model").tolist()


def test_by_position():
    assert match(None, None, 3, 3) == [0, 1, 2]
    assert match(["a", "b"], None, 2, 2) == [0, 1]
    with pytest.raises(ValueError, match="X has 1 features, but Model is expecting 2 features as input"):
        match(None, ["a"], 2, 1)


def test_by_name(caplog):
    assert match(["a", "b"], ["b", "a"]) == [1, 0]
    with caplog.at_level(logging.WARNING):
        assert match(["a", "b"], ["c", "b", "a"]) == [2, 1]
    assert "left out: c" in caplog.text


def test_columns_of_one_name_keep_their_order():
    assert match(["a", "a", "b"], ["b", "a", "a"]) == [1, 2, 0]
    with pytest.raises(ValueError, match=r"now missing:\n- a.1"):
        match(["a", "a"], ["a", "c"])


def test_missing_columns_are_named():
    with pytest.raises(ValueError) as caught:
        match([f"c{k}" for k in range(8)], ["c0", "x", "y"])
    message = str(caught.value)
    assert "The feature names should match those that were passed during fit." in message
    assert "unseen at fit time:\n- x\n- y\n" in message
    assert message.endswith("yet now missing:\n- c1\n- c2\n- c3\n- c4\n- c5\n- ...\n")


@pytest.mark.parametrize("names", [["a", "a", "a.1"], ["a.1", "a", "a"], ["", "", ""], ["a", "a", "a.1", "a.1"]])
def test_unique_names(names):
    found = unique_names(names)
    assert len(set(found)) == len(names)
    assert found[0] == names[0]
