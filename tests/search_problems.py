"""Search spaces and functions with known optima, shared by the tests of space and search."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ConfigSpace import (
    AndConjunction,
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenInClause,
    GreaterThanCondition,
    InCondition,
    Integer,
    NotEqualsCondition,
    OrConjunction,
)
from ConfigSpace.hyperparameters import OrdinalHyperparameter

from automl.search import Searcher, Tried
from automl.space import Space
from automl.trial import Configuration, Outcome, Status, Trial


@dataclass(frozen=True)
class Problem:
    """A space, a loss over it, and the lowest loss there is."""

    space: Space
    loss: Callable[[Configuration], float]
    optimum: float
    n_trials: int


def thorny_space(seed: int = 0) -> ConfigurationSpace:
    """Every kind of hyperparameter, condition and forbidden clause that algorithms may declare."""
    space = ConfigurationSpace(seed=seed)
    kernel = Categorical("kernel", ["linear", "rbf", "poly"], default="rbf")
    degree = Integer("degree", (2, 5), default=3)
    gamma = Float("gamma", (1e-6, 10.0), log=True, default=0.1)
    coef0 = Float("coef0", (-1.0, 1.0), default=0.0)
    rounds = Integer("rounds", (1, 2000), log=True, default=100)
    early = Categorical("early", [True, False], default=True)
    patience = OrdinalHyperparameter("patience", [5, 10, 50], default_value=10)
    leaves = Categorical("leaves", ["sqrt", 0.5, 1], default="sqrt", weights=[0.5, 0.3, 0.2])
    fixed = Constant("fixed", "yes")
    scale = Categorical("scale", ["none", "standard", "robust"], default="standard")
    space.add(kernel, degree, gamma, coef0, rounds, early, patience, leaves, fixed, scale)
    space.add(
        EqualsCondition(degree, kernel, "poly"),
        InCondition(gamma, kernel, ["rbf", "poly"]),
        AndConjunction(EqualsCondition(coef0, kernel, "poly"), GreaterThanCondition(coef0, degree, 2)),
        OrConjunction(NotEqualsCondition(patience, kernel, "linear"), EqualsCondition(patience, early, True)),
        ForbiddenAndConjunction(ForbiddenEqualsClause(kernel, "rbf"), ForbiddenEqualsClause(scale, "none")),
        ForbiddenAndConjunction(ForbiddenInClause(degree, [4, 5]), ForbiddenEqualsClause(early, False)),
    )
    return space


def wide_space(n_algorithms: int = 12) -> Space:
    """As many algorithms and hyperparameters as a real search has: 8 each, two of them shared by all."""
    spaces = {}
    for i in range(n_algorithms):
        space = ConfigurationSpace()
        mode = Categorical(f"mode{i}", ["a", "b", "c"], default="a")
        depth = Integer(f"depth{i}", (1, 10), default=3)
        extra = Float(f"extra{i}", (0.0, 1.0), default=0.3)
        space.add(
            mode,
            depth,
            extra,
            Float(f"rate{i}", (1e-4, 1.0), log=True, default=0.1),
            Float(f"share{i}", (0.0, 1.0), default=0.5),
            Integer(f"rounds{i}", (1, 200), log=True, default=20),
            Categorical("imputation", ["mean", "median", "most_frequent"], default="mean"),
            Categorical("scaling", ["standard", "robust", "none"], default="standard"),
        )
        space.add(InCondition(extra, mode, ["b", "c"]), EqualsCondition(depth, mode, "b"))
        spaces[f"algorithm{i}"] = space
    return Space(spaces)


def small_space() -> Space:
    """Seven configurations."""
    tree = ConfigurationSpace()
    depth = Integer("depth", (1, 3))
    pruned = Categorical("pruned", [True, False])
    tree.add(depth, pruned)
    tree.add(EqualsCondition(depth, pruned, True))
    return Space({"tree": tree, "constant": ConfigurationSpace({"value": ["mean", "median", "mode"]})})


def branin() -> Problem:
    """Branin: three global minima in two dimensions."""

    def loss(configuration: Configuration) -> float:
        x, y = (float(configuration.values[name]) for name in ("x", "y"))
        bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
        return bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10

    return Problem(Space({"branin": ConfigurationSpace({"x": (-5.0, 10.0), "y": (0.0, 15.0)})}), loss, 0.397887, 50)


def hartmann6() -> Problem:
    """Hartmann: six minima in six dimensions."""
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    steepness = np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    )
    centres = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )

    def loss(configuration: Configuration) -> float:
        x = np.array([configuration.values[f"x{i}"] for i in range(6)], dtype=float)
        return -float(alpha @ np.exp(-(steepness * (x - centres) ** 2).sum(axis=1)))

    space = Space({"hartmann": ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(6)})})
    return Problem(space, loss, -3.32237, 80)


def conditional() -> Problem:
    """Six algorithms of seven mixed, conditional hyperparameters; the optimum 0 is at the third."""
    spaces = {}
    for i in range(6):
        space = ConfigurationSpace()
        mode = Categorical("mode", ["p", "q", "r"])
        slope = Float(f"slope{i}", (0.0, 1.0))
        space.add(
            mode,
            slope,
            Float("rate", (1e-4, 1.0), log=True, default=0.01),
            Float(f"share{i}", (0.0, 1.0)),
            Integer(f"rounds{i}", (1, 300), log=True, default=10),
            Integer(f"depth{i}", (0, 8)),
            Float(f"idle{i}", (-1.0, 1.0)),
        )
        space.add(InCondition(slope, mode, ["q", "r"]))
        spaces[f"algorithm{i}"] = space

    def loss(configuration: Configuration) -> float:
        i, values = int(configuration.algorithm[-1]), configuration.values
        total = (0.3, 0.15, 0.0, 0.05, 0.4, 0.2)[i] + {"p": 0.05, "q": 0.0, "r": 0.03}[str(values["mode"])]
        total += 0.15 * abs(math.log10(float(values["rate"])) + 3)
        total += 0.3 * (float(values[f"share{i}"]) - 0.15 * i) ** 2
        total += 0.1 * abs(math.log10(float(values[f"rounds{i}"])) - 1.7)
        total += 0.2 * (float(values[f"slope{i}"]) - 0.7) ** 2 if f"slope{i}" in values else 0.0
        return total + 0.01 * abs(float(values[f"depth{i}"]) - 6)

    return Problem(Space(spaces), loss, 0.0, 80)


def losses_of(
    searcher: Searcher, loss: Callable[[Configuration], float], n_trials: int, *, n_workers: int = 1
) -> list[float]:
    """Losses in the order of telling, `n_workers` trials being in flight at a time."""
    told: list[float] = []
    in_flight: list[Trial] = []
    while len(told) < n_trials:
        while len(in_flight) < n_workers:
            trial = searcher.ask()
            assert trial is not None
            in_flight.append(trial)
        trial = in_flight.pop(0)
        told.append(loss(trial.configuration))
        searcher.tell(trial, Outcome(Status.OK, told[-1], seconds=1.0))
    return told


class Listed:
    """Starts in an order that nothing changes; keeps what it was shown."""

    def __init__(self, configurations: Sequence[Configuration]) -> None:
        self.configurations = list(configurations)
        self.shown: Tried = {}

    def next(self, tried: Tried) -> Configuration | None:
        self.shown = dict(tried)
        return next((each for each in self.configurations if each.id not in tried), None)
