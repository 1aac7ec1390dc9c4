"""The model against random search on recorded evaluations of real learners on real data."""

from __future__ import annotations

import numpy as np
import pytest
from recorded_evaluations import FLOWS, FOLDER, rank_of_best, recorded_losses

from automl.search import SMBO, RandomSearch
from automl.trial import Fidelity

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the folder ../shared/openml-evaluations")


def mean_ranks(flow: str, n_tasks: int, n_trials: int = 40, seeds: int = 3) -> tuple[float, float]:
    """Mean `rank_of_best` over tasks and seeds, of the model and of random search."""
    tasks = recorded_losses(flow)
    model, random = [], []
    for task in list(tasks)[:: len(tasks) // n_tasks][:n_tasks]:
        space, losses = tasks[task]
        for seed in range(seeds):
            searcher = SMBO(space, [Fidelity(10)], seed, cost_aware=False)
            model.append(rank_of_best(searcher, losses, n_trials))
            random.append(rank_of_best(RandomSearch(space, Fidelity(10), seed), losses, n_trials))
    return float(np.mean(model)), float(np.mean(random))


@pytest.mark.parametrize("flow", FLOWS)
def test_a_few_tasks(flow: str) -> None:
    model, random = mean_ranks(flow, n_tasks=4, seeds=2)
    assert model < 0.7 * random


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS)
def test_many_tasks(flow: str) -> None:
    model, random = mean_ranks(flow, n_tasks=20)
    assert model < 0.7 * random
