"""What a column is taken for."""

from __future__ import annotations

import numpy as np
import pytest

from automl.encoding.columns import Labels, Moments, Numbers, factorised
from automl.encoding.kinds import Dropped, choose

RNG = np.random.default_rng(0)
WORDS = np.array(["red", "old", "long", "house", "tree", "road", "stone", "light", "storm", "field"])


def sentences(n: int, words: int) -> list[str]:
    return [" ".join(RNG.choice(WORDS, words)) for _ in range(n)]


CASES = {
    "few texts": (["a", "b"] * 50, "categorical"),
    "forty texts": ([f"t{k % 40}" for k in range(100)], "categorical"),
    "many that repeat": ([f"t{k % 100}" for k in range(1000)], "categorical"),
    "many that seldom repeat": ([f"t{k // 2 if k < 300 else k}" for k in range(500)], "identifier"),
    "sentences": (sentences(300, 6), "text"),
    "few distinct sentences": (sentences(60, 6) * 20, "categorical"),
    "two words": ([f"{a} {b}{c}" for a in WORDS for b in WORDS for c in "xyz"], "text"),
    "digits": ([str(k % 50) for k in range(100)], "numeric"),
    "digits, one word": ([str(k % 50) for k in range(100)] + ["unknown"], "numeric"),
    "digits, many words": ([str(k % 50) for k in range(100)] + ["lots"] * 20, "identifier or categorical"),
    "words for missing": (["NA", "?", "n/a", "1", "2"] * 10, "numeric"),
    "only words for missing": (["NA", "?", "n/a"] * 10, "categorical"),
    "postcodes": (["01234", "98765", "00501"] * 10, "categorical"),
    "small fractions": (["0.5", "00.25", "1"] * 5, "numeric"),
    "dates": ([f"2020-01-{k % 28 + 1:02}" for k in range(100)], "datetime"),
    "truth": (["True", "False", "False"], "numeric"),
}


@pytest.mark.parametrize("name", CASES)
def test_kinds_of_texts(name):
    cells, expected = CASES[name]
    kind, encoder = choose(factorised(np.array(cells, dtype=object)))
    assert kind in expected
    assert len(encoder.encode(factorised(np.array(cells, dtype=object)))) == len(cells)


def test_declared_categories_are_not_looked_into():
    assert choose(Labels(np.arange(3), ["1", "2", "3"], declared=True))[0] == "categorical"


def test_names_that_never_repeat_are_dropped():
    assert choose(factorised(np.array([f"k{k}" for k in range(100)], dtype=object))) == Dropped(
        "identifier that never repeats"
    )


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (Numbers(np.array([np.nan, np.inf])), "all missing"),
        (Moments(np.array([np.nan])), "all missing"),
        (Moments(np.array([5.0, 5.0])), "constant"),
        (Labels(np.array([-1, -1]), []), "all missing"),
        (Labels(np.array([0, 0]), ["a"]), "constant"),
        (Labels(np.array([0, 1]), ["1", "1.00"]), "constant"),
    ],
)
def test_columns_that_tell_nothing(column, reason):
    assert choose(column) == Dropped(reason)


def test_numbers_and_booleans():
    assert choose(Numbers(np.array([1.0, 2.0])))[0] == "numeric"
    assert choose(Numbers(np.array([1.0, 0.0]), is_boolean=True))[0] == "boolean"
