"""What holds for every searcher: one suite over the list of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from search_problems import Listed, Problem, branin, conditional, hartmann6, losses_of, small_space, wide_space

from automl.search import SMBO, RandomSearch, Searcher
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

FULL = Fidelity(5)
LADDER = (Fidelity(1), Fidelity(3), FULL)

SEARCHERS: dict[str, Callable[..., Searcher]] = {
    "random": lambda space, seed, **options: RandomSearch(space, FULL, seed, **options),
    "smbo": lambda space, seed, **options: SMBO(space, [FULL], seed, **options),
    "smbo without a clock": lambda space, seed, **options: SMBO(space, [FULL], seed, cost_aware=False, **options),
    "smbo over a ladder": lambda space, seed, **options: SMBO(space, LADDER, seed, **options),
    "halving at random": lambda space, seed, **options: SMBO(space, LADDER, seed, random_share=1.0, **options),
}
WIDE = wide_space()
MakeSearcher = Callable[..., Searcher]


@pytest.fixture(params=SEARCHERS.values(), ids=SEARCHERS.keys())
def make(request: pytest.FixtureRequest) -> MakeSearcher:
    return request.param


def answer(trial: Trial) -> Outcome:
    """Losses, seconds and failures that depend on the trial alone."""
    rng = np.random.default_rng([trial.seed, trial.fidelity.folds])
    seconds = float(rng.exponential())
    if rng.random() < 0.15:
        return Outcome.failed(Status.TIMEOUT, "too slow", seconds)
    return Outcome(Status.OK, float(rng.lognormal()) / trial.fidelity.folds, seconds)


def asked(searcher: Searcher) -> Trial:
    trial = searcher.ask()
    assert trial is not None
    return trial


def play(searcher: Searcher, n: int, n_workers: int = 1) -> list[tuple[Trial, Outcome]]:
    """Ask and tell until `n` are told and none is in flight."""
    history: list[tuple[Trial, Outcome]] = []
    in_flight: list[Trial] = []
    n_asked = 0
    while len(history) < n:
        while len(in_flight) < n_workers and n_asked < n:
            in_flight.append(asked(searcher))
            n_asked += 1
        trial = in_flight.pop(len(history) % len(in_flight))  # not the order of asking
        history.append((trial, answer(trial)))
        searcher.tell(*history[-1])
    return history


def test_same_seed_and_history_same_next_trial(make: MakeSearcher) -> None:
    first, second = make(WIDE, 3), make(WIDE, 3)
    assert play(first, 30, n_workers=3) == play(second, 30, n_workers=3)
    assert asked(first) == asked(second)
    assert asked(first) == asked(second)  # with one in flight


def test_other_seeds_ask_other_trials(make: MakeSearcher) -> None:
    asks = [{trial.configuration for trial, _ in play(make(WIDE, seed), 10)} for seed in (0, 1)]
    assert len(asks[0] & asks[1]) < 3


@pytest.mark.parametrize("n", [1, 7, 60])
def test_a_fresh_searcher_that_is_told_the_history_goes_on_alike(make: MakeSearcher, n: int) -> None:
    starts = WIDE.sample(5, np.random.default_rng(0))
    first, fresh = make(WIDE, 0, starts=Listed(starts)), make(WIDE, 0, starts=Listed(starts))
    for trial, outcome in play(first, n, n_workers=4):
        fresh.tell(trial, outcome)
    for _ in range(5):
        trial = asked(first)
        assert trial == asked(fresh)
        first.tell(trial, answer(trial))
        fresh.tell(trial, answer(trial))


def test_trials_are_legal_numbered_and_never_repeated(make: MakeSearcher) -> None:
    trials = [trial for trial, _ in play(make(WIDE, 0), 50, n_workers=5)]
    assert sorted(trial.number for trial in trials) == list(range(50))
    assert all(WIDE.why_invalid(trial.configuration) is None for trial in trials)
    assert len({(trial.configuration.id, trial.fidelity) for trial in trials}) == 50
    assert all(0 <= trial.seed < 2**31 for trial in trials)


def test_trials_in_flight_are_not_asked_again(make: MakeSearcher) -> None:
    searcher = make(WIDE, 0)
    play(searcher, 30)
    in_flight = [asked(searcher) for _ in range(20)]
    assert len({(trial.configuration.id, trial.fidelity) for trial in in_flight}) == 20


def test_a_seed_belongs_to_the_configuration(make: MakeSearcher) -> None:
    trials = [trial for trial, _ in play(make(WIDE, 0), 40)]
    seeds = {(trial.configuration.id, trial.seed) for trial in trials}
    assert len(seeds) == len({trial.configuration.id for trial in trials})


def test_starts_are_asked_first_and_in_order(make: MakeSearcher) -> None:
    default, other = WIDE.default("algorithm3"), WIDE.sample(1, np.random.default_rng(5))[0]
    searcher = make(WIDE, 0, starts=Listed([other, default, other]))
    trials = [asked(searcher) for _ in range(3)]
    assert [trial.configuration for trial in trials[:2]] == [other, default]
    assert [trial.origin for trial in trials] == ["warm", "default", "random"]


def test_a_start_that_does_not_fit_is_refused(make: MakeSearcher) -> None:
    with pytest.raises(ValueError, match="unknown algorithm svm"):
        make(WIDE, 0, starts=Listed([Configuration("svm", {})])).ask()


def test_starts_are_told_what_was_tried_before(make: MakeSearcher) -> None:
    starts = Listed(WIDE.sample(4, np.random.default_rng(0)))
    searcher = make(WIDE, 0, starts=starts)
    good, bad = asked(searcher), asked(searcher)
    searcher.tell(bad, Outcome.failed(Status.CRASH, "ValueError: no", 0.1))
    assert asked(searcher).configuration == starts.configurations[2]
    assert starts.shown == {good.configuration.id: None, bad.configuration.id: np.inf}
    searcher.tell(good, Outcome(Status.OK, 0.5, 1.0))
    while asked(searcher).configuration != starts.configurations[3]:
        pass  # it may have climbed first
    assert starts.shown[good.configuration.id] == 0.5


def test_nothing_but_failures(make: MakeSearcher) -> None:
    searcher = make(WIDE, 0)
    for _ in range(40):
        trial = asked(searcher)
        searcher.tell(trial, Outcome.failed(Status.CRASH, "ValueError: no", 0.1))


def test_outliers_and_equal_losses(make: MakeSearcher) -> None:
    for losses in ([1e300, -1e300, 0.5], [0.5]):
        searcher = make(WIDE, 0)
        for i in range(20):
            searcher.tell(asked(searcher), Outcome(Status.OK, losses[i % len(losses)], 0.0))


def test_an_exhausted_space_ends_after_all_of_it_was_asked(make: MakeSearcher) -> None:
    searcher = make(small_space(), 0)
    full = set()
    for _ in range(3 * 7):
        trial = searcher.ask()
        if trial is None:
            break
        searcher.tell(trial, Outcome(Status.OK, float(trial.seed), 0.1))
        full |= {trial.configuration} if trial.fidelity == FULL else set()
    assert searcher.ask() is None
    assert len(full) == 7


def test_a_space_all_in_flight_has_nothing_to_ask_for_now(make: MakeSearcher) -> None:
    searcher = make(small_space(), 0)
    trials = [asked(searcher) for _ in range(7)]
    assert searcher.ask() is None
    searcher.tell(trials[0], Outcome(Status.OK, 0.5, 0.1))
    following = searcher.ask()
    assert following is None if trials[0].fidelity == FULL else following is not None


def median_regret(name: str, problem: Problem, n_workers: int = 1) -> float:
    """Distance of the best found loss from the optimum, median over seeds."""
    searchers = [SEARCHERS[name](problem.space, seed) for seed in range(3)]
    best = [min(losses_of(s, problem.loss, problem.n_trials, n_workers=n_workers)) for s in searchers]
    return float(np.median(best)) - problem.optimum


@pytest.mark.parametrize("problem", [branin(), hartmann6(), conditional()], ids=["branin", "hartmann6", "conditional"])
def test_random_search_is_beaten_on_known_optima(problem: Problem) -> None:
    assert median_regret("smbo without a clock", problem) < 0.5 * median_regret("random", problem)


def test_random_search_is_beaten_with_four_trials_in_flight() -> None:
    problem = conditional()
    assert median_regret("smbo", problem, n_workers=4) < 0.7 * median_regret("random", problem, n_workers=4)
