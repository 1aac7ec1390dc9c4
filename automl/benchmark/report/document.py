"""What a report consists of, whatever it is written as: sections of paragraphs, grids and drawings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from automl.benchmark.report.figures.drawing import Drawing


@dataclass(frozen=True)
class Paragraph:
    """Plain text; a caution is set apart."""

    kind: ClassVar[str] = "paragraph"
    text: str
    is_caution: bool = False


@dataclass(frozen=True)
class Bullets:
    """Plain texts, one below the other."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a grid.

    Parameters
    ----------
    text : str
        Any text; it is shown as it is.
    is_best : bool
        Whether it is marked as the best of its row.
    share : float or None
        From 0 to 1, how strongly its ground is tinted.
    series : int or None
        The number of the framework that it names, which brings its mark and colour.
    note : str
        Smaller, behind the text.
    """

    text: str
    is_best: bool = False
    share: float | None = None
    series: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """A table of the report; the first column heads the rows, the columns in `words` are set left."""

    kind: ClassVar[str] = "grid"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words: frozenset[int] = frozenset({0})


@dataclass(frozen=True)
class Figure:
    """A drawing with what it shows in words."""

    kind: ClassVar[str] = "figure"
    drawing: Drawing
    caption: str


@dataclass(frozen=True)
class Folded:
    """Parts that are shown when asked for."""

    kind: ClassVar[str] = "folded"
    title: str
    parts: tuple[Part, ...]


Part = Paragraph | Bullets | Grid | Figure | Folded


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it."""

    anchor: str
    title: str
    parts: tuple[Part, ...] = ()
    sections: tuple[Section, ...] = field(default=())


@dataclass(frozen=True)
class Report:
    """A title, a sentence on what it is about, and sections; `drawings` in their order."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    series: tuple[str, ...]

    @property
    def drawings(self) -> tuple[Drawing, ...]:
        """All drawings, from the first to the last."""
        return tuple(part.drawing for part in _parts(self.sections) if isinstance(part, Figure))


def _parts(sections: Sequence[Section]) -> Iterator[Part]:
    for section in sections:
        yield from _unfolded(section.parts)
        yield from _parts(section.sections)


def _unfolded(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, Folded):
            yield from _unfolded(part.parts)
