"""The plan of a benchmark: every run that it consists of, in the order in which they are run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from automl.benchmark.frameworks import FRAMEWORKS
from automl.benchmark.suite import BenchmarkTable


@dataclass(frozen=True)
class Conditions:
    """What is the same for all runs of a benchmark.

    Parameters
    ----------
    n_folds : int
        Outer folds that a table is split into.
    n_cores : int
        Cores that a framework may use.
    memory_limit_mb : float or None
        Memory that a framework is told to stay within.
    max_trials : int or None
        With a budget of None: trials of our own frameworks, which makes their runs repeatable.
    knowledge_base : str or None
        What our warm framework starts from: "shipped", "default" (with the user's own store) or a path; and what is
        left out of it.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    n_folds: int = 10
    n_cores: int = 1
    memory_limit_mb: float | None = None
    max_trials: int | None = None
    knowledge_base: str | None = "shipped"

    def __post_init__(self) -> None:
        numbers = {"outer folds": self.n_folds, "cores": self.n_cores, "trials": self.max_trials,
                   "megabytes of memory": self.memory_limit_mb}  # fmt: skip
        for what, number in numbers.items():
            if number is not None and not number > 0:
                raise ValueError(f"{number} {what}: give a number above 0")


@dataclass(frozen=True)
class Run:
    """One framework on one outer fold of one table, with one budget and seed.

    Parameters
    ----------
    suite, table : str
    fold : int
    framework : str
    budget_s : float or None
        None for a framework that takes none, or with `max_trials`.
    seed : int
    conditions : Conditions
    """

    suite: str
    table: str
    fold: int
    framework: str
    budget_s: float | None
    seed: int
    conditions: Conditions

    @property
    def id(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of what the run is.

        Examples
        --------
        >>> run = Run("files", "iris", 0, "lightgbm", None, 0, Conditions())
        >>> len(run.id), run.id == Run("files", "iris", 0, "lightgbm", None, 0, Conditions()).id
        (16, True)
        """
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def plan_runs(
    tables: Sequence[BenchmarkTable],
    frameworks: Sequence[str],
    budgets_s: Sequence[float | None],
    folds: Sequence[int],
    seeds: Sequence[int],
    conditions: Conditions,
) -> list[Run]:
    """List all runs: all frameworks on one table together, so that a benchmark that is stopped can be compared.

    Frameworks that take no budget come once, whatever the number of budgets.

    Raises
    ------
    ValueError
        If a framework is unknown or cannot do without a budget, a budget is not positive, a fold is none of the outer
        folds, or two tables cannot be told apart.
    """
    unknown = sorted(set(frameworks) - set(FRAMEWORKS))
    if unknown:
        raise ValueError(f"no framework {unknown[0]!r}; there are: {', '.join(FRAMEWORKS)}")
    clocked = [name for name in frameworks if FRAMEWORKS[name].requirements and FRAMEWORKS[name].takes_budget]
    if clocked and None in budgets_s:
        raise ValueError(f"{clocked[0]} has no mode without a clock: give it a budget, or leave it out")
    if any(budget is not None and not budget > 0 for budget in budgets_s):
        raise ValueError("a budget is a number of seconds above 0")
    names = Counter((table.suite, table.name) for table in tables)
    (suite, name), times = names.most_common(1)[0] if names else (("", ""), 0)
    if times > 1:
        raise ValueError(f"{times} tables are called {name!r} in suites called {suite!r}: rename all but one")
    wrong = [fold for fold in folds if not 0 <= fold < conditions.n_folds]
    if wrong:
        raise ValueError(f"fold {wrong[0]} is none of the outer folds 0 to {conditions.n_folds - 1}")
    return list(dict.fromkeys(_runs(tables, frameworks, budgets_s, folds, seeds, conditions)))


def _runs(
    tables: Sequence[BenchmarkTable],
    frameworks: Sequence[str],
    budgets_s: Sequence[float | None],
    folds: Sequence[int],
    seeds: Sequence[int],
    conditions: Conditions,
) -> Iterator[Run]:
    for budget_s in (None if budget_s is None else float(budget_s) for budget_s in budgets_s):
        for seed in seeds:
            for fold in folds:
                for table in tables:
                    for name in frameworks:
                        budget = budget_s if FRAMEWORKS[name].takes_budget else None
                        yield Run(table.suite, table.name, fold, name, budget, seed, _heeded(name, conditions))


def _heeded(framework: str, conditions: Conditions) -> Conditions:
    """Leave out of the conditions what a framework knows nothing of, so that its runs stay what they are."""
    options = FRAMEWORKS[framework].options
    known = conditions if options.get("warm_start") else replace(conditions, knowledge_base=None)
    return known if "warm_start" in options else replace(known, max_trials=None)
