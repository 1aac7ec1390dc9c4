"""From a matplotlib figure to SVG for a page and for a file.

Colours that mean something are drawn in stand-ins and written as CSS variables, so that one drawing serves light and
dark pages; text stays text, in the page's own font.
"""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from automl.benchmark.report.palette import COLOURS, look

INK, MUTED, RULE, PAPER = "#1a1a1b", "#5c5c5d", "#d9d9da", "#fffffe"
# On a light ground, on a dark ground; the page uses the same.
GROUND = {
    "ink": (INK, "#ececee"), "muted": (MUTED, "#a9a9b0"), "rule": (RULE, "#3a3a40"), "paper": (PAPER, "#17171a"),
}  # fmt: skip
WIDTH = 680
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmark",
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


def variables(ground: int) -> str:
    """CSS declarations of all colours, for a light ground (0) or a dark one (1)."""
    named = {name: colours[ground] for name, colours in GROUND.items()}
    named |= {f"series-{i}": colours[ground] for i, colours in enumerate(COLOURS)}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


@dataclass(frozen=True)
class Drawing:
    """A drawing that can stand in a page, which has the variables, or in a file of its own.

    Parameters
    ----------
    name : str
        Made of small letters, digits and hyphens; its own among the drawings of a report.
    alt : str
        What is to be seen, in words.
    svg : str
    """

    name: str
    alt: str
    svg: str

    @property
    def standalone(self) -> str:
        """The SVG with its colours, for light and dark, and a ground of its own."""
        style = (
            f"<style>svg {{ {variables(0)} background: var(--paper); }} "
            f"@media (prefers-color-scheme: dark) {{ svg {{ {variables(1)} }} }} "
            "text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif !important; }</style>"
        )
        head, bracket, body = self.svg.partition(">")
        return f"{head}{bracket}{style}{body}\n"


@contextmanager
def canvas(height: float, width: float = WIDTH) -> Iterator[Canvas]:
    """A figure of so many CSS pixels, to be drawn on inside the block and handed to `finished` there."""
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        # The page's fonts write what matplotlib's own lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield Canvas(figsize=(width / 72.0, height / 72.0), layout="constrained")


def finished(figure: Canvas, name: str, alt: str) -> Drawing:
    """Write a figure as SVG without what a page does not need: metadata, fixed colours and fonts, unused ids."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", pad_inches=0.06, metadata={"Date": None})
    root = ET.fromstring(buffer.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        if _XLINK in element.attrib:
            element.set("href", element.attrib.pop(_XLINK))
    _own_ids(root, name)
    _use_variables(root)
    width, height = root.attrib["viewBox"].split()[2:]
    root.attrib |= {"width": f"{float(width):.0f}", "height": f"{float(height):.0f}", "role": "img", "aria-label": alt}
    root.attrib.pop("version", None)
    title = ET.Element(f"{{{_SVG}}}title")
    title.text = alt
    root.insert(0, title)
    ET.register_namespace("", _SVG)
    return Drawing(name, alt, ET.tostring(root, encoding="unicode"))


def mark_of(series: int) -> dict[str, Any]:
    """How matplotlib draws the mark of a framework."""
    colour, mark, _ = look(series)
    return {"color": COLOURS[colour][0], "marker": mark}


def quiet_axes(axes: Axes) -> None:
    """Take away the ticks and the line at the left, where names stand."""
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _own_ids(root: ET.Element, name: str) -> None:
    """Keep the ids that are referred to, with the drawing's name before them: a page holds many drawings."""
    used = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" or "url(#" in value:
                used.update(re.findall(r"#([\w.-]+)", value))
                element.set(key, value.replace("#", f"#{name}-"))
    for element in root.iter():
        identity = element.attrib.pop("id", None)
        if identity in used:
            element.set("id", f"{name}-{identity}")


def _use_variables(root: ET.Element) -> None:
    """Put CSS variables in the place of the stand-ins."""
    stand_ins = {light: f"var(--{key})" for key, (light, _) in GROUND.items()}
    stand_ins |= {light: f"var(--series-{i})" for i, (light, _) in enumerate(COLOURS)}
    for element in root.iter():
        if "style" in element.attrib:
            style = element.attrib["style"]
            element.set("style", re.sub("#[0-9a-f]{6}", lambda found: stand_ins.get(found[0], found[0]), style))
