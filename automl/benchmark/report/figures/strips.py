"""Values of each framework side by side: a mark for each, a box over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from automl.benchmark.report.figures.drawing import (
    INK,
    MUTED,
    WIDTH,
    Drawing,
    canvas,
    finished,
    mark_of,
    quiet_axes,
)
from automl.benchmark.report.wording import fixed

_ROW = 27.0
_AROUND = 84.0


@dataclass(frozen=True)
class Scale:
    """The axis of the values: its label, whether it is logarithmic, and lines that are drawn across it."""

    label: str
    is_log: bool = False
    lines: tuple[float, ...] = ()


def draw_strips(
    panels: Mapping[str, pd.DataFrame], order: Sequence[str], series: Mapping[str, int], scale: Scale, name: str
) -> Drawing:
    """Draw panels side by side, one row a framework.

    Parameters
    ----------
    panels : mapping of str to DataFrame of shape (n_values, n_frameworks)
        Title to values; a value may be missing.
    order : sequence of str
        Frameworks from top to bottom.
    series : mapping of str to int
        The number of each framework.
    scale : Scale
    name : str
        Of the drawing.
    """
    with canvas(height=_ROW * len(order) + _AROUND, width=WIDTH) as figure:
        row = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        for axes, (title, values) in zip(row, panels.items(), strict=True):
            _strip(axes, values, order, series)
            axes.set_title(title, loc="left")
            for line in scale.lines:
                axes.axvline(line, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
            quiet_axes(axes)
        row[0].set_yticks(range(len(order)), order)
        row[0].set_ylim(len(order) - 0.4, -0.6)
        _ticks(row[0], scale.is_log)
        figure.supxlabel(scale.label, fontsize=12)
        return finished(figure, name, _in_words(panels, order, scale))


def _strip(axes: Axes, values: pd.DataFrame, order: Sequence[str], series: Mapping[str, int]) -> None:
    for place, framework in enumerate(order):
        known = np.sort(values[framework].dropna().to_numpy(dtype=float)) if framework in values else np.array([])
        if not len(known):
            continue
        look = mark_of(series[framework])
        axes.boxplot(
            [known], positions=[place], orientation="horizontal", widths=0.62, showfliers=False, manage_ticks=False,
            boxprops={"color": MUTED}, whiskerprops={"color": MUTED}, capprops={"color": MUTED},
            medianprops={"color": INK, "linewidth": 2.2},
        )  # fmt: skip
        # Spread by their order, not by chance: the same values give the same drawing.
        offsets = 0.2 * np.array([(-1.0, 1.0, -0.4, 0.4)[i % 4] for i in range(len(known))])
        axes.scatter(known, place + offsets, s=18, alpha=0.75, linewidths=0, zorder=3, **look)


def _ticks(axes: Axes, is_log: bool) -> None:
    if not is_log:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        return
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    subs = (1.0, 2.0, 5.0) if high / low < 500.0 else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(subs=subs))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _in_words(panels: Mapping[str, pd.DataFrame], order: Sequence[str], scale: Scale) -> str:
    texts = []
    for title, values in panels.items():
        medians = [f"{name} {fixed(float(values[name].median()), 3)}" for name in order if name in values]
        texts.append(f"{title}: medians {', '.join(medians)}" if title else f"Medians {', '.join(medians)}")
    return f"{scale.label[0].upper()}{scale.label[1:]}. {'; '.join(texts)}."
