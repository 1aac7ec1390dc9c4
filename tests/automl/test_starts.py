"""What a search tries first, and how it depends on what came of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ConfigSpace import ConfigurationSpace

from automl.space import Space
from automl.starts import MAX_STARTS, PortfolioStarts
from automl.trial import Configuration
from portfolios import AdaptivePortfolio

NAMES = ("knn", "ridge", "tree", "bayes")
SPACE = Space({name: ConfigurationSpace({"k": (1, 50)}) for name in NAMES})


def configuration(name: str, k: int) -> Configuration:
    return Configuration(name, {"k": k})


def starts_of(losses: dict[Configuration, list[float]], **options: Any) -> PortfolioStarts:
    """Starts from what some configurations lost on past tasks."""
    frame = pd.DataFrame({each.id: column for each, column in losses.items()})
    return PortfolioStarts(SPACE, AdaptivePortfolio(frame), {each.id: each for each in losses}, **options)


def walk(starts: PortfolioStarts, losses: dict[Configuration, float] | None = None) -> list[Configuration]:
    """All starts, one after the other, each in flight until the end or with its loss known at once."""
    tried: dict[str, float | None] = {}
    found = []
    while (start := starts.next(tried)) is not None:
        found.append(start)
        tried[start.id] = None if losses is None else losses.get(start, np.inf)
    return found


def test_without_a_portfolio_every_default_is_tried() -> None:
    assert walk(PortfolioStarts(SPACE, None, {})) == [SPACE.default(name) for name in NAMES]


def test_what_nobody_tried_comes_early_and_what_was_not_chosen_last() -> None:
    good = [configuration("knn", 1 + n) for n in range(3)] + [configuration("ridge", 3)]
    poor = [configuration("tree", 1 + n) for n in range(5)]
    losses = {each: [0.1 * n] for n, each in enumerate([*good, *poor])}
    found = walk(starts_of(losses, heard_of=frozenset({"knn", "ridge", "tree"})))
    assert found == [*good[:2], SPACE.default("bayes"), *good[2:], SPACE.default("tree")]


def test_the_favoured_come_first_whatever_they_give() -> None:
    losses = {configuration("knn", 1 + n): [0.1 * n, 1.0] for n in range(6)}
    losses |= {configuration("ridge", 1 + n): [1.0, 0.1 * n] for n in range(6)}
    here = {each: 0.5 if each.algorithm == "knn" else 0.1 for each in losses}
    favoured = [configuration("knn", 3), configuration("knn", 2), configuration("knn", 1)]
    heard_of = frozenset(NAMES)
    assert walk(starts_of(losses, favoured=favoured, heard_of=heard_of), here)[:3] == favoured
    assert walk(starts_of(losses, heard_of=heard_of), here)[:2] == [configuration("knn", 1), configuration("ridge", 1)]


def test_what_failed_wherever_it_was_tried_is_left_out() -> None:
    found = walk(PortfolioStarts(SPACE, None, {}, heard_of=frozenset({"tree"}), hopeless=frozenset({"tree"})))
    assert found == [SPACE.default(name) for name in ("knn", "ridge", "bayes")]


def test_a_default_that_takes_too_long_is_left_out() -> None:
    slow = SPACE.default("tree").id
    found = walk(PortfolioStarts(SPACE, None, {}, heard_of=frozenset(NAMES), too_slow=frozenset({slow})))
    assert found == [SPACE.default(name) for name in ("knn", "ridge", "bayes")]


def test_what_comes_next_depends_on_what_came_of_the_first() -> None:
    """Two kinds of past tasks: neighbours are good on some, lines on the others, and their variants too."""
    near = [configuration("knn", k) for k in (5, 6, 7)]
    line = [configuration("ridge", k) for k in (5, 6, 7)]
    poor = [configuration("tree", k) for k in range(1, 8)]
    losses = {each: [2.0 * n] * 3 + [8.0] * 3 for n, each in enumerate(near)}
    losses |= {each: [8.0] * 3 + [2.0 * n] * 3 for n, each in enumerate(line)}
    losses |= {each: [9.0] * 6 for each in poor}
    starts = starts_of(losses, heard_of=frozenset(NAMES))
    assert starts.next({near[2].id: 0.9, line[2].id: 0.2}) == line[0]
    assert starts.next({near[2].id: 0.2, line[2].id: 0.9}) == near[0]


def test_they_end() -> None:
    rng = np.random.default_rng(0)
    many = {configuration(name, k): list(rng.random(9)) for name in NAMES for k in range(1, 40)}
    heard = frozenset(NAMES)
    assert len(walk(starts_of(many, heard_of=heard))) == MAX_STARTS
    found = walk(starts_of(many, heard_of=heard), {each: float(rng.random()) for each in many})
    assert len(found) == len(set(found)) == MAX_STARTS
