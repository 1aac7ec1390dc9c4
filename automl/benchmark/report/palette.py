"""A mark and a colour for each framework, the same in every figure and grid.

The colours are spaced for colour-blind readers after Okabe and Ito (2008, "Color Universal Design"), some of them
darker on a light ground and lighter on a dark one; the mark tells frameworks apart where a colour returns, or where
there is none.
"""

from __future__ import annotations

from typing import NamedTuple

# On a light ground, on a dark ground.
COLOURS = (
    ("#0072b2", "#5aa9f0"),
    ("#d55e00", "#f5854a"),
    ("#008a63", "#2fc79a"),
    ("#b3478c", "#ec93c8"),
    ("#a87400", "#e9b022"),
    ("#3a9ad9", "#9adcf8"),
    ("#5b3fa8", "#b4a2f5"),
    ("#6b6b6b", "#bdbdbd"),
)
# As matplotlib calls a mark, and the character that looks like it.
MARKS = (
    ("o", "\u25cf"), ("s", "\u25a0"), ("^", "\u25b2"), ("D", "\u25c6"), ("v", "\u25bc"), ("P", "\u271a"),
    ("X", "\u2716"), ("*", "\u2605"), ("<", "\u25c0"), (">", "\u25b6"), ("h", "\u2b22"),
)  # fmt: skip


class Look(NamedTuple):
    """How a framework looks: `colour` is the number of one of `COLOURS`."""

    colour: int
    mark: str
    character: str


def look(series: int) -> Look:
    """The look of the framework of that number; the first 88 differ.

    Examples
    --------
    >>> look(0).character, look(8).colour, look(8).mark
    ('●', 0, '<')
    """
    return Look(series % len(COLOURS), *MARKS[series % len(MARKS)])
