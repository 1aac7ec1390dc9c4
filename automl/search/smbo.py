"""Sequential model-based optimisation over a ladder of fidelities."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from automl.search.base import NO_STARTS, Starts
from automl.search.history import History
from automl.search.ladder import N_LEADING, Ladder
from automl.search.past import PastSearches, Search
from automl.search.proposal import best_first
from automl.search.random import draw_unseen, next_start, origin_of, trial_seed
from automl.search.surrogate import Surrogate
from automl.space import Space
from automl.trial import Configuration, Fidelity, Outcome, Trial

_MIN_SUCCESSES = 6  # before the first model
_GRID_LIMIT = 2_000  # spaces up to this size are searched whole
_STARTS_ALONE = 8  # before a model that past searches teach takes turns with the other starts
_FOCUS_EVERY = 2  # of the proposals, one is for the best algorithms in turn, so that the ensemble has good ones of each


class SMBO:
    """Random-forest surrogate, expected improvement per second, asynchronous successive halving.

    New configurations start on the lowest rung and climb by `Ladder`, those with a record elsewhere on the highest;
    with one rung this is plain sequential model-based optimisation (Hutter et al., LION 2011). What the model sees,
    and how failures and trials in flight enter it, is told in `Surrogate`. A model that past searches teach does not
    wait for the last start: after the first eight they take turns. Every other of its proposals is for one of the four
    best algorithms, in turn: the ensemble needs good models of several. Algorithms that keep failing are drawn at
    random less often. State depends on the seed and the history of asks and tells alone; trials that another instance
    asked may be told, as resuming does.

    Parameters
    ----------
    space : Space
    ladder : sequence of Fidelity
        From cheap to full.
    seed : int
    starts : Starts
        Asked first: all of them before anything else, or the first eight where there are past searches.
    favoured : collection of Configuration
        Begin on the highest rung.
    past : sequence of Search
        Searches on tasks like this one; their configurations must fit the space.
    cost_aware : bool
        Divide the expected improvement by the predicted seconds. If False, seconds influence nothing.
    eta : int
        One of `eta` configurations of a rung climbs to the next.
    random_share : float
        Share of new configurations that are random, in [0, 1].
    weights : mapping of str to float, optional
        Share of each algorithm in random draws; equal by default.

    Raises
    ------
    ValueError
        If a favoured configuration does not fit the space, the ladder is none, or no algorithm has a positive weight.

    Examples
    --------
    >>> from ConfigSpace import ConfigurationSpace
    >>> from automl.trial import Status
    >>> space = Space({"ridge": ConfigurationSpace({"alpha": (0.0, 1.0)})})
    >>> searcher = SMBO(space, [Fidelity(1), Fidelity(5)], seed=0)
    >>> losses = []
    >>> for _ in range(40):
    ...     trial = searcher.ask()
    ...     losses.append((trial.configuration.values["alpha"] - 0.3) ** 2)
    ...     searcher.tell(trial, Outcome(Status.OK, losses[-1], seconds=1.0))
    >>> min(losses) < 1e-4
    True
    """

    def __init__(
        self,
        space: Space,
        ladder: Sequence[Fidelity],
        seed: int,
        *,
        starts: Starts = NO_STARTS,
        favoured: Collection[Configuration] = (),
        past: Sequence[Search] = (),
        cost_aware: bool = True,
        eta: int = 3,
        random_share: float = 0.2,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self._space, self._seed, self._cost_aware, self._random_share = space, seed, cost_aware, random_share
        self._weights = dict.fromkeys(space.algorithms, 1.0) if weights is None else dict(weights)
        if not any(self._weights.get(name, 0.0) > 0 for name in space.algorithms):
            raise ValueError(f"no algorithm of the space has a positive weight in {self._weights}")
        self._ladder = Ladder(ladder, eta, [space.conform(each).id for each in favoured])
        self._starts = starts
        self._tried: dict[str, float | None] = {}
        self._grid = space.grid(_GRID_LIMIT)
        self._listed = [] if self._grid is None else space.decode_all(self._grid)
        self._number = 0
        self._in_flight: dict[tuple[str, int], Configuration] = {}
        self._told: set[tuple[str, int]] = set()
        self._history = History(space, len(ladder))
        self._past = PastSearches(space, past, seed)
        self._surrogate: Surrogate | None = None

    def ask(self) -> Trial | None:
        """Give the next trial; None when there is nothing to ask that was not asked before.

        While trials are in flight, None may turn into a trial after the next `tell`. ValueError if a start does not fit
        the space.
        """
        rng = np.random.default_rng([self._seed, self._number])
        configuration, rung, origin = self._choose(rng)
        if configuration is None:
            return None
        trial = Trial(
            self._number, configuration, self._ladder.fidelities[rung], trial_seed(self._seed, configuration), origin
        )
        self._number += 1
        self._ladder.asked(configuration, rung)
        self._tried.setdefault(configuration.id, None)
        self._in_flight[configuration.id, rung] = configuration
        return trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Take in an outcome, of a trial that was asked here or elsewhere.

        Raises
        ------
        ValueError
            If the trial's fidelity is no rung or its configuration does not fit the space.
        """
        rung = self._ladder.rung(trial.fidelity)
        configuration = self._in_flight.pop((trial.configuration.id, rung), None)
        if configuration is None:
            configuration = self._space.conform(trial.configuration)
        self._number = max(self._number, trial.number + 1)
        for below, fidelity in enumerate(self._ladder.fidelities[:rung]):
            in_folds_alone = replace(fidelity, folds=trial.fidelity.folds) == trial.fidelity
            if in_folds_alone and (configuration.id, below) not in self._told:
                self._take_in(configuration, below, outcome.after(fidelity.folds))
        self._take_in(configuration, rung, outcome)

    def _take_in(self, configuration: Configuration, rung: int, outcome: Outcome) -> None:
        self._told.add((configuration.id, rung))
        self._ladder.told(configuration, rung, outcome)
        if rung == 0:
            self._tried[configuration.id] = outcome.ranked_loss
        self._history.append(configuration, rung, outcome)

    def _choose(self, rng: np.random.Generator) -> tuple[Configuration | None, int, str]:
        """Give configuration, rung and origin of the next trial."""
        climbing = self._ladder.promotion()
        if climbing is not None:
            return *climbing, "promotion"
        if not self._is_models_turn():
            start = next_start(self._starts, self._tried, self._space)
            if start is not None:
                return start, self._ladder.entry(start), origin_of(self._space, start)
        found, origin = self._propose(rng)
        if found is not None:
            return found, 0, origin
        climbing = self._ladder.promotion(any_rank=True)
        return (None, 0, "") if climbing is None else (*climbing, "promotion")

    def _is_models_turn(self) -> bool:
        """Tell whether the model comes before a start: every other time, and never when it would be focused."""
        if not len(self._past) or self._history.n_successes < _MIN_SUCCESSES:
            return False
        n = self._ladder.n_asked()
        return n >= _STARTS_ALONE and n % _FOCUS_EVERY != 0

    def _propose(self, rng: np.random.Generator) -> tuple[Configuration | None, str]:
        """Give a configuration that is new on the lowest rung, by the model or at random."""
        weights = self._history.success_rates()
        weights = {name: rate * self._weights.get(name, 0.0) for name, rate in weights.items()}
        untried = [i for i, listed in enumerate(self._listed) if not self._ladder.was_asked(listed)]
        if self._grid is not None and not untried:
            return None, ""
        n = self._ladder.n_asked()
        at_random = int((n + 1) * self._random_share) > int(n * self._random_share)
        if at_random or self._history.n_successes < _MIN_SUCCESSES:
            if untried:
                return self._listed[rng.choice(untried)], "random"
            return draw_unseen(self._space, rng, weights, self._ladder.was_asked), "random"
        surrogate = self._fitted().given_pending(self._space.encode(list(self._in_flight.values())))
        if self._grid is not None:
            return self._listed[untried[int(np.argmax(surrogate.acquire(self._grid[untried])))]], "model"
        if n % _FOCUS_EVERY == 0 and (leading := surrogate.leading[:N_LEADING]):
            surrogate = surrogate.focused(leading[n // _FOCUS_EVERY % len(leading)])
            weights = {self._space.decode(surrogate.centres[0]).algorithm: 1.0}
        candidates = best_first(surrogate.acquire, self._space, surrogate.centres, rng, weights)
        decoded = (self._space.decode(vector) for vector in candidates)
        return next((c for c in decoded if not self._ladder.was_asked(c)), None), "model"

    def _fitted(self) -> Surrogate:
        """Grow the forests anew where the history says so, else show them what came since."""
        if self._surrogate is None or self._surrogate.n_seen != self._history.fit_at:
            self._surrogate = Surrogate(self._history, self._seed, self._past, cost_aware=self._cost_aware)
        return self._surrogate.given_news(self._history)
