"""What one meta-feature is: a function of the shared intermediates plus the facts that describe it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from metafeatures.intermediates import Intermediates

Cost = Literal["constant", "linear", "sort", "model", "quadratic"]
Need = Literal[
    "classification",
    "regression",
    "two classes",
    "columns",
    "numeric",
    "two numeric",
    "categorical",
    "two rows",
    "two per class",
]


class UndefinedError(ValueError):
    """A meta-feature has no value for this table; the message says why."""


class TimeLimitError(UndefinedError):
    """The time limit passed while a meta-feature was being computed."""

    def __init__(self) -> None:
        super().__init__("time limit")


@dataclass(frozen=True, slots=True)
class Feature:
    """One meta-feature.

    Its name is the name of `compute`, its formula in words the first paragraph of that function's docstring.

    Parameters
    ----------
    compute : callable
        Maps an `Intermediates` to a number, or to a 1-d float array that is summarised (see `summaries`).
        May raise `UndefinedError`; a value that is not finite counts as undefined too.
    source : str
        The paper or tool that defines it.
    cost : {"constant", "linear", "sort", "model", "quadratic"}
        How the time grows with the rows looked at: after the shared passes nothing, one pass, a sort, fits of
        models, all pairs of rows.
    per : str
        What the elements of the array stand for; "table" for a number.
    needs : tuple of str
        What a table must have; where it has not, the meta-feature is missing with that reason.
    version : int
        Raised when the definition changes, so that stored values of the old one are not mixed with the new.
    """

    compute: Callable[[Intermediates], Any]
    source: str
    cost: Cost = "linear"
    per: str = "table"
    needs: tuple[Need, ...] = ()
    version: int = 1

    @property
    def name(self) -> str:
        """Name of the meta-feature."""
        return self.compute.__name__

    @property
    def formula(self) -> str:
        """Definition in words."""
        lines = (self.compute.__doc__ or "").strip().split("\n\n")[0]
        return " ".join(lines.split())

    def unmet(self, table: Intermediates) -> str | None:
        """Reason why the table cannot have this meta-feature, or None if it can."""
        failed = next((need for need in self.needs if not CHECKS[need](table)), None)
        if failed in ("two classes", "two per class") and not table.is_classification:
            failed = "classification"
        return None if failed is None else REASONS[failed]


CHECKS: dict[Need, Callable[[Intermediates], bool]] = {
    "classification": lambda t: t.is_classification,
    "regression": lambda t: not t.is_classification,
    "two classes": lambda t: t.is_classification and t.n_classes >= 2,
    "columns": lambda t: t.n_columns >= 1,
    "numeric": lambda t: t.n_numeric >= 1,
    "two numeric": lambda t: t.n_numeric >= 2,
    "categorical": lambda t: t.n_categorical >= 1,
    "two rows": lambda t: t.n_rows >= 2,
    "two per class": lambda t: t.is_classification and t.n_classes >= 2 and int(t.class_counts.min()) >= 2,
}
REASONS: dict[Need, str] = {
    "classification": "defined for classification only",
    "regression": "defined for regression only",
    "two classes": "fewer than two classes",
    "columns": "no columns",
    "numeric": "no numeric columns",
    "two numeric": "fewer than two numeric columns",
    "categorical": "no categorical columns",
    "two rows": "fewer than two rows",
    "two per class": "a class with a single row",
}
