"""Runs without a score, by kind, with their errors."""

from __future__ import annotations

import pandas as pd

from automl.benchmark.report.document import Cell, Folded, Grid, Paragraph, Part
from automl.benchmark.report.preparing import Results
from automl.benchmark.report.wording import amount, budget_name, listed, shown

_KINDS = {
    "timeout": "killed past the grace",
    "memory": "out of memory",
    "crash": "crashed",
    "invalid": "predictions that cannot be scored",
}
_SHOWN_TABLES = 6


def failures(results: Results) -> tuple[Part, ...]:
    """Count failures and list what they said.

    Parameters
    ----------
    results : Results

    Returns
    -------
    tuple of parts
    """
    runs = results.runs.assign(status=results.runs["status"].map(shown).astype(object))
    failed = runs[runs["is_imputed"]]
    if failed.empty:
        return (Paragraph(f"None of the {amount(len(runs), 'run')} failed."),)
    kinds = [*_KINDS, *sorted(set(failed["status"]) - set(_KINDS))]
    kinds = [kind for kind in kinds if (failed["status"] == kind).any()]
    series = {name: place for place, name in enumerate(results.frameworks)}
    rows = []
    for name in results.frameworks:
        of_framework, counts = failed[failed["framework"] == name], runs["framework"].eq(name).sum()
        by_kind = [(of_framework["status"] == kind).sum() for kind in kinds]
        cells = [f"{n:,}" for n in (counts, len(of_framework), *by_kind)]
        rows.append((Cell(name, series=series[name]), *map(Cell, cells)))
    columns = ("framework", "runs", "failed", *(_KINDS.get(kind, kind) for kind in kinds))
    text = (
        f"{amount(len(failed), 'run')} of {len(runs):,} failed, at all budgets together. Each counts with the score of "
        "the constant predictor."
    )
    errors = Folded("Errors", (_errors(failed, series),))
    return (Paragraph(text), Grid("Failures by kind", columns, tuple(rows)), errors)


def _errors(failed: pd.DataFrame, series: dict[str, int]) -> Grid:
    kept = failed.assign(error=failed["error"].map(shown).astype(object))
    rows = []
    for (name, kind, error), part in kept.groupby(["framework", "status", "error"], sort=True):
        tables = sorted(part["table"].unique())
        more = [f"{len(tables) - _SHOWN_TABLES} more"] if len(tables) > _SHOWN_TABLES else []
        budgets = [budget_name(None if pd.isna(b) else b) for b in sorted(part["budget_s"].unique())]
        rows.append(
            (
                Cell(str(name), series=series[str(name)]), Cell(str(kind)), Cell(str(error)), Cell(listed(budgets)),
                Cell(listed([*tables[:_SHOWN_TABLES], *more])), Cell(f"{len(part):,}"),
            )
        )  # fmt: skip
    columns = ("framework", "kind", "error", "budgets", "tables", "runs")
    return Grid("What failed runs said", columns, tuple(rows), frozenset({0, 1, 2, 3, 4}))
