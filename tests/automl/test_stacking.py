"""When the second layer comes, and what it leaves the search to know."""

from __future__ import annotations

import math

import pytest

from automl.search import RandomSearch
from automl.stacking import StackingSearcher, stacking_s
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

FULL = Fidelity(5)
BASE = ("a" * 16, "b" * 16)


class Script:
    """Asks the trials 0, 1, 2 and so on, and notes what it is told."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.told: list[Trial] = []

    def ask(self) -> Trial:
        self.n_asked += 1
        return Trial(self.n_asked - 1, Configuration("knn", {"k": self.n_asked}), FULL, seed=0)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.told.append(trial)


def stacked(number: int) -> Trial:
    return Trial(number, Configuration("linear", {"alpha": number}, BASE), FULL, 0, "stacked")


def ok(loss: float, seconds: float = 1.0) -> Outcome:
    return Outcome(Status.OK, loss, seconds, fit_seconds=0.75 * seconds, predict_seconds=0.25 * seconds)


def test_stacked_trials_come_once_when_due_and_the_search_goes_on() -> None:
    inner = Script()
    searcher = StackingSearcher(inner, lambda number: [stacked(number), stacked(number + 1)], lambda n: n >= 2)
    asked = [searcher.ask() for _ in range(6)]
    names = [trial.configuration.algorithm for trial in asked if trial]
    assert names == ["knn", "knn", "linear", "linear", "knn", "knn"]
    assert [trial.configuration.values["alpha"] for trial in asked[2:4] if trial] == [2, 3]
    for trial in asked:
        assert trial is not None
        searcher.tell(trial, ok(0.5))
    assert [trial.configuration.algorithm for trial in inner.told] == ["knn"] * 4


def test_a_layer_without_trials_changes_nothing() -> None:
    inner = Script()
    searcher = StackingSearcher(inner, lambda number: [], lambda n: True)
    assert [trial.number for trial in (searcher.ask(), searcher.ask()) if trial] == [0, 1]


def test_seconds_are_those_of_the_best_of_each_algorithm_within_bounds() -> None:
    def tried(name: str, loss: float, seconds: float, fidelity: Fidelity = FULL) -> tuple[Trial, Outcome]:
        return Trial(0, Configuration(name, {"loss": loss}), fidelity, 0), ok(loss, seconds)

    history = [tried("lightgbm", 0.2, 90.0), tried("lightgbm", 0.1, 8.0), tried("linear", 0.3, 2.0)]
    history += [tried("gaussian_process", 0.1, 70.0), tried("mlp", 0.1, 70.0, Fidelity(1))]
    assert stacking_s(history, FULL, 2, 60.0) == pytest.approx(1.5 * 10.0 / 2)
    assert stacking_s(history, FULL, 1, 60.0) == pytest.approx(0.2 * 60.0)
    assert stacking_s(history[2:], FULL, 2, 60.0) == pytest.approx(0.05 * 60.0)
    assert stacking_s([], FULL, 2, 60.0) == pytest.approx(0.05 * 60.0)
    assert stacking_s(history, FULL, 2, None) == math.inf


def test_it_is_a_searcher_where_any_is_wanted() -> None:
    assert {"ask", "tell"} <= set(dir(StackingSearcher)) & set(dir(RandomSearch))
