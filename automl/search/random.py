"""Random search: the searcher that every other has to beat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import numpy as np

from automl.search.base import NO_STARTS, Starts, Tried
from automl.space import Space
from automl.trial import Configuration, Fidelity, Outcome, Trial

_DRAWS = 1_000  # without a new configuration before a space counts as exhausted


class RandomSearch:
    """Ask the starting configurations, then random ones, all at one fidelity.

    Parameters
    ----------
    space : Space
    fidelity : Fidelity
    seed : int
    starts : Starts
        Asked first.
    weights : mapping of str to float, optional
        Share of each algorithm; equal by default.
    """

    def __init__(
        self,
        space: Space,
        fidelity: Fidelity,
        seed: int,
        *,
        starts: Starts = NO_STARTS,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self._space, self._fidelity, self._seed, self._weights = space, fidelity, seed, weights
        self._starts = starts
        self._tried: dict[str, float | None] = {}
        self._number = 0

    def ask(self) -> Trial | None:
        """Give the next trial, or None when the space is exhausted; ValueError if a start does not fit the space."""
        rng = np.random.default_rng([self._seed, self._number])
        start = next_start(self._starts, self._tried, self._space)
        configuration = start or draw_unseen(self._space, rng, self._weights, lambda c: c.id in self._tried)
        if configuration is None:
            return None
        origin = "random" if start is None else origin_of(self._space, start)
        trial = Trial(self._number, configuration, self._fidelity, trial_seed(self._seed, configuration), origin)
        self._tried[configuration.id] = None
        self._number += 1
        return trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Take in an outcome, of which random search has no use; its starts may have."""
        self._tried[trial.configuration.id] = outcome.ranked_loss
        self._number = max(self._number, trial.number + 1)


def next_start(starts: Starts, tried: Tried, space: Space) -> Configuration | None:
    """Give the next start, conformed to the space; ValueError if it does not fit."""
    start = starts.next(tried)
    return None if start is None else space.conform(start)


def draw_unseen(
    space: Space, rng: np.random.Generator, weights: Mapping[str, float] | None, seen: Callable[[Configuration], bool]
) -> Configuration | None:
    """Draw a configuration that was not seen; None after many failed draws."""
    size = 1
    for _ in range(3):
        fresh = (c for c in space.sample(size, rng, weights) if not seen(c))
        found = next(fresh, None)
        if found is not None:
            return found
        size = _DRAWS // 2
    return None


def trial_seed(seed: int, configuration: Configuration) -> int:
    """Derive a trial's seed from the search's and the configuration: alike at every fidelity, whenever asked."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{configuration.id}".encode()).digest()[:4]) >> 1


def origin_of(space: Space, start: Configuration) -> str:
    """Tell a default from a warm start."""
    return "default" if start == space.default(start.algorithm) else "warm"
