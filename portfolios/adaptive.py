"""A portfolio that goes on from what its first members have shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from portfolios.improvement import Floats, expected_improvement
from portfolios.scaling import scaled_losses

# Of any trial, so that the quickest of quick ones do not look free.
_OVERHEAD_S = 0.1
# Of the powers 0, 0.25, 0.5, 0.75 and 1 of the seconds, replayed on 127 tables, each left out with its relatives, 0 and
# 0.25 are best after 5 trials, 1 within 2 s, and all alike from 20 trials or 10 s on; 0 is far behind within any time.
_COST_POWER = 0.5
# What a task says weighs exp(-4 n share) as much once n outcomes are known, `share` being the part of their order that
# it has wrong; before any is known, a half, with the weight of two configurations that lie as far apart as best and
# median. Of 2, 4, 8 with 0, 1, 4 this was the best after 5 to 20 trials, all within 0.01 of each other.
_DISBELIEF, _DOUBT = 4.0, 1.0
# Of the deviation between two configurations, so much is left between two of a kind. Replayed, a half finds as good a
# best as the whole, and better ones of other kinds; without any, both are worse.
_OF_A_KIND = 0.5


class AdaptivePortfolio:
    """Configurations that complement each other, each chosen in the light of what those before it gave.

    Of past tasks, those count more that order the outcomes so far as they came here. The next configuration is the
    one that is expected to improve the most on the best so far, averaged over the tasks: each expects what it saw
    itself, give or take `deviation`. What is in flight is believed to do as well as it did there. So, as long as
    nothing is known and without `seconds` and `deviation`, this is greedy construction: the mean over tasks of the best
    scaled loss falls by the most in each step, which is submodular, so that the result is within 1 - 1/e of the best
    portfolio of its size.

    Parameters
    ----------
    losses : DataFrame of shape (n_tasks, n_configurations)
        Finite losses to be minimised, NaN where a configuration failed or was not run; the index names the tasks, the
        columns the configurations. They count as `scaled_losses`.
    weights : mapping of task to float, optional
        Weight of each task before anything is known, not negative; equal by default.
    seconds : Series of float64, indexed by configuration, optional
        What a configuration is expected to take. The gain is weighed against it, as for time-critical selections
        (Streeter and Golovin 2008, "An online algorithm for maximizing submodular functions").
    deviation : float
        By how much two configurations differ here otherwise than there, as a standard deviation of scaled losses. With
        it, the second best of a task that is much like this one is worth trying too: here it may be the best.
    kinds : mapping of str to str, optional
        Kind of each configuration, such as its algorithm. Those of a kind deviate together, between them half as much;
        by default each is of its own.

    Raises
    ------
    ValueError
        If a loss is infinite, no configuration has a loss, or `deviation`, a weight or the seconds of a configuration
        are negative or not finite.

    References
    ----------
    R. Leite, P. Brazdil, J. Vanschoren (2012). Selecting classification algorithms with active testing. Machine
    Learning and Data Mining in Pattern Recognition.

    M. Feurer, K. Eggensperger, S. Falkner, M. Lindauer, F. Hutter (2022). Auto-Sklearn 2.0: Hands-free AutoML via
    Meta-Learning. Journal of Machine Learning Research 23(261), algorithm 1.

    Examples
    --------
    Trees are good on three tasks, linear models on two. What was better here says which of them comes next.

    >>> import pandas as pd
    >>> losses = pd.DataFrame(
    ...     {"boosting": [0, 0, 0, 9, 9], "forest": [2, 2, 2, 9, 9], "lasso": [6, 6, 6, 0, 0], "ridge": [5, 5, 5, 2, 2]}
    ... )
    >>> portfolio = AdaptivePortfolio(losses)
    >>> portfolio.next({}), portfolio.next({"boosting": None})
    ('boosting', 'lasso')
    >>> portfolio.next({"forest": 0.2, "ridge": 0.7}), portfolio.next({"forest": 0.7, "ridge": 0.2})
    ('boosting', 'lasso')
    """

    def __init__(
        self,
        losses: pd.DataFrame,
        *,
        weights: Mapping[Any, float] | None = None,
        seconds: pd.Series | None = None,
        deviation: float = 0.0,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        if not 0 <= deviation < np.inf:
            raise ValueError(f"deviation must be finite and not negative, got {deviation}")
        self._names = [str(name) for name in losses.columns]
        self._places = {name: place for place, name in enumerate(self._names)}
        self._scaled = scaled_losses(losses).to_numpy()
        self._known = losses.notna().to_numpy()
        self._weight = np.ones(len(losses)) if weights is None else np.array([weights[task] for task in losses.index])
        if not (self._weight >= 0).all() or np.isinf(self._weight).any():
            raise ValueError("the weight of a task must be finite and not negative")
        self._promising = np.asarray((self._scaled[self._weight > 0] < 1).any(axis=0))
        self._deviation = deviation
        named = self._names if kinds is None else [kinds[name] for name in self._names]
        self._kinds = np.unique(named, return_inverse=True)[1]
        self._cost = np.ones(len(self._names))
        if seconds is not None:
            spent = seconds.reindex(losses.columns).to_numpy(dtype=np.float64)
            if not (spent >= 0).all() or np.isinf(spent).any():
                raise ValueError("the seconds of every configuration must be finite and not negative")
            self._cost = (spent + _OVERHEAD_S) ** _COST_POWER

    def next(self, tried: Mapping[str, float | None]) -> str | None:
        """Choose what to try next.

        Parameters
        ----------
        tried : mapping of str to float or None
            Loss of each configuration that was tried, comparable with each other alone: infinite where it failed,
            None while it is in flight. Those that no column names do not count.

        Returns
        -------
        str or None
            A column; of equal ones the first. None where no other would be better than the median anywhere.
        """
        losses = {self._places[name]: loss for name, loss in tried.items() if name in self._places}
        weight = self.weights(tried)
        free = self._promising.copy()
        free[list(losses)] = False
        best, variance = np.ones(len(self._scaled)), np.full(self._scaled.shape, self._deviation**2)
        done = {place: loss for place, loss in losses.items() if loss is not None and np.isfinite(loss)}
        expected = [place for place, loss in losses.items() if loss is None]
        if done:
            expected.append(min(done, key=lambda place: (done[place], place)))
        if expected:
            first = np.array(expected)[self._scaled[:, expected].argmin(axis=1)]
            best = self._scaled[np.arange(len(first)), first]
            variance[self._kinds[first][:, None] == self._kinds] *= _OF_A_KIND**2
        # Once nothing would improve on the best, what is good by itself: ensembles are made of the second best too.
        for goal in (best, np.ones(len(best))):
            gain = np.where(free, weight @ expected_improvement(self._scaled, variance, goal[:, None]), 0.0)
            if gain.max() > 0:
                return self._names[int((gain / self._cost).argmax())]
        return None

    def beginning(self, size: int) -> list[str]:
        """Give what it would choose, in order, if nothing became known on the way; at most `size`."""
        chosen: dict[str, None] = {}
        while len(chosen) < size and (name := self.next(chosen)) is not None:
            chosen[name] = None
        return list(chosen)

    def weights(self, tried: Mapping[str, float | None]) -> Floats:
        """Give what each task weighs now, shape (n_tasks,)."""
        seen = sorted(
            (self._places[name], loss) for name, loss in tried.items() if name in self._places and loss is not None
        )
        if len(seen) < 2:
            return self._weight
        places = np.array([place for place, _ in seen])
        ranks = np.unique([loss for _, loss in seen], return_inverse=True)[1]
        one, other = np.triu_indices(len(seen), 1)
        apart = self._scaled[:, places[one]] - self._scaled[:, places[other]]
        told = self._known[:, places[one]] & self._known[:, places[other]] & (ranks[one] != ranks[other])
        apart[~told] = 0.0
        wrong = np.where(apart * (ranks[one] - ranks[other]) < 0, np.abs(apart), 0.0).sum(axis=1)
        share = (wrong + 0.5 * _DOUBT) / (np.abs(apart).sum(axis=1) + _DOUBT)
        return np.asarray(self._weight * np.exp(-_DISBELIEF * len(seen) * (share - share.min())))
