"""What runs cost beside the time of the fit."""

from __future__ import annotations

import pandas as pd

from automl.benchmark.report.document import Cell, Grid, Paragraph, Part
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.wording import number

_COLUMNS = (
    "framework", "peak memory, MB, median", "largest", "prediction, ms per 1,000 rows, median", "largest",
    "start, s, median", "overhead, s, median", "largest",
)  # fmt: skip


def costs(view: View) -> tuple[Part, ...]:
    """Show memory, prediction time and the time that is spent around a fit.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of parts
    """
    text = (
        "Peak memory is that of all processes of a run together. Start is what comes before the clock: imports, and a "
        "server where there is one. Overhead is what this benchmark itself adds to a run: its wall clock less start, "
        "fit and prediction. Prediction time holds for as many rows at once as the outer fold has."
    )
    rows = tuple(_row(view, name) for name in view.ordered)
    return (Paragraph(text), Grid("Memory, prediction time and overhead of a run", _COLUMNS, rows))


def _row(view: View, framework: str) -> tuple[Cell, ...]:
    runs = view.runs[view.runs["framework"] == framework]
    n_test: pd.Series[float] = runs["n_test"].where(runs["n_test"] > 0)
    predict_ms = 1e3 * runs["predict_s"] / (n_test / 1e3)
    values = (
        runs["peak_mb"].median(), runs["peak_mb"].max(), predict_ms.median(), predict_ms.max(),
        runs["prepare_s"].median(), runs["overhead_s"].median(), runs["overhead_s"].max(),
    )  # fmt: skip
    return (view.name_cell(framework), *(Cell(number(value)) for value in values))
