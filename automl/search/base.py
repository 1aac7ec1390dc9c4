"""Searcher: asks trials, is told outcomes. No clock, process or file inside."""

from __future__ import annotations

from typing import Protocol

from automl.trial import Outcome, Trial


class Searcher(Protocol):
    """A search method.

    Told the same history with the same seed, it asks the same next trial.
    """

    def ask(self) -> Trial | None:
        """Give the next trial, or None when the space is exhausted."""

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Take in the outcome of a trial; trials that were asked and not yet told are in flight."""
