"""Numbers and stored texts, as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

NOTHING = "-"
SHOWN_CHARACTERS = 60
_NAMES = {
    "task": ("task", "tasks"),
    "study": ("study", "studies"),
    "configuration": ("configuration", "configurations"),
    "outcome": ("outcome", "outcomes"),
    "metafeature": ("meta-feature", "meta-features"),
    "provenance": ("provenance", "provenances"),
    # of an ASlib scenario
    "tasks": ("task", "tasks"),
    "outcomes": ("outcome", "outcomes"),
    "failures": ("failure among them", "failures among them"),
    "foreign_configurations": ("foreign configuration", "foreign configurations"),
}


def amount(n: int, singular: str, plural: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> amount(1, "study", "studies"), amount(2576, "study", "studies")
    ('1 study', '2,576 studies')
    """
    return f"{n:,} {singular if n == 1 else plural}"


def rows_of_tables(rows: Mapping[str, int]) -> str:
    """Write how many rows there are of each of a store's tables, the empty ones left out.

    Examples
    --------
    >>> rows_of_tables({"task": 2, "metafeature": 0, "outcome": 1234, "study": 1})
    '2 tasks, 1 study, 1,234 outcomes'
    >>> rows_of_tables({"task": 0})
    'nothing'
    """
    names = {name: _NAMES.get(name, (name, name)) for name in (*_NAMES, *rows)}
    return ", ".join(amount(rows[name], *names[name]) for name in names if rows.get(name)) or "nothing"


def percent(share: float) -> str:
    """Write a share; only what is all or none is called so.

    Examples
    --------
    >>> percent(0.9488), percent(1.0), percent(0.9999), percent(0.0001)
    ('94.9 %', '100 %', '> 99.9 %', '< 0.1 %')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    if share < 0.001:
        return "< 0.1 %"
    return "> 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"


def seconds(value: float | None) -> str:
    """Write a number of seconds, in about three digits.

    Examples
    --------
    >>> seconds(0.0624), seconds(2.92365), seconds(1234.5), seconds(None)
    ('0.062', '2.92', '1,234', '-')
    """
    if value is None or math.isnan(value):
        return NOTHING
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def duration(hours: float) -> str:
    """Write a long time in a unit that fits.

    Examples
    --------
    >>> duration(0.01), duration(0.5), duration(1.0798), duration(100)
    ('36 seconds', '30 minutes', '1.1 hours', '4.2 days')
    """
    if hours < 1 / 30:
        return f"{3600 * hours:.0f} seconds"
    if hours < 1:
        return f"{60 * hours:.0f} minutes"
    return f"{hours:,.1f} hours" if hours < 48 else f"{hours / 24:,.1f} days"


def size_of(path: Path) -> str:
    """Write the size of a file, or of the files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return f"{sum(file.stat().st_size for file in files) / 1e6:,.1f} MB"


def shown(text: str | None, most: int = SHOWN_CHARACTERS) -> str:
    r"""Make a stored text fit for a terminal: in one line, shortened, without control characters.

    Examples
    --------
    >>> shown("knn"), shown(None), shown("red\x1b[31m"), len(shown("x" * 1000))
    ('knn', '-', 'red?[31m', 60)
    """
    if text is None:
        return NOTHING
    head = text if len(text) <= most else text[: most - 3] + "..."
    return "".join(character if character.isprintable() else "?" for character in head)
