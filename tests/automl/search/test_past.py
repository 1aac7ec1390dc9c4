"""Past searches: believed as far as they agree with what this task shows."""

from __future__ import annotations

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from automl.search import SMBO, Search
from automl.search.past import PastSearches
from automl.space import Space
from automl.trial import Configuration, Fidelity, Outcome, Status

SPACE = Space({"a": ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})})
POINTS = SPACE.sample(60, np.random.default_rng(0))
VECTORS = SPACE.encode(POINTS)
LOSSES = np.array([(p.values["x"] - 0.7) ** 2 for p in POINTS])


def search(losses: np.ndarray) -> Search:
    return [(p, Fidelity(1), Outcome(Status.OK, float(v), 1.0)) for p, v in zip(POINTS, losses, strict=True)]


def test_a_past_task_expects_what_it_saw_whatever_its_scale() -> None:
    means = PastSearches(SPACE, [search(LOSSES), search(1e6 * LOSSES + 5)], seed=0).means(VECTORS)
    for mean in means:
        assert np.corrcoef(np.argsort(np.argsort(mean)), np.argsort(np.argsort(LOSSES)))[0, 1] > 0.9
    assert abs(means).max() < 3


def test_fidelities_of_a_past_task_are_brought_together() -> None:
    cheap = [(p, Fidelity(1), o) for p, _, o in search(LOSSES + 10.0)]
    full = [(p, Fidelity(5), o) for p, _, o in search(LOSSES)[:30]]
    mean = PastSearches(SPACE, [cheap + full], seed=0).means(VECTORS)[0]
    assert np.corrcoef(mean, LOSSES)[0, 1] > 0.7


def test_a_past_failure_ranks_last() -> None:
    failed = [(p, f, Outcome.failed(Status.MEMORY, "", 1.0) if p.values["y"] > 0.5 else o)
              for p, f, o in search(LOSSES)]  # fmt: skip
    mean = PastSearches(SPACE, [failed], seed=0).means(VECTORS)[0]
    high = np.array([p.values["y"] > 0.6 for p in POINTS])
    assert mean[high].min() > np.median(mean[~high])


def test_trust_follows_agreement() -> None:
    rng = np.random.default_rng(1)
    past = PastSearches(SPACE, [search(LOSSES), search(rng.random(60)), search(-LOSSES)], seed=0)
    good, random, bad = past.trust(VECTORS, LOSSES)
    assert good > 2 * random
    assert bad == 0


def test_trust_fades_as_this_task_speaks() -> None:
    past = PastSearches(SPACE, [search(LOSSES)], seed=0)
    trust = [past.trust(VECTORS[:n], LOSSES[:n])[0] for n in (10, 30, 60)]
    assert trust[0] > trust[1] > trust[2] > 0


@pytest.mark.parametrize("searches", [[], [search(LOSSES)[:3]]])
def test_nothing_to_learn_from_is_no_past(searches: list[Search]) -> None:
    past = PastSearches(SPACE, searches, seed=0)
    assert past.means(VECTORS).shape == (0, 60)
    assert past.trust(VECTORS, LOSSES).shape == (0,)


def mean_x_of_early_proposals(past: list[Search], seed: int) -> float:
    searcher = SMBO(SPACE, [Fidelity(1)], seed, past=past, random_share=0.0)
    asked = []
    for _ in range(12):
        trial = searcher.ask()
        assert trial is not None
        x = float(trial.configuration.values["x"])
        if trial.origin == "model":
            asked.append(abs(x - 0.7))
        searcher.tell(trial, Outcome(Status.OK, (x - 0.7) ** 2, 1.0))
    return float(np.mean(asked))


def test_a_search_with_a_past_looks_in_the_right_place_sooner() -> None:
    alone, guided = ([mean_x_of_early_proposals(past, seed) for seed in range(8)] for past in ([], [search(LOSSES)]))
    assert np.mean(guided) < np.mean(alone)


def test_configurations_must_fit_the_space() -> None:
    stranger = Configuration("b", {"z": 1.0})
    with pytest.raises(ValueError, match="b"):
        PastSearches(SPACE, [[*search(LOSSES), (stranger, Fidelity(1), Outcome(Status.OK, 0.1, 1.0))]], seed=0)
