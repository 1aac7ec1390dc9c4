"""The scores themselves."""

from __future__ import annotations

from automl.benchmark.report.document import Cell, Folded, Grid, Paragraph, Part
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.wording import number


def per_table(view: View) -> tuple[Part, ...]:
    """Show the mean score of every framework on every table, the best marked.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of parts
    """
    text = (
        "Means over the folds and seeds that a framework has, failed runs by the constant predictor, whose score "
        "stands in the last column. Greater is better: what begins with neg_ is a loss with its sign turned. The best "
        "of each table is marked; in brackets the runs of a table that failed."
    )
    runs = view.runs
    means = runs.pivot_table(index="table", columns="framework", values="counted", aggfunc="mean")
    failed = runs.pivot_table(index="table", columns="framework", values="is_imputed", aggfunc="sum")
    tables = runs.groupby("table")[["task", "metric", "constant_score"]].agg(
        {"task": "first", "metric": "first", "constant_score": "mean"}
    )
    rows = []
    for table in tables.sort_values("task", kind="stable").index:
        best = means.loc[table].max()
        cells = [Cell(str(table)), Cell(str(tables.loc[table, "metric"]))]
        for name in view.ordered:
            value, n = means.loc[table, name], failed.loc[table, name]
            note = f"({n:.0f} failed)" if n > 0 else ""
            cells.append(Cell(number(value, 4), is_best=len(view.ordered) > 1 and value == best, note=note))
        rows.append((*cells, Cell(number(float(tables.loc[table, "constant_score"]), 4))))
    columns = ("table", "metric", *view.ordered, "constant predictor")
    grid = Grid("Mean score of each table", columns, tuple(rows), frozenset({0, 1}))
    return (Folded(f"Scores of {len(rows)} tables", (Paragraph(text), grid)),)
