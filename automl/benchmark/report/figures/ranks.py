"""The critical-difference diagram."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scikit_posthocs import critical_difference_diagram

from automl.benchmark.report.figures.drawing import INK, MUTED, Drawing, canvas, finished, mark_of
from automl.benchmark.report.statistics import RankTest
from automl.benchmark.report.wording import fixed


def draw_ranks(test: RankTest, series: Mapping[str, int], name: str) -> Drawing:
    """Draw average ranks on a line, the best at the left, and a bar below those that cannot be told apart.

    Parameters
    ----------
    test : RankTest
        Of two frameworks at least; without Friedman's test there are no bars.
    series : mapping of str to int
        The number of each framework.
    name : str
        Of the drawing.
    """
    ranks, is_tested = test.ranks, test.test == "friedman"
    # Without a test all count as different, which draws no bars.
    pairs = test.pairs if is_tested else pd.DataFrame(0.0, index=ranks.index, columns=ranks.index)
    with canvas(height=34.0 * (len(ranks) // 2) + 120.0) as figure:
        axes = figure.add_subplot()
        axes.grid(False)
        drawn = critical_difference_diagram(
            ranks,
            pairs,
            ax=axes,
            label_fmt_left="{label}  {rank:.2f}",
            label_fmt_right="{rank:.2f}  {label}",
            color_palette={framework: mark_of(series[framework])["color"] for framework in ranks.index},
            crossbar_props={"color": INK, "linewidth": 4, "solid_capstyle": "round"},
            elbow_props={"linewidth": 1.2},
            marker_props={"s": 42},
            text_h_margin=0.04 * len(ranks),
        )
        for label in drawn["labels"]:
            label.set_color(INK)
        for (bar,) in drawn["crossbars"]:  # its points come in any order
            ends = np.sort(np.asarray(bar.get_xdata(), dtype=float))[[0, -1]]
            bar.set_data(ends + np.array([-0.04, 0.04]), np.asarray(bar.get_ydata(), dtype=float)[:2])
        axes.set_xlim(1, len(ranks))
        axes.set_xlabel("average rank over tables (1 is best)")
        axes.xaxis.set_label_position("top")
        axes.set_xticks(range(1, len(ranks) + 1))
        if is_tested:
            end = 1.0 + test.critical_difference
            axes.plot([1.0, end], [1.1, 1.1], color=MUTED, linewidth=2, marker="|", clip_on=False)
            axes.text(end + 0.1, 1.1, f"critical difference {fixed(test.critical_difference, 2)}", va="center")
            axes.xaxis.labelpad = 34
        return finished(figure, name, _in_words(test))


def _in_words(test: RankTest) -> str:
    ranks = ", ".join(f"{name} {fixed(rank, 2)}" for name, rank in test.ranks.items())
    bars = f" Critical difference {fixed(test.critical_difference, 2)}." if test.test == "friedman" else ""
    return f"Average ranks over {test.n_tables} tables, the best first: {ranks}.{bars}"
