"""What more time buys."""

from __future__ import annotations

import pandas as pd

from automl.benchmark.report.comparing import compare
from automl.benchmark.report.document import Cell, Figure, Folded, Grid, Paragraph, Part
from automl.benchmark.report.figures.anytime import draw_anytime
from automl.benchmark.report.preparing import Results
from automl.benchmark.report.wording import amount, budget_name, fixed, listed, number

_NO_BUDGET = -1.0  # None would be left out where runs are put into groups


def score_against_time(results: Results) -> tuple[Part, ...]:
    """Draw mean scaled scores against the seconds that fits took.

    Parameters
    ----------
    results : Results

    Returns
    -------
    tuple of parts
    """
    runs = results.runs.assign(budget=results.runs["budget_s"].fillna(_NO_BUDGET))
    found = compare(runs, "scaled", ["framework", "budget"])
    if found.scores.empty:
        return (Paragraph("There is no table that all frameworks have at all budgets.", is_caution=True),)
    used = runs[runs["table"].isin(found.scores.index)].groupby(["framework", "budget"])["used_s"].mean()
    points = pd.DataFrame({"scaled": found.scores.mean(), "used_s": used}).dropna().reset_index()
    points = points.sort_values(["used_s", "framework"], ignore_index=True)
    parts: list[Part] = [
        Paragraph(
            f"One mark a budget that was run, over the {amount(len(found.scores), 'table')} that every mark has: the "
            "mean scaled score against the mean of the seconds that the fits really took, which need not be the budget."
        )
    ]
    if found.missing_tables:
        text = f"Left out, because a framework or budget lacks them: {listed(found.missing_tables)}."
        parts.append(Paragraph(text, is_caution=True))
    if found.missing_points:
        names = [f"{name} at {_budget(budget)}" for name, budget in found.missing_points]
        parts.append(
            Paragraph(f"Not shown, for runs on fewer than half of the tables: {listed(names)}.", is_caution=True)
        )
    series = {name: place for place, name in enumerate(results.frameworks)}
    if (points["used_s"] > 0.0).any():
        drawing = draw_anytime(points[points["used_s"] > 0.0], series, "score-against-time")
        parts.append(Figure(drawing, "Mean scaled score against mean seconds of a fit"))
    return (*parts, Folded("The numbers", (_grid(points, series),)))


def _grid(points: pd.DataFrame, series: dict[str, int]) -> Grid:
    ordered = points.sort_values(["framework", "budget"])
    rows = tuple(
        (Cell(name, series=series[name]), Cell(_budget(budget)), Cell(number(used)), Cell(fixed(score, 3)))
        for name, budget, used, score in ordered[["framework", "budget", "used_s", "scaled"]].itertuples(index=False)
    )
    return Grid("Score against time", ("framework", "budget", "mean fit, s", "mean scaled score"), rows)


def _budget(budget: float) -> str:
    return "no budget" if budget == _NO_BUDGET else budget_name(budget)
