"""Scaled scores by task type and by size of the table."""

from __future__ import annotations

import pandas as pd

from automl.benchmark.report.document import Cell, Figure, Grid, Paragraph, Part
from automl.benchmark.report.figures.strips import Scale, draw_strips
from automl.benchmark.report.preparing import FLOOR
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.wording import amount, fixed, listed

_SIZES = ((0, 1_000, "up to 1,000 rows"), (1_000, 10_000, "to 10,000 rows"), (10_000, float("inf"), "over 10,000 rows"))
_TASKS = ("binary", "multiclass", "regression")


def scaled(view: View) -> tuple[Part, ...]:
    """Show by how much frameworks differ, and where.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of parts
    """
    scores = view.scaled.scores
    if scores.empty:
        text = "No table has a framework that beats the constant predictor, so that scores cannot be scaled."
        return (Paragraph(text, is_caution=True),)
    order = list(scores.mean().sort_values(ascending=False, kind="stable").index)
    groups = {"by task type": _by_task(view), "by size of the table": _by_size(view)}
    parts: list[Part] = [_grid(view, order, {**groups["by task type"], **groups["by size of the table"]})]
    for what, names in groups.items():
        panels = {f"{title} ({len(tables)})": scores.loc[tables] for title, tables in names.items()}
        name = f"{view.anchor}-scaled-{what.split()[1]}"
        drawing = draw_strips(panels, order, view.series, Scale("scaled score"), name)
        parts.append(
            Figure(drawing, f"Scaled scores {what}: a mark a table, the box from the first quartile to the third, "
                   "the thick line the median; in brackets the number of tables")
        )  # fmt: skip
    return (*_notes(view), *parts)


def _by_task(view: View) -> dict[str, list[str]]:
    tasks = view.runs.groupby("table")["task"].first().loc[view.scaled.scores.index]
    names = [*_TASKS, *sorted(set(tasks) - set(_TASKS))]
    return {task: list(tasks.index[tasks == task]) for task in names if (tasks == task).any()}


def _by_size(view: View) -> dict[str, list[str]]:
    rows = view.runs.groupby("table")["n_rows"].first().loc[view.scaled.scores.index]
    groups = {title: list(rows.index[(rows > least) & (rows <= most)]) for least, most, title in _SIZES}
    return {title: tables for title, tables in groups.items() if tables}


def _grid(view: View, order: list[str], groups: dict[str, list[str]]) -> Grid:
    scores = view.scaled.scores
    means = pd.DataFrame(
        {"all": scores.mean()} | {title: scores.loc[tables].mean() for title, tables in groups.items()}
    )
    best = means.max()
    rows = tuple(
        (
            view.name_cell(name),
            *(
                Cell(fixed(mean, 3), is_best=len(means) > 1 and mean == most)
                for mean, most in zip(means.loc[name].to_numpy(), best.to_numpy(), strict=True)
            ),
        )
        for name in order
    )  # fmt: skip
    columns = ("framework", f"all ({len(scores)})", *(f"{title} ({len(tables)})" for title, tables in groups.items()))
    return Grid("Mean scaled score, in brackets the number of tables", columns, rows)


def _notes(view: View) -> list[Part]:
    parts: list[Part] = [
        Paragraph(
            "Of each outer fold of a table: 0 is the constant predictor, 1 the best score that any framework reached "
            "at any budget of this report. AMLB puts its 0 at a random forest instead, so the numbers do not compare."
        )
    ]
    unscaled = [table for table in view.scores.scores.index if table not in view.scaled.scores.index]
    if unscaled:
        text = f"Left out, because no framework beats the constant predictor there: {listed(unscaled)}."
        parts.append(Paragraph(text, is_caution=True))
    n_low = int((view.runs["scaled"] <= FLOOR).sum())
    if n_low:
        runs = amount(n_low, "run is", "runs are")
        text = f"{runs} so much worse than the constant predictor that they count as {FLOOR:g}."
        parts.append(Paragraph(text, is_caution=True))
    return parts
