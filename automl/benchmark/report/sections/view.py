"""What the sections of one budget look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from automl.benchmark.report.comparing import Comparison
from automl.benchmark.report.document import Cell
from automl.benchmark.report.statistics import RankTest


@dataclass(frozen=True)
class View:
    """The runs of one budget, with those that take none, and what came out of them.

    Parameters
    ----------
    budget_s : float or None
    anchor : str
        Of its section, and the beginning of the names of its drawings.
    runs : DataFrame
        As in `Results`.
    all_frameworks : tuple of str
        Of the report, whose places give mark and colour.
    scores, scaled : Comparison
    test : RankTest
        Of `scores`.
    """

    budget_s: float | None
    anchor: str
    runs: pd.DataFrame
    all_frameworks: tuple[str, ...]
    scores: Comparison
    scaled: Comparison
    test: RankTest

    @property
    def series(self) -> Mapping[str, int]:
        """The number of each framework."""
        return {name: place for place, name in enumerate(self.all_frameworks)}

    @property
    def ordered(self) -> list[str]:
        """Its frameworks: those compared from the best rank on, then the others by name."""
        ranked = list(self.test.ranks.index)
        present = set(self.runs["framework"])
        return ranked + [name for name in self.all_frameworks if name in present and name not in ranked]

    @property
    def without_budget(self) -> list[str]:
        """Frameworks that took no budget, where others did."""
        if self.budget_s is None:
            return []
        names = set(self.runs.loc[self.runs["budget_s"].isna(), "framework"])
        return [name for name in self.all_frameworks if name in names]

    def name_cell(self, framework: str) -> Cell:
        """A cell with a framework's name, mark and colour."""
        return Cell(framework, series=self.series[framework])
