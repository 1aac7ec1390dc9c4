"""The report of a benchmark: one HTML file that opens offline, and the same in Markdown with its figures beside it.

`preparing` makes one row a run that counts, `comparing` and `statistics` work out what is shown, `sections` puts it
into the words, grids and figures of `document`, and `page` and `markdown` write that down.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Written", "write_report"]

_EXTRA = ("jinja2", "matplotlib", "scikit_posthocs")


class Written(NamedTuple):
    """The files of one report."""

    html: Path
    markdown: Path
    figures: tuple[Path, ...]


def write_report(results: pd.DataFrame, output: Path) -> Written:
    """Write the report of a benchmark.

    Parameters
    ----------
    results : DataFrame
        One row a run, as `automl.benchmark.results.read_results` gives them; those of several folders below each other.
    output : Path
        The HTML file. The Markdown file gets its name with the ending ``.md``, its figures go into a folder of that
        name with ``-figures`` behind it; folders are made, files that are there are replaced.

    Returns
    -------
    Written

    Raises
    ------
    ValueError
        If `output` does not end in ``.html``, if there are no runs, or if a column is missing.
    ImportError
        If what the extra ``benchmark`` brings is not installed.
    """
    if output.suffix != ".html":
        raise ValueError(f"{output}: the report is an HTML file, so give it a name that ends in .html")
    try:
        from automl.benchmark.report import markdown, page
        from automl.benchmark.report.preparing import prepare
        from automl.benchmark.report.sections import compose
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ImportError(
            f"the report needs the package {error.name}, which is not installed: "
            "pip install 'precedent-automl[benchmark]'",
            name=error.name,
        ) from error
    report = compose(prepare(results))
    written = Written(
        output,
        output.with_suffix(".md"),
        tuple(output.with_name(f"{output.stem}-figures") / f"{drawing.name}.svg" for drawing in report.drawings),
    )
    for path in (output, *written.figures[:1]):
        path.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page.render(report), encoding="utf-8")
    written.markdown.write_text(markdown.render(report, f"{output.stem}-figures"), encoding="utf-8")
    for path, drawing in zip(written.figures, report.drawings, strict=True):
        path.write_text(drawing.standalone, encoding="utf-8")
    return written
