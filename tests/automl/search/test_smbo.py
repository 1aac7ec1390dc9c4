from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from search_problems import Listed, conditional, losses_of, wide_space

from automl.search import SMBO, Search
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

SPACE = wide_space(4)
FULL = Fidelity(5)
LADDER = (Fidelity(1), Fidelity(2), FULL)


def asked(searcher: SMBO) -> Trial:
    trial = searcher.ask()
    assert trial is not None
    return trial


def test_a_full_incumbent_exists_after_three_first_looks() -> None:
    searcher = SMBO(SPACE, LADDER, 0)
    trials = []
    for _ in range(5):
        trials.append(asked(searcher))
        searcher.tell(trials[-1], Outcome(Status.OK, 0.5, 1.0))
    assert [trial.fidelity for trial in trials] == [LADDER[0], LADDER[0], *LADDER]
    assert len({trial.configuration for trial in trials}) == 3
    assert [trial.origin for trial in trials] == ["random", "random", "random", "promotion", "promotion"]


def test_the_favoured_begin_at_the_top_and_what_their_first_folds_gave_is_their_first_look() -> None:
    starts = [SPACE.default(f"algorithm{i}") for i in range(4)]
    listed = Listed(starts)
    searcher = SMBO(SPACE, LADDER, 0, starts=listed, favoured=starts[:3])
    trials = [asked(searcher) for _ in range(4)]
    assert [trial.fidelity for trial in trials] == [FULL, FULL, FULL, LADDER[0]]
    searcher.tell(trials[0], Outcome(Status.OK, 0.3, 5.0, fold_losses=(0.1, 0.2, 0.3, 0.4, 0.5)))
    searcher.tell(trials[1], Outcome.failed(Status.TIMEOUT, "cut off", 5.0, fold_losses=(0.4,)))
    searcher.tell(trials[2], Outcome.failed(Status.CRASH, "no", 1.0))
    searcher.tell(trials[3], Outcome(Status.OK, 0.2, 1.0, fold_losses=(0.2,)))
    # Of four that had a first look none is a best quarter that is not on its way already.
    following = asked(searcher)
    assert following.fidelity == LADDER[0] and following.configuration not in starts
    assert list(listed.shown.values()) == [0.1, 0.4, math.inf, 0.2]


def test_nothing_that_gets_beyond_a_first_look() -> None:
    searcher = SMBO(SPACE, (LADDER[0], FULL), 0)
    origins = set()
    for i in range(60):
        trial = asked(searcher)
        origins.add(trial.origin)
        failed = Outcome.failed(Status.MEMORY, "too large", 1.0)
        searcher.tell(trial, failed if trial.fidelity == FULL else Outcome(Status.OK, float(i), 1.0))
    assert origins == {"random", "model", "promotion"}


def test_rungs_thin_out_by_eta() -> None:
    searcher = SMBO(SPACE, LADDER, 0, eta=4)
    rng = np.random.default_rng(0)
    fidelities: Counter[Fidelity] = Counter()
    for _ in range(100):
        trial = asked(searcher)
        fidelities[trial.fidelity] += 1
        searcher.tell(trial, Outcome(Status.OK, float(rng.random()), 1.0))
    low, middle, high = (fidelities[fidelity] for fidelity in LADDER)
    # a quarter stands above in the end; who was overtaken since had climbed too
    assert low / 4 - 1 <= middle <= low / 2
    assert middle / 4 - 1 <= high <= middle / 2


def test_told_trials_may_hold_values_that_went_through_json_and_must_fit() -> None:
    searcher = SMBO(SPACE, [FULL], 0)
    default = SPACE.default("algorithm0")
    loose = {k: float(v) if isinstance(v, int) else v for k, v in default.values.items()}
    searcher.tell(Trial(7, Configuration("algorithm0", loose), FULL, 0), Outcome(Status.OK, 0.5, 1.0))
    assert SMBO(SPACE, [FULL], 0, starts=Listed([default])).ask() is not None
    following = asked(searcher)
    assert following.number == 8 and following.configuration != default
    with pytest.raises(ValueError, match="unknown algorithm"):
        searcher.tell(Trial(9, Configuration("svm", {}), FULL, 0), Outcome(Status.OK, 0.5, 1.0))
    with pytest.raises(ValueError, match="no rung"):
        searcher.tell(Trial(9, default, Fidelity(4), 0), Outcome(Status.OK, 0.5, 1.0))


def test_starts_that_were_told_already_are_not_asked_again() -> None:
    starts = SPACE.sample(3, np.random.default_rng(0))
    searcher = SMBO(SPACE, [FULL], 0, starts=Listed(starts))
    searcher.tell(Trial(0, starts[0], FULL, 0), Outcome(Status.OK, 0.5, 1.0))
    assert [asked(searcher).configuration for _ in range(2)] == starts[1:]


def sequence(seconds: float, *, cost_aware: bool) -> list[Trial]:
    searcher = SMBO(SPACE, [FULL], 0, cost_aware=cost_aware)
    trials = []
    for _ in range(30):
        trials.append(asked(searcher))
        values = trials[-1].configuration.values
        slow = seconds if values["imputation"] == "mean" else 1.0
        searcher.tell(trials[-1], Outcome(Status.OK, len(repr(values)) % 7 / 7, slow))
    return trials


