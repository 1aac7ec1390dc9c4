"""What the report says, a section a file; `compose` puts them in order."""

from automl.benchmark.report.sections.composing import compose

__all__ = ["compose"]
