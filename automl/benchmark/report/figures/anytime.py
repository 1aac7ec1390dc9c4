"""Score against time."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from automl.benchmark.report.figures.drawing import PAPER, Drawing, canvas, finished, mark_of
from automl.benchmark.report.wording import fixed, number


def draw_anytime(points: pd.DataFrame, series: Mapping[str, int], name: str) -> Drawing:
    """Draw one line a framework, one point a budget.

    Parameters
    ----------
    points : DataFrame
        Columns framework, used_s (mean seconds of a fit) and scaled (mean scaled score), in the order of used_s.
    series : mapping of str to int
        The number of each framework.
    name : str
        Of the drawing.
    """
    last = points.groupby("framework")["scaled"].last().sort_values(ascending=False)
    with canvas(height=400) as figure:
        axes = figure.add_subplot()
        axes.grid(True, axis="both")
        axes.set_xscale("log")
        for framework in last.index:
            line = points[points["framework"] == framework]
            axes.plot(
                line["used_s"], line["scaled"], label=framework, linewidth=2, markersize=8.5, markeredgecolor=PAPER,
                markeredgewidth=0.8, **mark_of(series[framework]),
            )  # fmt: skip
        axes.set_xlabel("mean seconds that a fit took (log scale)")
        axes.set_ylabel("mean scaled score")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=1.6, labelspacing=0.7)
        return finished(figure, name, _in_words(points, list(last.index)))


def _in_words(points: pd.DataFrame, frameworks: list[str]) -> str:
    lines = []
    for framework in frameworks:
        line = points[points["framework"] == framework]
        pairs = zip(line["scaled"], line["used_s"], strict=True)
        lines.append(f"{framework}: " + ", ".join(f"{fixed(score, 3)} at {number(used)} s" for score, used in pairs))
    return f"Mean scaled score against the mean seconds of a fit. {'; '.join(lines)}."
