"""Searcher: asks trials, is told outcomes. No clock, process or file inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from automl.space import Space
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


class Listed:
    """Starts in an order that nothing changes.

    Parameters
    ----------
    space : Space
    configurations : sequence of Configuration

    Raises
    ------
    ValueError
        If a configuration does not fit the space.
    """

    def __init__(self, space: Space, configurations: Sequence[Configuration]) -> None:
        self._configurations = [space.conform(each) for each in configurations]

    def next(self, tried: Tried) -> Configuration | None:
        """Give the first one that was not tried."""
        return next((each for each in self._configurations if each.id not in tried), None)


class _NoStarts:
    """Leaves a search to itself."""

    def next(self, tried: Tried) -> Configuration | None:
        return None


NO_STARTS = _NoStarts()
