"""Evaluations published on OpenML, as finite search spaces; in the optional folder `shared` beside the repository."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from scipy.stats import rankdata

from automl.search import Searcher
from automl.space import Space, Vectors
from automl.trial import Configuration, Outcome, Status

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "openml-evaluations"
FLOWS = ("random_forest", "adaboost")
_IMPUTER = Categorical("strategy", ["mean", "median", "most_frequent"])
_HYPERPARAMETERS = {
    "random_forest": [
        Categorical("bootstrap", ["True", "False"]),
        Categorical("criterion", ["gini", "entropy"]),
        Float("max_features", (0.1, 0.9)),
        Integer("min_samples_leaf", (1, 20)),
        Integer("min_samples_split", (2, 20)),
        _IMPUTER,
    ],
    "adaboost": [
        Categorical("algorithm", ["SAMME", "SAMME.R"]),
        Float("learning_rate", (0.01, 2.0), log=True),
        Integer("max_depth", (1, 10)),
        Integer("n_estimators", (50, 500)),
        _IMPUTER,
    ],
}


class RecordedSpace(Space):
    """A space of which only the recorded configurations exist."""

    def __init__(self, flow: str, configurations: list[Configuration]) -> None:
        super().__init__({flow: _declared(flow)})
        self._recorded = np.unique(self.encode(configurations), axis=0)

    def grid(self, limit: int = 10_000) -> Vectors | None:
        """Give the recorded configurations."""
        return self._recorded

    def sample_vectors(self, n: int, rng: np.random.Generator, weights: Mapping[str, float] | None = None) -> Vectors:
        """Draw recorded configurations."""
        return self._recorded[rng.integers(len(self._recorded), size=n)]


def _declared(flow: str) -> ConfigurationSpace:
    space = ConfigurationSpace()
    space.add(*_HYPERPARAMETERS[flow])
    return space


@cache
def recorded_losses(flow: str) -> dict[str, tuple[RecordedSpace, dict[str, float]]]:
    """Task -> its recorded space, and the loss (1 - accuracy) of each configuration id."""
    with (FOLDER / f"{flow}.arff").open() as file:
        header, data = re.split(r"@DATA\n", file.read(), maxsplit=1)
    names = [name.split("__")[-1] for name in re.findall(r"@ATTRIBUTE (\S+)", header)]
    by_task: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(data.strip().splitlines(), names):
        by_task.setdefault(row["task_id"], []).append(row)
    return {task: _task(flow, rows) for task, rows in by_task.items()}


def _task(flow: str, rows: list[dict[str, str]]) -> tuple[RecordedSpace, dict[str, float]]:
    declared = _declared(flow)
    configurations = []
    for row in rows:
        values: dict[str, str | float] = {}
        for name, hp in declared.items():
            number = not hasattr(hp, "choices")
            values[name] = min(max(float(row[name]), hp.lower), hp.upper) if number else row[name]
        configurations.append(Configuration(flow, values))
    space = RecordedSpace(flow, configurations)
    losses: dict[str, float] = {}
    for row, configuration in zip(rows, space.decode_all(space.encode(configurations)), strict=True):
        losses.setdefault(configuration.id, 1.0 - float(row["predictive_accuracy"]))
    return space, losses


def rank_of_best(searcher: Searcher, losses: Mapping[str, float], n_trials: int) -> float:
    """Share of the recorded configurations that are better than the best of the first `n_trials`."""
    found = []
    for _ in range(n_trials):
        trial = searcher.ask()
        assert trial is not None
        found.append(losses[trial.configuration.id])
        searcher.tell(trial, Outcome(Status.OK, found[-1], seconds=1.0))
    every = np.array(list(losses.values()))
    return float((rankdata(every, method="min") - 1)[every == min(found)][0] / len(every))
