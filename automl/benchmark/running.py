"""Going through a plan: what is done is not done again, and what goes wrong is a result."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from automl.benchmark.execution import Experience, Patience, execute
from automl.benchmark.frameworks import FRAMEWORKS
from automl.benchmark.leaving_out import Experiences
from automl.benchmark.plan import Run
from automl.benchmark.results import ResultsFolder
from automl.benchmark.splitting import Split, Splits
from automl.benchmark.suite import BenchmarkTable

logger = logging.getLogger(__name__)

Result = dict[str, Any]
Executed = tuple[Result, pd.DataFrame | None]


@dataclass(frozen=True)
class Prepared:
    """All that a run needs, wherever it is run."""

    run: Run
    split: Split
    python: str | None
    patience: Patience
    experience: Experience | None

    def execute(self) -> Executed:
        """Run it here."""
        return execute(self.run, self.split, self.python, self.patience, self.experience)


class Backend(Protocol):
    """Where runs are run."""

    def __call__(self, prepared: Iterable[Prepared]) -> Iterator[Executed]:
        """Run them, drawing no more of them than can soon be run, and give each result as it comes."""


def in_turn(prepared: Iterable[Prepared]) -> Iterator[Executed]:
    """Run one after the other on this machine."""
    for each in prepared:
        yield each.execute()


@dataclass
class Benchmark:
    """A benchmark under way.

    Parameters
    ----------
    plan : sequence of Run
    tables : sequence of BenchmarkTable
    pythons : mapping of str to str
        Interpreter of each framework that has an environment of its own.
    results : ResultsFolder
    experiences : Experiences or None
        For frameworks with the option ``warm_start``.
    patience : Patience
    on_result : callable
        Told of each result as it comes.
    on_table_failed : callable
        Told of a table that cannot be run, why, and its runs that are left out.
    """

    plan: Sequence[Run]
    tables: Sequence[BenchmarkTable]
    pythons: Mapping[str, str]
    results: ResultsFolder
    experiences: Experiences | None = None
    patience: Patience = field(default_factory=Patience)
    on_result: Callable[[Result], object] = lambda result: None
    on_table_failed: Callable[[str, str, Sequence[Run]], object] = lambda name, error, runs: None

    def run(self, backend: Backend = in_turn) -> None:
        """Run what has no result yet, and write the tables of results, also when it is interrupted.

        Raises
        ------
        ValueError
            If another process runs a benchmark in the same folder.
        """
        with self.results.locked():
            try:
                for result, predictions in backend(self._prepared()):
                    self.results.write(result, predictions)
                    self.on_result(result)
            finally:
                if self.results.done():
                    self.results.export()

    @cached_property
    def todo(self) -> list[Run]:
        """Runs of the plan without a result when this was first asked."""
        done = self.results.done()
        return [run for run in self.plan if run.id not in done]

    def _prepared(self) -> Iterator[Prepared]:
        tables = {(table.suite, table.name): table for table in self.tables}
        done = self.results.done()  # once more, now that nobody else runs in the folder
        todo = [run for run in self.plan if run.id not in done]
        failed: set[tuple[str, str]] = set()
        splits = Splits()
        for i, run in enumerate(todo):
            key = (run.suite, run.table)
            if key in failed:
                continue
            try:
                split = splits.of(tables[key], run)
            except Exception as error:  # whatever is wrong with a table, the others are run
                logger.info("the table %s is left out", run.table, exc_info=True)
                failed.add(key)
                left_out = [each for each in todo[i:] if (each.suite, each.table) == key]
                self.on_table_failed(run.table, str(error), left_out)
                continue
            yield Prepared(run, split, self.pythons.get(run.framework), self.patience, self._experience(run, split))

    def _experience(self, run: Run, split: Split) -> Experience | None:
        if self.experiences is None or not FRAMEWORKS[run.framework].options.get("warm_start"):
            return None
        return self.experiences.of(run.table, split.content_hash)
