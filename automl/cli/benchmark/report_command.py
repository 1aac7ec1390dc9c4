"""`automl benchmark report`: what came out of a benchmark, as a page to read."""

from __future__ import annotations

import argparse
from pathlib import Path

from automl.cli.user_errors import UserError

NAME = "report"
HELP = "write the results of benchmarks as HTML and Markdown"
EXAMPLES = """examples:
  automl benchmark report results --output report.html
  automl benchmark report short-budgets long-budgets --output docs/benchmark.html

The HTML file opens without a network. A Markdown file of the same name stands beside it, with its figures in a folder.
Results of several folders are reported as one benchmark; one that still runs can be reported on as far as it is.
Needs the extra packages of benchmarks: pip install 'precedent-automl[benchmark]'.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl benchmark report`."""
    parser.add_argument("folders", metavar="OUT", nargs="+", help="folder of `automl benchmark run`")
    parser.add_argument(
        "--output", metavar="FILE", default="report.html", help="the HTML file to write (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Read, report, and say where."""
    import pandas as pd

    from automl.benchmark.report import write_report
    from automl.benchmark.results import read_results

    results = pd.concat([read_results(folder) for folder in arguments.folders], ignore_index=True)
    try:
        written = write_report(results, Path(arguments.output))
    except ImportError as error:
        raise UserError(str(error)) from error
    print(f"{written.html}: written, with {written.markdown} and {len(written.figures)} figures beside it")
