"""A portfolio that learns on the way: against one that does not, and its rules one at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from portfolios import AdaptivePortfolio, build

KINDS = 4


def tasks(n: int, seed: int) -> pd.DataFrame:
    """Tasks of a few kinds; what is good on one of a kind is good on its others, up to noise."""
    rng = np.random.default_rng(seed)
    good_on = np.repeat(rng.random((KINDS, 40)), -(-n // KINDS), axis=0)[:n]
    return pd.DataFrame(
        good_on + 0.1 * rng.random((n, 40)), columns=[f"c{i}" for i in range(40)], index=[f"t{i}" for i in range(n)]
    )


def regrets(losses: pd.DataFrame, task: str, n: int, *, adapting: bool) -> float:
    """Best of the first `n` that are chosen for a task from the others, above the task's best."""
    here = losses.loc[task]
    portfolio = AdaptivePortfolio(losses.drop(index=task))
    tried: dict[str, float | None] = {}
    while len(tried) < n:
        name = portfolio.next(tried if adapting else dict.fromkeys(tried))
        assert name is not None
        tried[name] = float(here[name])
    return float(here[list(tried)].min() - here.min())


def test_it_finds_better_ones_than_a_fixed_list_after_as_many_trials() -> None:
    fixed, adapted = [], []
    for seed in range(3):
        losses = tasks(24, seed)
        for task in losses.index[::3]:
            fixed.append(regrets(losses, task, 6, adapting=False))
            adapted.append(regrets(losses, task, 6, adapting=True))
    assert np.mean(adapted) < 0.6 * np.mean(fixed)


def test_as_long_as_nothing_is_known_it_is_the_greedy_portfolio() -> None:
    losses = tasks(12, 0)
    assert AdaptivePortfolio(losses).beginning(10) == build(losses, 10)
    assert AdaptivePortfolio(losses).next({"c0": 0.5, "unknown": 1.0}) != "c0"


def test_a_task_that_orders_outcomes_wrongly_loses_its_say_and_one_outcome_orders_nothing() -> None:
    losses = pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, 1.0], "c": [2.0, 0.0]}, index=["rising", "falling"])
    portfolio = AdaptivePortfolio(losses, weights={"rising": 1.0, "falling": 3.0})
    assert portfolio.weights({"a": 0.1, "b": None}).tolist() == [1.0, 3.0]
    two, three = (portfolio.weights(tried) for tried in ({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}))
    assert two[0] == three[0] == 1.0  # never wrong
    assert 0 < three[1] < two[1] < 3.0
    assert portfolio.weights({"a": 5, "b": 5}).tolist() == [1.0, 3.0]  # a tie contradicts nobody


def test_failures_are_the_worst_and_alike() -> None:
    losses = pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, 1.0], "c": [2.0, 0.0], "d": [2.0, 2.0]})
    portfolio = AdaptivePortfolio(losses)
    assert portfolio.weights({"a": 0.3, "c": np.inf}).tolist() == portfolio.weights({"a": 0.3, "c": 0.4}).tolist()
    assert portfolio.weights({"a": np.inf, "c": np.inf}).tolist() == [1.0, 1.0]
    assert portfolio.next({"a": np.inf, "c": np.inf}) == "b"


def test_what_a_task_does_not_know_it_is_not_blamed_for() -> None:
    losses = pd.DataFrame({"a": [0.0, np.nan], "b": [1.0, 1.0], "c": [2.0, 0.0]})
    told, ignorant = AdaptivePortfolio(losses).weights({"a": 2.0, "b": 1.0})
    assert told < ignorant == 1.0


def test_the_order_of_telling_does_not_matter() -> None:
    losses = tasks(12, 1)
    rng = np.random.default_rng(0)
    tried = {f"c{i}": float(rng.random()) for i in range(12)}
    backwards = dict(reversed(tried.items()))
    portfolio = AdaptivePortfolio(losses)
    assert portfolio.weights(tried).tolist() == portfolio.weights(backwards).tolist()
    assert portfolio.next(tried) == portfolio.next(backwards)


def test_with_a_deviation_the_second_best_of_a_task_that_weighs_most_comes_before_the_best_of_others() -> None:
    losses = pd.DataFrame(
        {"first": [0.0, 5.0], "second": [0.05, 5.0], "other": [5.0, 0.0], "poor": [1.0, 3.0], "bad": [2.0, 2.0]},
        index=["own", "far"],
    )
    weights = {"own": 0.97, "far": 0.03}
    certain, unsure = (AdaptivePortfolio(losses, weights=weights, deviation=some) for some in (0.0, 0.2))
    assert certain.beginning(3) == ["first", "other", "second"]
    assert unsure.beginning(3) == ["first", "second", "other"]


def test_with_a_deviation_too_what_is_nowhere_better_than_the_median_is_left_out() -> None:
    losses = pd.DataFrame({"good": [0.0], "fair": [0.5], "middle": [1.0], "bad": [2.0], "worse": [3.0]})
    assert AdaptivePortfolio(losses, deviation=0.2).beginning(9) == ["good", "fair"]
    for wrong in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="deviation"):
            AdaptivePortfolio(losses, deviation=wrong)


def test_of_a_kind_the_second_best_comes_after_what_is_as_good_of_another() -> None:
    losses = pd.DataFrame({"svm": [0.0], "same": [0.1], "other": [0.11], "poor": [1.0], "bad": [2.0], "worse": [3.0]})
    kinds = {name: "trees" for name in losses} | {"svm": "svm", "same": "svm"}
    assert AdaptivePortfolio(losses, deviation=0.2).beginning(3) == ["svm", "same", "other"]
    assert AdaptivePortfolio(losses, deviation=0.2, kinds=kinds).beginning(3) == ["svm", "other", "same"]
