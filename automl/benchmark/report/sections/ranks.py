"""Average ranks with the critical-difference diagram."""

from __future__ import annotations

from automl.benchmark.report.document import Cell, Figure, Grid, Paragraph, Part
from automl.benchmark.report.figures.ranks import draw_ranks
from automl.benchmark.report.sections.view import View
from automl.benchmark.report.statistics import ALPHA, LEAST_FRAMEWORKS, LEAST_TABLES, RankTest
from automl.benchmark.report.wording import amount, fixed, listed, p_value


def ranks(view: View) -> tuple[Part, ...]:
    """Rank the frameworks on each table, average, and test.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of parts
    """
    test = view.test
    if len(test.ranks) < 2:
        return (Paragraph("Ranks need two frameworks on common tables.", is_caution=True),)
    parts: list[Part] = [
        Paragraph(
            "Scores are averaged over folds and seeds, then ranked on each table, ties sharing their ranks; the ranks "
            "are averaged over tables."
        ),
        Paragraph(f"{_tested(test)} {verdict(test)}"),
    ]
    caution = _caution(test)
    if caution:
        parts.append(Paragraph(caution, is_caution=True))
    caption = "Average ranks, 1 is best"
    if test.test == "friedman":
        caption += "; a bar joins frameworks that the tables do not tell apart"
    return (*parts, Figure(draw_ranks(test, view.series, f"{view.anchor}-ranks"), caption), _grid(view))


def verdict(test: RankTest) -> str:
    """Say who leads, and of whom that is more than chance.

    Parameters
    ----------
    test : RankTest
        Of two frameworks at least.

    Returns
    -------
    str
        One or two sentences.
    """
    first = str(test.ranks.index[0])
    leaders = [str(name) for name, rank in test.ranks.items() if rank == test.ranks.iloc[0]]
    have = "have" if len(leaders) > 1 else "has"
    lead = f"{listed(leaders)} {have} the best average rank, {fixed(test.ranks.iloc[0], 2)}"
    if test.test == "none":
        return f"{lead}; whether that is more than chance cannot be told."
    if not test.is_rejected:
        return f"{lead}; that the ranks differ is not shown to be more than chance ({p_value(test.p_value)})."
    apart = test.told_apart(first)
    rest = [name for name in test.ranks.index if name not in apart and name not in leaders]
    told = f"told apart from it: {listed(apart)}; not told apart: {listed(rest)}"
    return f"{lead} ({p_value(test.p_value)} that all are alike). By more than chance {told}."


def _tested(test: RankTest) -> str:
    if test.test == "friedman":
        return (
            f"Friedman\u2019s test over {amount(test.n_tables, 'table')} and "
            f"{amount(len(test.ranks), 'framework')}: \u03c7\u00b2 = {fixed(test.statistic, 1)}, "
            f"{p_value(test.p_value)}. Pairs by Nemenyi\u2019s test at {ALPHA:g}, only where that is below {ALPHA:g}: "
            f"average ranks that are {fixed(test.critical_difference, 2)} apart differ."
        )
    if test.test == "sign":
        return f"Two frameworks are compared by the sign test: {p_value(test.p_value)}."
    return "No test was made."


def _caution(test: RankTest) -> str:
    n, k = test.n_tables, len(test.ranks)
    if test.ranks.max() == test.ranks.min():
        return "The average ranks are all the same."
    if test.test == "none":
        return (
            f"Too few tables: {k} frameworks on {amount(n, 'table')} would have to be "
            f"{fixed(test.critical_difference, 2)} ranks apart, and cannot be more than {k - 1}. "
            "Read the ranks as a description of these tables."
        )
    if test.test == "friedman" and (n <= LEAST_TABLES or k < LEAST_FRAMEWORKS):
        return (
            f"With {amount(n, 'table')} and {k} frameworks the p-value is rough; it is held to be good from more than "
            f"{LEAST_TABLES} tables and {LEAST_FRAMEWORKS} frameworks on. Few tables find large differences only."
        )
    return ""


def _grid(view: View) -> Grid:
    test = view.test
    places = view.scores.scores.rank(axis=1, ascending=False)
    best = view.scores.scores.eq(view.scores.scores.max(axis=1), axis=0)
    rows = tuple(
        (
            view.name_cell(str(name)),
            Cell(fixed(rank, 2), is_best=rank == test.ranks.iloc[0]),
            Cell(fixed(places[name].median(), 1)),
            Cell(f"{best[name].sum():,}"),
            Cell(listed(test.told_apart(str(name))) if test.test != "none" else "not tested"),
        )
        for name, rank in test.ranks.items()
    )
    columns = (
        "framework",
        "average rank",
        "median rank",
        "tables on which it is best",
        "differs by more than chance from",
    )
    return Grid(f"Ranks over {amount(test.n_tables, 'table')}", columns, rows, frozenset({0, 4}))
