"""Asynchronous successive halving (ASHA): which configuration climbs to the next fidelity."""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter
from collections.abc import Collection, Sequence

from automl.trial import Configuration, Fidelity, Outcome

_TWINS = 2
# Algorithms of which the best climbs whatever its rank: an ensemble lives on variety.
N_LEADING = 4


class Ladder:
    """Rungs of growing fidelity, and who stands where.

    A configuration climbs when its loss is among the best `1 / eta` of its rung's finished trials, whenever there
    is one; nobody waits for a rung to fill (Li et al., "A System for Massively Parallel Hyperparameter Tuning",
    MLSys 2020). So the best of the first `eta` climbs, and goes on to the top right away; where it fails, the next
    best does. Once `2 * eta` have finished, the best of each of the four best algorithms climbs too, if none of
    that algorithm has: what many of one kind leave behind may complement them. Of those that do exactly alike with
    one algorithm two climb, the values in which they differ seem not to matter. Configurations with a record
    elsewhere may be favoured: they begin at the top.

    Parameters
    ----------
    fidelities : sequence of Fidelity
        From cheap to full, all different.
    eta : int
        At least 2.
    favoured : collection of str
        Identifiers of configurations.

    Raises
    ------
    ValueError
        If there is no rung, two rungs are equal or `eta` is too small.

    Examples
    --------
    >>> from automl.trial import Status
    >>> ladder = Ladder([Fidelity(1), Fidelity(5)], eta=2)
    >>> for k, loss in [(3, 0.4), (5, 0.3)]:
    ...     ladder.told(Configuration("knn", {"k": k}), 0, Outcome(Status.OK, loss, seconds=0.1))
    >>> ladder.promotion() == (Configuration("knn", {"k": 5}), 1)
    True
    """

    def __init__(self, fidelities: Sequence[Fidelity], eta: int, favoured: Collection[str] = ()) -> None:
        if not fidelities or len(set(fidelities)) < len(fidelities) or eta < 2:
            raise ValueError(f"a ladder needs different rungs and eta >= 2, got {list(fidelities)} and eta={eta}")
        self.fidelities = tuple(fidelities)
        self._eta, self._favoured = eta, frozenset(favoured)
        self._asked: list[set[str]] = [set() for _ in fidelities]
        self._finished: list[list[tuple[float, int, Configuration]]] = [[] for _ in fidelities]
        self._failures = [0] * len(fidelities)

    def rung(self, fidelity: Fidelity) -> int:
        """Position of a fidelity; ValueError if it is not a rung."""
        if fidelity not in self.fidelities:
            raise ValueError(f"{fidelity} is no rung of {list(self.fidelities)}")
        return self.fidelities.index(fidelity)

    def was_asked(self, configuration: Configuration, rung: int = 0) -> bool:
        """Whether the configuration stands, or stood, on the rung."""
        return configuration.id in self._asked[rung]

    def n_asked(self, rung: int = 0) -> int:
        """Number of configurations on the rung, those in flight included."""
        return len(self._asked[rung])

    def entry(self, configuration: Configuration) -> int:
        """Rung on which a configuration begins."""
        return len(self.fidelities) - 1 if configuration.id in self._favoured else 0

    def asked(self, configuration: Configuration, rung: int) -> None:
        """Note a trial in flight; what is below it need not be asked any more."""
        for each in self._asked[: rung + 1]:
            each.add(configuration.id)

    def told(self, configuration: Configuration, rung: int, outcome: Outcome) -> None:
        """Note a finished trial, asked here or not."""
        self.asked(configuration, rung)
        self._failures[rung] += not outcome.ok
        insort(self._finished[rung], (outcome.ranked_loss, len(self._finished[rung]), configuration))

    def promotion(self, *, any_rank: bool = False) -> tuple[Configuration, int] | None:
        """Give a configuration and the rung it climbs to, highest rungs first, or None.

        `any_rank` lets all successes climb: for when there is nothing new to start.
        """
        for rung in reversed(range(len(self.fidelities) - 1)):
            climbing = self._best_of_its_kind(rung) or self._best_of_all(rung, any_rank=any_rank)
            if climbing is not None:
                return climbing, rung + 1
        return None

    def _best_of_its_kind(self, rung: int) -> Configuration | None:
        finished, above = self._finished[rung], self._asked[rung + 1]
        if len(finished) < 2 * self._eta:
            return None
        best: dict[str, Configuration] = {}
        for loss, _, configuration in finished:
            if math.isfinite(loss):
                best.setdefault(configuration.algorithm, configuration)
        climbed = {configuration.algorithm for _, _, configuration in finished if configuration.id in above}
        return next((best[name] for name in list(best)[:N_LEADING] if name not in climbed), None)

    def _best_of_all(self, rung: int, *, any_rank: bool) -> Configuration | None:
        finished, above = self._finished[rung], self._asked[rung + 1]
        n_best = len(finished) // self._eta
        nobody_above = len(above) == self._failures[rung + 1]
        if any_rank or (nobody_above and (rung > 0 or n_best)):
            n_best = len(finished)
        twins: Counter[tuple[str, float]] = Counter()
        for rank, (loss, _, configuration) in enumerate(finished):
            kind = configuration.algorithm, loss
            if configuration.id in above:
                twins[kind] += 1
                continue
            if math.isfinite(loss) and (any_rank or (rank < n_best and twins[kind] < _TWINS)):
                return configuration
        return None
