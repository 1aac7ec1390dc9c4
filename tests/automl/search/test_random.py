from __future__ import annotations

import numpy as np
from search_problems import small_space, wide_space

from automl.search.random import RandomSearch, draw_unseen, origin_of, trial_seed
from automl.trial import Fidelity

SPACE = wide_space(3)


def test_weights_share_out_the_algorithms() -> None:
    searcher = RandomSearch(SPACE, Fidelity(1), 0, weights={"algorithm0": 1.0, "algorithm2": 3.0})
    asked = [trial.configuration.algorithm for trial in (searcher.ask() for _ in range(200)) if trial]
    assert set(asked) == {"algorithm0", "algorithm2"}
    assert 0.65 < asked.count("algorithm2") / 200 < 0.85


def test_draw_unseen_finds_the_last_one_and_then_nothing() -> None:
    rng = np.random.default_rng(0)
    seen: set[str] = set()
    for _ in range(7):
        found = draw_unseen(small_space(), rng, None, lambda c: c.id in seen)
        assert found is not None and found.id not in seen
        seen.add(found.id)
    assert draw_unseen(small_space(), rng, None, lambda c: c.id in seen) is None


def test_trial_seeds_differ_by_search_and_configuration() -> None:
    configurations = SPACE.sample(50, np.random.default_rng(0))
    seeds = {trial_seed(seed, configuration) for seed in range(2) for configuration in configurations}
    assert len(seeds) == 100 and max(seeds) < 2**31 and min(seeds) >= 0


def test_origins() -> None:
    assert origin_of(SPACE, SPACE.default("algorithm1")) == "default"
    assert origin_of(SPACE, SPACE.sample(1, np.random.default_rng(0))[0]) == "warm"
