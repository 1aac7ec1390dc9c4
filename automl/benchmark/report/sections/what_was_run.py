"""What the results are results of, and the rules that they were found by."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from automl.benchmark.report.document import Bullets, Cell, Folded, Grid, Paragraph, Part
from automl.benchmark.report.preparing import LATE_FACTOR, LATE_S, Results
from automl.benchmark.report.wording import NOTHING, amount, budget_name, listed, number, shown, spread

_CONDITIONS = {
    "n_cores": "cores", "memory_limit_mb": "memory limit", "machine": "machine", "commit": "commit measured",
    "version": "version",
}  # fmt: skip


def what_was_run(results: Results) -> tuple[Part, ...]:
    """Name tables, frameworks, budgets, machine and knowledge bases.

    Parameters
    ----------
    results : Results

    Returns
    -------
    tuple of parts
    """
    runs = results.runs
    return (
        _conditions(runs),
        *_cautions(results),
        _frameworks(results),
        Folded("The tables", (_tables(runs),)),
        *_left_out(runs),
    )


def how_it_was_measured(results: Results) -> tuple[Part, ...]:
    """State the rules.

    Parameters
    ----------
    results : Results

    Returns
    -------
    tuple of parts
    """
    n_failed, n_late = int(results.runs["is_imputed"].sum()), int(results.runs["is_late"].sum())
    rules = (
        "No framework saw the outer test rows: they are written to where it runs only after its fit has ended, without "
        "the target. All frameworks had the same outer splits.",
        "Each run is a process of its own, on the same number of cores. The clock runs for the fit alone; imports, and "
        "the start of a server, come before it.",
        f"A run that failed counts with the score of the constant predictor on the same outer fold; {n_failed:,} of "
        f"{len(results.runs):,} runs did. Its fit counts with the seconds it took until it failed.",
        f"A fit is late when it took more than {LATE_FACTOR:g} times its budget and {LATE_S:g} s; {n_late:,} did. A "
        "late fit that ended keeps its score: look at scores and times together.",
        "Scores are those of the metric of each task, greater is better, averaged over folds and seeds before tables "
        "are compared; frameworks are compared on tables that all of them have.",
    )
    return (Bullets(rules),)


def _conditions(runs: pd.DataFrame) -> Grid:
    tasks = runs.groupby("table")["task"].first().value_counts()
    by_task = ", ".join(f"{n:,} {task}" for task, n in sorted(tasks.items()))
    started = sorted(text[:10] for text in runs["started"].dropna().astype(str))
    days = sorted({started[0], started[-1]}) if started else []
    memory = spread(runs["memory_limit_mb"].dropna().tolist(), " MB")
    budgets = [budget_name(budget) for budget in sorted(runs["budget_s"].dropna().unique())]
    facts = {
        "suite": listed(_different(runs["suite"])),
        "tables": f"{runs['table'].nunique():,}: {by_task}",
        "metrics": listed(_different(runs["metric"])),
        "outer folds run": _per_table(runs, "fold") + f" a table, of {spread(runs['n_folds'].tolist())}",
        "seeds": spread(runs["seed"].tolist()),
        "budgets": listed(budgets),
        "cores": spread(runs["n_cores"].tolist()),
        "memory limit": "none" if memory == NOTHING else memory,
        "machine": listed(_different(runs["machine"])),
        "commit measured": listed(_different(runs["commit"])),
        "days": " to ".join(days) or NOTHING,
    }
    rows = tuple((Cell(name), Cell(text)) for name, text in facts.items())
    return Grid("Conditions", ("", "value"), rows, frozenset({0, 1}))


def _cautions(results: Results) -> list[Paragraph]:
    """What makes the runs of one framework less alike than one mean of them suggests."""
    texts = []
    if results.n_dropped:
        texts.append(
            f"{amount(results.n_dropped, 'row is', 'rows are')} not counted: runs that came twice, or folds on which "
            "no run has a score."
        )
    for column, what in _CONDITIONS.items():
        values = results.runs[column].map(shown)
        mixed = values.groupby(results.runs["framework"]).nunique()
        names = [name for name in results.frameworks if mixed[name] > 1]
        if names:
            texts.append(f"Runs that differ in their {what} are averaged for {listed(names)}.")
    return [Paragraph(text, is_caution=True) for text in texts]


def _frameworks(results: Results) -> Grid:
    rows = []
    for place, name in enumerate(results.frameworks):
        runs = results.runs[results.runs["framework"] == name]
        budgets = sorted(runs["budget_s"].dropna().unique())
        bases = _different(runs["knowledge_base"].map(shown)) if runs["knowledge_base"].notna().any() else []
        n_left_out = runs["left_out"].map(lambda names: len(_names(names)))
        left_out = f"tasks a run: {spread(n_left_out.tolist())}" if n_left_out.any() else NOTHING
        rows.append(
            (
                Cell(name, series=place),
                Cell(listed(_different(runs["version"]))),
                Cell(listed(map(budget_name, budgets)) if budgets else "takes none"),
                Cell(listed(bases) if bases else "none"),
                Cell(left_out),
                Cell(f"{len(runs):,}"),
            )
        )
    columns = ("framework", "version", "budgets", "knowledge base", "left out of it", "runs")
    return Grid("Frameworks", columns, tuple(rows), frozenset(range(5)))


def _tables(runs: pd.DataFrame) -> Grid:
    rows = []
    for table, part in runs.groupby("table"):
        first = part.iloc[0]
        texts = (
            str(table), first["task"], first["metric"], number(first["n_rows"], 9), number(first["n_features"], 9),
            number(first["n_classes"], 9), f"{part['fold'].nunique()} of {number(first['n_folds'])}",
        )  # fmt: skip
        rows.append(tuple(map(Cell, texts)))
    columns = ("table", "task", "metric", "rows", "columns", "classes", "folds run")
    return Grid("Tables", columns, tuple(rows), frozenset({0, 1, 2}))


def _left_out(runs: pd.DataFrame) -> list[Part]:
    """Which tasks a knowledge base was bereft of, table by table."""
    found: dict[str, set[str]] = {}
    for table, names in runs[["table", "left_out"]].itertuples(index=False):
        found.setdefault(str(table), set()).update(_names(names))
    rows = tuple((Cell(table), Cell(listed(sorted(names)))) for table, names in sorted(found.items()) if names)
    if not rows:
        return [] if runs["knowledge_base"].isna().all() else [
            Paragraph("Nothing was left out of the knowledge base: it knew none of the tables, or was not asked to "
                      "forget them.", is_caution=True)
        ]  # fmt: skip
    grid = Grid("Tasks left out of the knowledge base", ("table", "left out"), rows, frozenset({0, 1}))
    text = (
        "A framework that starts from past results had none of these for the table: every task with the same content, "
        "and what else was asked to be left out."
    )
    return [Folded("What the knowledge base was not allowed to know", (Paragraph(text), grid))]


def _names(names: object) -> list[str]:
    return [shown(name) for name in names] if isinstance(names, Iterable) and not isinstance(names, str) else []


def _different(values: pd.Series[str]) -> list[str]:
    return sorted({shown(value) for value in values if shown(value) != NOTHING})


def _per_table(runs: pd.DataFrame, column: str) -> str:
    return spread(runs.groupby("table")[column].nunique().tolist())
