"""What a search tries first: what past tasks recommend, and the defaults of algorithms that they do not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automl.search import Tried
from automl.space import Space
from automl.trial import Configuration
from portfolios import AdaptivePortfolio

MAX_STARTS = 24
# So many starts come before the defaults of algorithms that no past task has tried.
_BEFORE_UNTRIED = 2


class PortfolioStarts:
    """Starts of which each, after the first few, depends on what those before it gave.

    They come from a portfolio, with the defaults of algorithms that no past task has tried among the first; last the
    defaults of those that were tried, but gave no start. An algorithm that did badly elsewhere is tried all the same: a
    first look is cheap, and may have erred.

    Parameters
    ----------
    space : Space
    portfolio : AdaptivePortfolio or None
    configurations : mapping of str to Configuration
        Those of the portfolio, by their identifiers; they fit the space.
    favoured : sequence of Configuration
        Those of them that come first whatever they give: the order of so few outcomes tells more of chance than of the
        table.
    heard_of : frozenset of str
        Algorithms that past tasks have tried, at any fidelity and with any success.
    hopeless : frozenset of str
        Algorithms that were tried on tasks like this one without one success; they are not tried.
    too_slow : frozenset of str
        Identifiers of configurations that the time does not allow.
    limit : int
        So many come from the portfolio.
    """

    def __init__(
        self,
        space: Space,
        portfolio: AdaptivePortfolio | None,
        configurations: Mapping[str, Configuration],
        *,
        favoured: Sequence[Configuration] = (),
        heard_of: frozenset[str] = frozenset(),
        hopeless: frozenset[str] = frozenset(),
        too_slow: frozenset[str] = frozenset(),
        limit: int = MAX_STARTS,
    ) -> None:
        self._portfolio, self._configurations, self._limit = portfolio, configurations, limit
        self._favoured = tuple(favoured)
        defaults = [space.default(name) for name in space.algorithms if name not in hopeless]
        self._untried = [default for default in defaults if default.algorithm not in heard_of]
        self._others = [each for each in defaults if each.algorithm in heard_of and each.id not in too_slow]

    def next(self, tried: Tried) -> Configuration | None:
        """Give the next start; None when there is no other."""
        begun = {name: loss for name, loss in tried.items() if name in self._configurations}
        recommended = self._recommended(begun)
        if recommended is not None and len(begun) < _BEFORE_UNTRIED:
            return recommended
        algorithms = {self._configurations[name].algorithm for name in begun}
        for default in self._untried:
            if default.id not in tried:
                return default
        if recommended is not None:
            return recommended
        return next((each for each in self._others if each.id not in tried and each.algorithm not in algorithms), None)

    def _recommended(self, begun: Tried) -> Configuration | None:
        if self._portfolio is None or len(begun) >= self._limit:
            return None
        for each in self._favoured:
            if each.id not in begun:
                return each
        name = self._portfolio.next(begun)
        return None if name is None else self._configurations[name]
