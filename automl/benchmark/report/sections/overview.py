"""The whole result in one grid a budget."""

from __future__ import annotations

from collections.abc import Sequence

from automl.benchmark.report.document import Cell, Grid, Paragraph, Part
from automl.benchmark.report.sections.ranks import verdict
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.wording import amount, budget_name, fixed, number

_COLUMNS = ("framework", "average rank", "mean scaled score", "median fit, s", "late or killed", "failed", "runs")


def overview(views: Sequence[View]) -> tuple[Part, ...]:
    """Tell who did best at each budget, and whether that is more than chance.

    Parameters
    ----------
    views : sequence of View

    Returns
    -------
    tuple of parts
    """
    parts: list[Part] = []
    for view in views:
        parts += [Paragraph(_sentence(view)), _grid(view)]
    return tuple(parts)


def _sentence(view: View) -> str:
    at = "Without a time budget" if view.budget_s is None else f"At {budget_name(view.budget_s)}"
    if len(view.test.ranks) < 2:
        return f"{at}, there is nothing to compare: {amount(len(view.test.ranks), 'framework')} on common tables."
    return f"{at}, over {amount(view.test.n_tables, 'table')}: {verdict(view.test)}"


def _grid(view: View) -> Grid:
    means = view.scaled.scores.mean()
    best_rank = view.test.ranks.min() if len(view.test.ranks) > 1 else None
    best_mean = means.max() if len(means) > 1 else None
    rows = []
    for name in view.ordered:
        runs = view.runs[view.runs["framework"] == name]
        rank, mean = view.test.ranks.get(name), means.get(name)
        late = f"{runs['is_late'].sum():,}" if runs["budget_s"].notna().any() else ""
        rows.append(
            (
                view.name_cell(name),
                Cell(fixed(rank, 2), is_best=rank is not None and rank == best_rank),
                Cell(fixed(mean, 3), is_best=mean is not None and mean == best_mean),
                Cell(number(runs["used_s"].median())),
                Cell(late or "no budget"),
                Cell(f"{(runs['status'] != 'ok').sum():,}"),
                Cell(f"{len(runs):,}"),
            )
        )
    return Grid(
        f"{budget_name(view.budget_s)}: ranks from 1, the best; scaled scores from 0, the constant predictor, to 1, "
        "the best of any framework at any budget",
        _COLUMNS,
        tuple(rows),
    )
