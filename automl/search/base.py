"""Searcher: asks trials, is told outcomes. No clock, process or file inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from automl.trial import Configuration, Outcome, Trial

Tried = Mapping[str, float | None]
"""Loss of each configuration on the lowest rung, by identifier: infinite where it failed, None while in flight."""


class Searcher(Protocol):
    """A search method.

    Told the same history with the same seed, it asks the same next trial.
    """

    def ask(self) -> Trial | None:
        """Give the next trial, or None when the space is exhausted."""

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Take in the outcome of a trial; trials that were asked and not yet told are in flight."""


class Starts(Protocol):
    """What a search tries before it proposes anything itself."""

    def next(self, tried: Tried) -> Configuration | None:
        """Give the next start, one that fits the space and was not tried; None when there is no other."""


class _NoStarts:
    """Leaves a search to itself."""

    def next(self, tried: Tried) -> Configuration | None:
        return None


NO_STARTS = _NoStarts()
