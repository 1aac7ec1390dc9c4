"""Progress of a fit: incumbent, trials, time left. A live line on a terminal, log records elsewhere."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from automl.budget import Budget
from automl.trial import Outcome, Trial

logger = logging.getLogger(__name__)

LINE_EVERY_S = 5.0


class ProgressReport:
    """Shows how a search goes.

    Parameters
    ----------
    budget : Budget
    verbose : int
        0 shows nothing, 1 a live line if the standard error is a terminal, 2 plain lines on the standard error.
        Log records at level INFO are written in any case.
    """

    def __init__(self, budget: Budget, verbose: int):
        self._budget = budget
        self._best: tuple[float, str] | None = None
        self._n_trials = 0
        self._n_failed = 0
        self._last_line_s = 0.0
        self._lines = verbose >= 2
        self._live: Progress | None = None
        if verbose == 1 and sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
            self._live = Progress(*columns, console=Console(stderr=True), transient=True)
            total = budget.time_budget if budget.has_clock else budget.max_trials
            self._task = self._live.add_task("fit", total=total, state="starting")

    def __enter__(self) -> ProgressReport:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        elif self._lines:
            sys.stderr.write(self.line() + "\n")

    def update(self, trial: Trial, outcome: Outcome, *, full: bool) -> None:
        """Take in an outcome; `full` says whether it is at full fidelity."""
        self._n_trials += 1
        self._n_failed += not outcome.ok
        if outcome.ok and full and (self._best is None or outcome.loss < self._best[0]):
            self._best = (outcome.loss, trial.configuration.algorithm)
            logger.info("incumbent %s, loss %.5g", self._best[1], self._best[0])
        if self._live is not None:
            done = self._budget.elapsed_s() if self._budget.has_clock else self._n_trials
            self._live.update(self._task, completed=done, state=self.line())
        elif self._lines and self._budget.elapsed_s() - self._last_line_s >= LINE_EVERY_S:
            self._last_line_s = self._budget.elapsed_s()
            sys.stderr.write(self.line() + "\n")

    def line(self) -> str:
        """The state in one line."""
        best = "no full model yet" if self._best is None else f"best {self._best[1]} loss {self._best[0]:.5g}"
        failed = f", {self._n_failed} failed" if self._n_failed else ""
        left = f", {self._budget.remaining_s():.0f} s left" if self._budget.has_clock else ""
        return f"{best}, {self._n_trials} trials{failed}{left}"
