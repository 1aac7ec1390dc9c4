"""Numbers, names and stored texts, as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

NOTHING = "-"


def shown(text: object, most: int = 300) -> str:
    r"""Make a stored text one line of printable characters, shortened.

    Examples
    --------
    >>> shown("out of\n memory\x1b[31m"), shown(None), len(shown("x" * 1000, 40))
    ('out of memory?[31m', '-', 40)
    """
    if text is None or (isinstance(text, float) and math.isnan(text)):
        return NOTHING
    line = " ".join(str(text).split())
    line = line if len(line) <= most else line[: most - 1] + "\u2026"
    return "".join(character if character.isprintable() else "?" for character in line)


def number(value: float | None, digits: int = 3) -> str:
    """Write a number in about `digits` digits, zero and whole ones as they are.

    Examples
    --------
    >>> number(0.98765), number(1234.5), number(-0.001234), number(12.0), number(float("nan")), number(0.0)
    ('0.988', '1,234', '-0.00123', '12', '-', '0')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0.0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:,.{max(places, 0)}f}" if places < 9 else f"{value:.{digits - 1}e}"
    if float(value).is_integer() and abs(value) >= 1:
        text = f"{value:,.0f}"
    return text


def fixed(value: float | None, places: int) -> str:
    """Write a number with so many places, so that a column of them lines up.

    Examples
    --------
    >>> fixed(2.5, 2), fixed(-0.25, 1), fixed(None, 2), fixed(-0.001, 2)
    ('2.50', '-0.2', '-', '0.00')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0.0 else text


def p_value(value: float) -> str:
    """Write a p-value with its sign of relation.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00001)
    ('p = 0.031', 'p < 0.001')
    """
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def budget_name(budget_s: float | None) -> str:
    """Name a budget.

    Examples
    --------
    >>> budget_name(10.0), budget_name(0.5), budget_name(3600), budget_name(None)
    ('10 s', '0.5 s', '3600 s', 'no time budget')
    """
    return "no time budget" if budget_s is None else f"{budget_s:g} s"


def amount(n: int, singular: str, plural: str = "") -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> amount(1, "table"), amount(1200, "table"), amount(2, "class", "classes")
    ('1 table', '1,200 tables', '2 classes')
    """
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def listed(items: Iterable[object]) -> str:
    """Write things in one row.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"]), listed([])
    ('a, b and c', 'a', 'none')
    """
    texts = [str(item) for item in items]
    if len(texts) < 2:
        return texts[0] if texts else "none"
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def spread(values: Sequence[float], unit: str = "") -> str:
    """Write the different values there are: one, a few, or from the smallest to the largest.

    Examples
    --------
    >>> spread([2, 2]), spread([10, 60], " s"), spread([1, 2, 3, 4, 5, 6, 9]), spread([])
    ('2', '10 and 60 s', '1 to 9', '-')
    """
    different = sorted({float(value) for value in values if math.isfinite(value)})
    if not different:
        return NOTHING
    texts = [f"{value:,.0f}" if value.is_integer() else f"{value:g}" for value in different]
    return (listed(texts) if len(texts) <= 6 else f"{texts[0]} to {texts[-1]}") + unit
