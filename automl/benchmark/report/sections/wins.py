"""Each framework against each other one."""

from __future__ import annotations

from automl.benchmark.report.document import Cell, Grid, Paragraph, Part
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.statistics import win_rates
from automl.benchmark.report.wording import amount


def wins(view: View) -> tuple[Part, ...]:
    """Count the tables on which a framework beats another.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of parts
    """
    names = list(view.test.ranks.index)
    if len(names) < 2:
        return (Paragraph("Win rates need two frameworks on common tables.", is_caution=True),)
    found = win_rates(view.scores.scores)
    rows = []
    for one in names:
        cells = [view.name_cell(one)]
        for other in names:
            if one == other:
                cells.append(Cell(""))
                continue
            rate, low, high = (float(each.loc[one, other]) for each in (found.rate, found.low, found.high))
            is_clear = low > 0.5 or high < 0.5
            cells.append(Cell(f"{rate:.0%}", is_clear, rate, note=f"{100 * low:.0f}\u2013{100 * high:.0f}"))
        rows.append(tuple(cells))
    text = (
        f"Share of the {amount(len(view.scores.scores), 'table')} on which the framework of the row scores better than "
        "that of the column, ties as half. Small: its interval at 95 % after Wilson, which treats the tables as a "
        "sample; marked where it excludes 50 %. The intervals are not corrected for there being many pairs."
    )
    return (Paragraph(text), Grid("Row beats column, % of tables", ("", *names), tuple(rows)))
