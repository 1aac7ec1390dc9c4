"""Needs and their reasons."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared

from metafeatures.feature import Feature


def half_of_nothing(t: object) -> float:
    """Half of nothing,
    in two lines.

    More that is not part of the formula.
    """
    return 0.0


def test_name_and_formula_come_from_the_function() -> None:
    feature = Feature(half_of_nothing, "a paper")
    assert feature.name == "half_of_nothing"
    assert feature.formula == "Half of nothing, in two lines."


@pytest.mark.parametrize(
    ("needs", "y", "reason"),
    [
        (("classification",), [0.5, 1.5, 2.5, 3.5], "defined for classification only"),
        (("two per class",), [0.5, 1.5, 2.5, 3.5], "defined for classification only"),
        (("regression",), [0, 1, 0, 1], "defined for regression only"),
        (("two classes",), [1, 1, 1, 1], "fewer than two classes"),
        (("two per class",), [0, 1, 1, 1], "a class with a single row"),
        (("numeric", "categorical"), [0, 1, 0, 1], "no categorical columns"),
        (("two numeric",), [0, 1, 0, 1], "fewer than two numeric columns"),
        (("columns", "two rows"), [0, 1, 0, 1], None),
    ],
)
def test_unmet(needs, y, reason) -> None:
    assert Feature(half_of_nothing, "a paper", needs=needs).unmet(shared(np.ones((4, 1)), y)) == reason
