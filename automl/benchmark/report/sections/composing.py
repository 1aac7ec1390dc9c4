"""The whole report, from top to bottom."""

from __future__ import annotations

from automl.benchmark.report.comparing import compare
from automl.benchmark.report.document import Paragraph, Part, Report, Section
from automl.benchmark.report.preparing import Results
from automl.benchmark.report.sections.costs import costs
from automl.benchmark.report.sections.failures import failures
from automl.benchmark.report.sections.overview import overview
from automl.benchmark.report.sections.per_table import per_table
from automl.benchmark.report.sections.ranks import ranks
from automl.benchmark.report.sections.scaled import scaled
from automl.benchmark.report.sections.score_against_time import score_against_time
from automl.benchmark.report.sections.time_kept import time_kept
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.sections.what_was_run import how_it_was_measured, what_was_run
from automl.benchmark.report.sections.wins import wins
from automl.benchmark.report.statistics import tested_ranks
from automl.benchmark.report.wording import amount, budget_name, listed


def compose(results: Results) -> Report:
    """Write the report of a benchmark.

    Parameters
    ----------
    results : Results

    Returns
    -------
    Report
    """
    views = [_view(results, place) for place in range(len(results.budgets))]
    n_tables = results.runs["table"].nunique()
    lead = (
        f"{amount(len(results.frameworks), 'framework')} on {amount(n_tables, 'table')}, "
        f"{listed(map(budget_name, results.budgets))}: {amount(len(results.runs), 'run')}."
    )
    sections = (
        Section("overview", "At a glance", overview(views)),
        Section("what", "What was run", what_was_run(results)),
        Section("how", "How it was measured", how_it_was_measured(results)),
        Section("time", "Score against time", score_against_time(results)),
        *(_of_budget(view) for view in views),
        Section("failures", "Failures", failures(results)),
    )
    return Report("Benchmark report", lead, sections, results.frameworks)


def _view(results: Results, place: int) -> View:
    budget_s = results.budgets[place]
    runs = results.at(budget_s)
    scores = compare(runs, "counted", ["framework"])
    scaled_scores = compare(runs, "scaled", ["framework"])
    return View(budget_s, f"budget-{place + 1}", runs, results.frameworks, scores, scaled_scores,
                tested_ranks(scores.scores))  # fmt: skip


def _of_budget(view: View) -> Section:
    parts = {
        "ranks": ("Average ranks", ranks(view)),
        "wins": ("Win rates", wins(view)),
        "scaled": ("Scaled scores by task type and size", scaled(view)),
        "kept": ("Was the budget kept?", time_kept(view)),
        "costs": ("Memory, prediction time, overhead", costs(view)),
        "tables": ("Scores of each table", per_table(view)),
    }
    return Section(
        view.anchor,
        f"Budget {budget_name(view.budget_s)}" if view.budget_s is not None else "Without a time budget",
        _compared(view),
        tuple(Section(f"{view.anchor}-{key}", title, found) for key, (title, found) in parts.items()),
    )


def _compared(view: View) -> tuple[Part, ...]:
    """Say which tables and frameworks are compared, and which are not."""
    found = view.scores
    texts = [
        f"{amount(found.scores.shape[1], 'framework')} are compared on the "
        f"{amount(len(found.scores), 'table')} that all of them have."
    ]
    if view.without_budget:
        texts[0] += f" {listed(view.without_budget)} took no budget: such a framework stands beside every one."
    cautions = []
    if found.missing_tables:
        cautions.append(f"Left out, because a framework has no run there: {listed(found.missing_tables)}.")
    if found.missing_points:
        cautions.append(
            f"Not compared, for runs on fewer than half of the tables: {listed(map(str, found.missing_points))}."
        )
    if found.n_missing_splits:
        cautions.append(
            f"{amount(found.n_missing_splits, 'fold or seed', 'folds or seeds')} of the tables compared are left out, "
            "because a framework has no run there."
        )
    return (*(Paragraph(text) for text in texts), *(Paragraph(text, is_caution=True) for text in cautions))
