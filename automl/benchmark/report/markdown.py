"""A report as Markdown, as GitHub shows it: drawings are files beside it, what is folded stays so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from automl.benchmark.report.document import Bullets, Cell, Figure, Folded, Grid, Paragraph, Part, Report, Section
from automl.benchmark.report.palette import look

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")


def render(report: Report, figures: str) -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    report : Report
        Its texts may hold anything; they are shown as they are.
    figures : str
        The folder of the drawings, beside the file.

    Returns
    -------
    str
    """
    blocks = [f"# {plain(report.title)}", plain(report.lead)]
    for section in report.sections:
        blocks += _section(section, 2, figures)
    return "\n\n".join(blocks) + "\n"


def plain(text: str) -> str:
    r"""Escape what Markdown, GitHub's own and HTML would take for more than text.

    Examples
    --------
    >>> plain("neg_log_loss | <b>5 * 3</b>")
    'neg\\_log\\_loss \\| &lt;b&gt;5 \\* 3&lt;/b&gt;'
    >>> plain("see https://example.org and www.example.org")
    'see https&#58;//example.org and www&#46;example.org'
    """
    escaped = _SPECIAL.sub(r"\\\1", escape(text, quote=False))
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def _section(section: Section, level: int, figures: str) -> Iterator[str]:
    yield f"{'#' * level} {plain(section.title)}"
    for part in section.parts:
        yield from _part(part, figures)
    for each in section.sections:
        yield from _section(each, level + 1, figures)


def _part(part: Part, figures: str) -> Iterator[str]:
    match part:
        case Paragraph(text, is_caution):
            yield f"> **Note.** {plain(text)}" if is_caution else plain(text)
        case Bullets(items):
            yield "\n".join(f"- {plain(item)}" for item in items)
        case Grid():
            yield f"*{plain(part.caption)}*"
            yield _grid(part)
        case Figure(drawing, caption):
            yield f"![{plain(drawing.alt)}]({quote(figures)}/{drawing.name}.svg)"
            yield f"*{plain(caption)}.*"
        case Folded(title, parts):
            yield f"<details>\n<summary>{escape(title, quote=False)}</summary>"
            for each in parts:
                yield from _part(each, figures)
            yield "</details>"


def _grid(grid: Grid) -> str:
    rules = [":--" if place in grid.words else "--:" for place in range(len(grid.columns))]
    lines = [map(plain, grid.columns), rules, *(map(_cell, row) for row in grid.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell) -> str:
    mark = f"{look(cell.series).character} " if cell.series is not None else ""
    text = f"{mark}{plain(cell.text)}"
    text = f"**{text}**" if cell.is_best and cell.text else text
    return f"{text} <sub>{plain(cell.note)}</sub>" if cell.note else text
