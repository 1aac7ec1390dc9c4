from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.cli.kb.wording import SHOWN_CHARACTERS, percent, rows_of_tables, seconds, shown, size_of


@given(st.text())
def test_stored_texts_cannot_move_the_cursor(text):
    result = shown(text)
    assert len(result) <= SHOWN_CHARACTERS
    assert result.isprintable()
    assert result == text or len(text) > SHOWN_CHARACTERS or not text.isprintable()


@given(st.floats(0, 1))
def test_only_all_is_all_and_only_nothing_is_nothing(share):
    assert (percent(share) == "100 %") == (share == 1)
    assert (percent(share) == "0 %") == (share == 0)


def test_tables_that_this_version_does_not_know_are_counted_too():
    assert rows_of_tables({"tag": 3, "outcome": 1}) == "1 outcome, 3 tag"


@pytest.mark.parametrize("value", [None, math.nan])
def test_unknown_seconds(value):
    assert seconds(value) == "-"


def test_size_of_a_folder_is_that_of_its_files(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 1_000_000)
    (tmp_path / "b").write_bytes(b"x" * 500_000)
    assert (size_of(tmp_path / "a"), size_of(tmp_path)) == ("1.0 MB", "1.5 MB")
