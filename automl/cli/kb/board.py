"""A summary laid out: tables and bars, in colour on a terminal, plain elsewhere."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.text import Text

from automl.cli.kb.current_space import SpaceCheck
from automl.cli.kb.layout import bar, bars, numbers, table, words
from automl.cli.kb.months import periods
from automl.cli.kb.summary import Summary
from automl.cli.kb.wording import amount, duration, percent, seconds, shown, size_of

BAR_CELLS = 40
SHARE_CELLS = 8
SHOWN_OUTDATED = 8
# A pipe has no width of its own: wide enough for every table.
PLAIN_WIDTH = 200


def print_board(summary: Summary) -> None:
    """Print a summary on the standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    cell = "#" if console.options.ascii_only else "\u2588"
    for part in _parts(summary, cell):
        console.print(part, soft_wrap=isinstance(part, Text))


def _parts(summary: Summary, cell: str) -> Iterator[RenderableType]:
    """What the board consists of, from top to bottom."""
    yield _headline(summary)
    if summary.n_inbox_files:
        files = amount(summary.n_inbox_files, "inbox file", "inbox files")
        yield Text(
            f"{files} beside it, not counted here: outcomes of fits that run, or that were stopped; "
            "`automl kb check --repair` folds in what is finished"
        )
    if summary.layers_below:
        yield ""
        yield _layers(summary)
    filled = [layer for layer in summary.layers if summary.n_outcomes(layer)]
    if filled:
        yield from _details(summary, filled[0], cell)


def _headline(summary: Summary) -> Text:
    own = str(summary.store)
    line = Text.assemble("store: ", (own, "bold"))
    if own in summary.layers and summary.n_outcomes(own):
        return line.append(f" ({size_of(summary.store)})")
    line.append(" (no outcomes yet)" if own in summary.layers else " (not there yet)")
    return line.append("\n`automl fit` fills it with what it finds out, `automl kb import` with others' results")


def _layers(summary: Summary) -> Group:
    rows = []
    for layer in summary.layers:
        totals = summary.of_layer(layer)["totals"].iloc[0]
        role = "ships with the package" if layer in summary.layers_below else "the user's own"
        counts = [f"{totals[name]:,.0f}" for name in ("n_tasks", "n_configurations", "n_outcomes")]
        rows.append([Path(layer).name, role, *counts])
    columns = [words("store"), words(""), numbers("tasks"), numbers("configurations"), numbers("outcomes")]
    return table("Layers", columns, rows, None)


def _details(summary: Summary, layer: str, cell: str) -> Iterator[RenderableType]:
    tables = summary.of_layer(layer)
    if summary.layers_below:
        yield Text.assemble("\nof ", (layer, "bold"))
    yield _totals(tables["totals"])
    small = [_task_types(tables["task_types"]), _statuses(tables["statuses"]), _sources(tables["sources"])]
    yield Columns([Group("", each) for each in small], padding=(0, 4))
    for part in (
        _algorithms(tables["algorithms"]),
        _outcomes_over_time(tables["months"], cell),
        _coverage(tables["coverage"], cell),
        _space_versions(tables["space_versions"]),
        _fit_to_space(summary.space_checks[layer]),
    ):
        yield from ("", part)


def _totals(frame: pd.DataFrame) -> Text:
    totals = frame.iloc[0]
    hours = float(totals["hours"])
    return Text.assemble(
        (amount(int(totals["n_outcomes"]), "outcome", "outcomes"), "bold"),
        f" of {amount(int(totals['n_configurations']), 'configuration', 'configurations')}",
        f" of {amount(int(totals['n_algorithms']), 'algorithm', 'algorithms')} on ",
        (amount(int(totals["n_tasks"]), "task", "tasks"), "bold"),
        f", found in {amount(int(totals['n_studies']), 'study', 'studies')}",
        f" and {duration(hours)} of computing" if hours else "",
    )


def _task_types(frame: pd.DataFrame) -> Group:
    rows = [[shown(row["task_type"]), *_counts(row, "n_tasks", "n_outcomes")] for row in frame.to_dict("records")]
    return table("Tasks by type", [words("type"), numbers("tasks"), numbers("outcomes")], rows)


def _statuses(frame: pd.DataFrame) -> Group:
    rows = [
        [shown(row["status"]), *_counts(row, "n_outcomes"), percent(row["share"])] for row in frame.to_dict("records")
    ]
    return table("Statuses", [words("status"), numbers("outcomes"), numbers("share")], rows)


def _sources(frame: pd.DataFrame) -> Group:
    rows = [[shown(row["source"]), *_counts(row, "n_studies", "n_outcomes")] for row in frame.to_dict("records")]
    return table("Sources", [words("source"), numbers("studies"), numbers("outcomes")], rows)


def _algorithms(frame: pd.DataFrame) -> Group:
    columns = [words("algorithm"), *map(numbers, ("configurations", "outcomes", "tasks", "ok", "median seconds"))]
    rows = [
        [
            shown(row["algorithm"]), *_counts(row, "n_configurations", "n_outcomes", "n_tasks"),
            percent(row["share_ok"]), seconds(row["median_seconds"]),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    return table("Algorithms", columns, rows)


def _outcomes_over_time(frame: pd.DataFrame, cell: str) -> Group:
    counts = periods(frame)
    most = max(n for _, n in counts)
    rows = [[period, bar(n / most, BAR_CELLS, cell), f"{n:,}"] for period, n in counts]
    return table("Outcomes over time, by the start of their study", [words(""), bars(), numbers("outcomes")], rows,
                 None)  # fmt: skip


def _coverage(frame: pd.DataFrame, cell: str) -> Group:
    names = ("tasks", "configurations", "known")
    rows = [
        [
            shown(row["task_type"]), shown(row["metric"]), *_counts(row, "n_tasks", "n_configurations"),
            percent(row["share_known"]), bar(row["share_known"], SHARE_CELLS, cell),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    columns = [words("type"), words("metric"), *map(numbers, names), bars()]
    return table("Coverage: share of tasks by configurations whose loss is known", columns, rows)


def _space_versions(frame: pd.DataFrame) -> Group:
    rows = [
        [shown(row["space_version"]), *_counts(row, "n_configurations", "n_outcomes")]
        for row in frame.to_dict("records")
    ]
    columns = [words("version"), numbers("configurations"), numbers("outcomes")]
    return table("Search spaces", columns, rows)


def _fit_to_space(check: SpaceCheck) -> RenderableType:
    examined = f"the {amount(check.n_examined, 'configuration', 'configurations')}"
    if check.is_sample:
        examined = f"{check.n_examined:,} configurations, a random sample of all {check.n_configurations:,},"
    if not check.n_outdated:
        return Text(f"all of {examined} fit the current search space", "green")
    title = (
        f"{check.n_outdated:,} of {examined} do not fit the current search space, with "
        f"{percent(check.n_outdated_outcomes / check.n_outcomes)} of their outcomes; they are kept, but start no fit"
    )
    columns = [words("algorithm"), numbers("configurations"), numbers("outcomes"), words("such as")]
    rows = [
        [shown(row["algorithm"]), *_counts(row, "n_configurations", "n_outcomes"), shown(row["example"])]
        for row in check.outdated.to_dict("records")
    ]
    return table(title, columns, rows, SHOWN_OUTDATED)


def _counts(row: dict[Hashable, Any], *names: str) -> list[str]:
    return [f"{row[name]:,}" for name in names]
