"""CPU time that `ask` takes once 1,000 outcomes are told, on 12 algorithms of 8 hyperparameters; SMAC3 beside it.

    OMP_NUM_THREADS=1 python scripts/bench_ask.py [--smac-python PATH]

PATH is a Python that has SMAC3 (`pip install smac==2.4.1` in an environment of its own).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, InCondition, Integer

N_TOLD, N_ALGORITHMS = 1_000, 12


def subspace(i: int) -> ConfigurationSpace:
    """Eight hyperparameters, two of them conditional, two that every algorithm has."""
    space = ConfigurationSpace()
    mode = Categorical(f"mode{i}", ["a", "b", "c"])
    depth, extra = Integer(f"depth{i}", (1, 10)), Float(f"extra{i}", (0.0, 1.0))
    space.add(
        mode,
        depth,
        extra,
        Float(f"rate{i}", (1e-4, 1.0), log=True),
        Float(f"share{i}", (0.0, 1.0)),
        Integer(f"rounds{i}", (1, 200), log=True),
        Categorical("imputation", ["mean", "median", "most_frequent"]),
        Categorical("scaling", ["standard", "robust", "none"]),
    )
    space.add(InCondition(extra, mode, ["b", "c"]), EqualsCondition(depth, mode, "b"))
    return space


def timed(ask: Callable[[], Any], tell: Callable[[Any], None], n: int) -> dict[str, float]:
    """CPU milliseconds of `n` asks, each told before the next; other load on the machine hardly changes them."""
    seconds = []
    for _ in range(n):
        start = time.process_time()
        trial = ask()
        seconds.append(time.process_time() - start)
        tell(trial)
    ms = 1e3 * np.array(seconds)
    return {"median": float(np.median(ms)), "mean": float(ms.mean()), "90 %": float(np.quantile(ms, 0.9))}


def bench_own(*, cost_aware: bool) -> dict[str, float]:
    """Time SMBO.ask."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from automl.search import SMBO
    from automl.space import Space
    from automl.trial import Fidelity, Outcome, Status, Trial

    rng = np.random.default_rng(0)
    space = Space({f"algorithm{i}": subspace(i) for i in range(N_ALGORITHMS)})
    full = Fidelity(5)
    searcher = SMBO(space, [full], 0, cost_aware=cost_aware)

    def tell(trial: Trial) -> None:
        searcher.tell(trial, Outcome(Status.OK, rng.random(), rng.random()))

    for number, configuration in enumerate(space.sample(N_TOLD, rng)):
        tell(Trial(number, configuration, full, 0))
    return timed(searcher.ask, tell, 100)


def bench_smac(*, retrain_after: int) -> dict[str, float]:
    """Time the ask of SMAC3's hyperparameter optimisation facade (random forest)."""
    from smac import HyperparameterOptimizationFacade as Facade
    from smac import Scenario
    from smac.runhistory import TrialInfo, TrialValue

    rng = np.random.default_rng(0)
    root = Categorical("algorithm", [f"algorithm{i}" for i in range(N_ALGORITHMS)])
    space = ConfigurationSpace(seed=0)
    space.add(root)
    for name in root.choices:
        below = subspace(int(name.removeprefix("algorithm")))
        space.add_configuration_space(name, below, parent_hyperparameter={"parent": root, "value": name})
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(space, deterministic=True, n_trials=10_000, output_directory=Path(folder), seed=0)
        facade = Facade(
            scenario,
            lambda config, seed: 0.0,
            initial_design=Facade.get_initial_design(scenario, n_configs=1),
            config_selector=Facade.get_config_selector(scenario, retrain_after=retrain_after),
            logging_level=False,
        )

        def tell(info: TrialInfo) -> None:
            facade.tell(info, TrialValue(rng.random(), rng.random()), save=False)

        tell(facade.ask())
        for config in space.sample_configuration(N_TOLD):
            tell(TrialInfo(config, seed=0))
        return timed(facade.ask, tell, 5 if retrain_after == 1 else 16)


def main() -> None:
    """Print one line for each searcher, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smac-python", help="Python that has SMAC3")
    parser.add_argument("--only-smac", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_smac:
        print(json.dumps(bench_smac(retrain_after=arguments.only_smac)))
        return
    results = {"SMBO": bench_own(cost_aware=False), "SMBO, cost-aware": bench_own(cost_aware=True)}
    if arguments.smac_python:
        for retrain_after in (1, 8):
            command = [arguments.smac_python, __file__, "--only-smac", str(retrain_after)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            results[f"SMAC3, new model every {retrain_after}"] = json.loads(run.stdout.splitlines()[-1])
    print(f"ask with {N_TOLD} outcomes told, {N_ALGORITHMS} algorithms x 8 hyperparameters, CPU milliseconds")
    for name, ms in results.items():
        print(f"{name:26}" + "".join(f"{key:>8} {value:8.2f}" for key, value in ms.items()))
        if name.startswith("SMAC3"):
            own = results["SMBO, cost-aware"]
            print(" " * 26 + "".join(f"{key:>8} {ms[key] / own[key]:7.1f}x" for key in own) + "  of SMBO, cost-aware")


if __name__ == "__main__":
    main()
