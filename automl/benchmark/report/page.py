"""A report as one HTML page that needs nothing else: styles and drawings stand in it, there is no script."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from automl.benchmark.report.document import Report
from automl.benchmark.report.figures.drawing import variables
from automl.benchmark.report.palette import look


def render(report: Report) -> str:
    """Write a report as HTML.

    Parameters
    ----------
    report : Report
        Its texts may hold anything; they are shown as they are.

    Returns
    -------
    str
        Its content security policy forbids every request.
    """
    environment = Environment(
        loader=PackageLoader("automl.benchmark.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = Markup  # drawn by us, names in it escaped
    style = environment.get_template("page.css").render(light=Markup(variables(0)), dark=Markup(variables(1)))
    return environment.get_template("page.html.jinja").render(report=report, style=Markup(style), look=look)