def test_without_cost_awareness_seconds_influence_nothing() -> None:
    assert sequence(1.0, cost_aware=False) == sequence(500.0, cost_aware=False)


def test_slow_configurations_are_asked_less() -> None:
    def n_slow(seconds: float) -> int:
        return sum(t.configuration.values["imputation"] == "mean" for t in sequence(seconds, cost_aware=True)[10:])

    assert n_slow(500.0) < n_slow(1.0)


def test_an_algorithm_that_keeps_failing_is_asked_less() -> None:
    searcher = SMBO(SPACE, [FULL], 0)
    rng = np.random.default_rng(0)
    asks: Counter[str] = Counter()
    for i in range(80):
        trial = asked(searcher)
        algorithm = trial.configuration.algorithm
        asks[algorithm] += i >= 20
        if algorithm == "algorithm2":
            outcome = Outcome.failed(Status.TIMEOUT, "too slow", 10.0)
        else:
            outcome = Outcome(Status.OK, float(rng.random()), 10.0)
        searcher.tell(trial, outcome)
    assert asks["algorithm2"] <= 4


def test_random_share_is_kept() -> None:
    searcher = SMBO(
        SPACE, [FULL], 0, random_share=0.25, starts=Listed(SPACE.sample(8, np.random.default_rng(1)))
    )
    origins = []
    for i in range(48):
        trial = asked(searcher)
        origins.append(trial.origin)
        searcher.tell(trial, Outcome(Status.OK, i / 48, 1.0))
    assert Counter(origins[8:]) == {"model": 30, "random": 10}


def test_weights_steer_the_random_draws() -> None:
    searcher = SMBO(SPACE, [FULL], 0, random_share=1.0, weights={"algorithm1": 1.0})
    assert {asked(searcher).configuration.algorithm for _ in range(20)} == {"algorithm1"}
    with pytest.raises(ValueError, match="positive weight"):
        SMBO(SPACE, [FULL], 0, weights={"svm": 1.0})


def test_it_prefers_the_best_algorithm() -> None:
    problem = conditional()
    searcher = SMBO(problem.space, [FULL], 0, cost_aware=False)
    losses_of(searcher, problem.loss, 80)
    late = [asked(searcher).configuration.algorithm for _ in range(10)]
    assert sum(algorithm in ("algorithm2", "algorithm3") for algorithm in late) >= 6


def test_half_of_what_the_model_proposes_goes_to_the_leading_algorithms_in_turn() -> None:
    searcher = SMBO(SPACE, [FULL], 0, random_share=0.0)
    asks: Counter[str] = Counter()
    for i in range(70):
        trial = asked(searcher)
        place = int(trial.configuration.algorithm.removeprefix("algorithm"))
        asks[trial.configuration.algorithm] += i >= 30
        imputation = str(trial.configuration.values["imputation"])
        searcher.tell(trial, Outcome(Status.OK, 10.0 * place + len(imputation), 1.0))
    assert asks["algorithm0"] >= 20
    assert all(asks[f"algorithm{i}"] >= 5 for i in (1, 2, 3))


def regret_after(n_folds: int, ladder: tuple[Fidelity, ...], seed: int) -> float:
    """Lowest true loss of what was evaluated in full; folds of lower rungs are kept, not repeated."""
    problem = conditional()
    searcher = SMBO(problem.space, ladder, seed, cost_aware=False)
    folds: dict[Configuration, int] = {}
    best = np.inf
    while sum(folds.values()) < n_folds:
        trial = asked(searcher)
        folds[trial.configuration] = trial.fidelity.folds
        loss = problem.loss(trial.configuration)
        best = min(best, loss) if trial.fidelity == FULL else best
        noise = np.random.default_rng(trial.seed).normal(0, 0.02, trial.fidelity.folds).mean()
        searcher.tell(trial, Outcome(Status.OK, loss + float(noise), 1.0))
    return best


def test_a_ladder_finds_more_for_the_same_number_of_folds() -> None:
    one_rung, two_rungs = (
        np.mean([regret_after(n_folds, ladder, seed) for n_folds in (60, 100) for seed in range(12)])
        for ladder in ((FULL,), (Fidelity(1), FULL))
    )
    assert two_rungs < 0.8 * one_rung


def test_with_past_searches_model_and_starts_take_turns_after_the_first_eight() -> None:
    drawn = SPACE.sample(40, np.random.default_rng(2))
    past = [(each, FULL, Outcome(Status.OK, i / 40, 1.0)) for i, each in enumerate(drawn)]
    starts = drawn[:12]

    def origins(n: int, past: Search) -> list[bool]:
        searcher = SMBO(SPACE, [FULL], 0, starts=Listed(starts), past=[past])
        trials = []
        for i in range(n):
            trials.append(asked(searcher))
            searcher.tell(trials[-1], Outcome(Status.OK, i / 40, 1.0))
        return [trial.configuration in starts for trial in trials]

    assert origins(17, past) == [True] * 9 + [False, True] * 3 + [False] * 2
    assert origins(14, ()) == [True] * 12 + [False] * 2
