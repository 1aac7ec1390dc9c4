"""Tables and bars of the board."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

SHOWN_ROWS = 15


def words(name: str) -> Column:
    """Make a column of texts, which go on in a further line where the terminal is narrow."""
    return Column(name, overflow="fold")


def numbers(name: str) -> Column:
    """Make a column of numbers, which end below each other."""
    return Column(name, justify="right", no_wrap=True)


def bars() -> Column:
    """Make a column of bars."""
    return Column(no_wrap=True)


def table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], most: int | None = SHOWN_ROWS) -> Group:
    """Lay rows out below a title.

    Parameters
    ----------
    title : str
    columns : sequence of Column
    rows : sequence of sequence of str
        Shown as they are: what looks like markup is none.
    most : int or None
        Of more rows only so many are shown, and how many are missing.
    """
    grid = Table(*columns, box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows[:most]:
        grid.add_row(*map(Text, row))
    parts: list[RenderableType] = [Text(title, "bold cyan"), grid]
    if most is not None and len(rows) > most:
        parts.append(Text(f"and {len(rows) - most:,} more, which --json shows", "dim"))
    return Group(*parts)


def bar(share: float, n_cells: int, cell: str) -> str:
    """Draw a share as a bar; only nothing has no cell, only all has every one.

    Examples
    --------
    >>> bar(0.5, 10, "#"), bar(0.001, 10, "#"), bar(0.999, 10, "#"), bar(0, 10, "#")
    ('#####', '#', '#########', '')
    """
    if share in (0, 1):
        return cell * int(n_cells * share)
    return cell * min(max(round(n_cells * share), 1), n_cells - 1)
