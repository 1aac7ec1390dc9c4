"""Whether fits ended within their budget."""

from __future__ import annotations

import pandas as pd

from automl.benchmark.report.document import Cell, Figure, Grid, Paragraph, Part
from automl.benchmark.report.figures.strips import Scale, draw_strips
from automl.benchmark.report.preparing import LATE_FACTOR, LATE_S
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.wording import fixed, number

_COLUMNS = ("framework", "runs", "median", "90 %", "largest", "late or killed", "of these killed", "largest, s")


def time_kept(view: View) -> tuple[Part, ...]:
    """Compare the seconds of fits with their budget.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of parts
    """
    runs = view.runs[view.runs["budget_s"].notna()]
    if runs.empty:
        return (Paragraph("No framework had a time budget."),)
    budget_s = float(runs["budget_s"].iloc[0])
    ratios = (runs["used_s"] / runs["budget_s"]).groupby(runs["framework"])
    order = [name for name in view.ordered if name in ratios.groups]
    rows = tuple(_row(view, runs[runs["framework"] == name]) for name in order)
    limit_s = LATE_FACTOR * budget_s + LATE_S
    text = (
        f"Seconds of the fit, without imports before it and predictions after it, as a multiple of the budget. Late is "
        f"a fit that took more than {LATE_FACTOR:g} times the budget and {LATE_S:g} s, here {number(limit_s)} s; one "
        "that went on past its grace was killed, and counts as failed."
    )
    columns = {name: pd.Series(values.to_numpy()) for name, values in ratios}
    drawing = draw_strips(
        {"": pd.DataFrame(columns)},
        order,
        view.series,
        Scale("seconds of the fit / budget (log scale)", is_log=True, lines=(limit_s / budget_s,)),
        f"{view.anchor}-kept",
    )
    caption = "Seconds of the fit as a multiple of the budget, a mark a run; right of the broken line is late"
    return (Paragraph(text), Grid("Seconds of the fit / budget", _COLUMNS, rows), Figure(drawing, caption))


def _row(view: View, runs: pd.DataFrame) -> tuple[Cell, ...]:
    ratio = runs["used_s"] / runs["budget_s"]
    return (
        view.name_cell(str(runs["framework"].iloc[0])),
        Cell(f"{len(runs):,}"),
        *(Cell(fixed(value, 2)) for value in (ratio.median(), float(ratio.quantile(0.9)), ratio.max())),
        Cell(f"{runs['is_late'].sum():,}"),
        Cell(f"{(runs['status'] == 'timeout').sum():,}"),
        Cell(number(runs["used_s"].max())),
    )
