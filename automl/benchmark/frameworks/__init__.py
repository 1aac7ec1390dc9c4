"""The frameworks that the benchmark runs.

A framework is one file and one line in `_MODULES`. The file is read in two places: here, for what it declares, and by
`automl.benchmark.harness`, by its path, in the framework's own environment, where nothing of ours is installed. So it
imports the standard library, numpy and pandas alone at its top, and what it runs inside its functions. It has:

``REQUIREMENTS``
    Tuple of what pip installs into its environment; an empty one runs in the Python that runs the benchmark.
``PROGRAMS`` (may be missing)
    Tuple of the programs that must be there beside.
``VARIANTS``
    The name of each framework that it gives, with the options that `fit` finds in ``job.options``.
``TAKES_BUDGET``
    Whether it heeds ``job.budget_s``; if not, it is run once, whatever the budgets.
``prepare(job) -> str``
    Imports, starts servers, all before the clock; gives the version.
``fit(job, X, y) -> model``
    The clock runs for exactly this call. X is a DataFrame of numbers, booleans, categories, strings and dates, with
    missing values; y a Series of labels as strings, or of floats.
``predict(model, X) -> DataFrame``
    A column of probability for each class that it knows, named by the class, and "prediction", the label; for
    regression "prediction" alone.
``describe(model) -> dict``
    What is worth keeping, as JSON values.

``job`` has ``framework``, ``task`` ("binary", "multiclass" or "regression"), ``metric`` (a scikit-learn scorer's name),
``classes`` (list of str, or None), ``budget_s`` and ``max_trials`` (or None), ``n_cores``, ``memory_limit_mb`` (or
None), ``seed``, ``folder`` (for what it writes; also the working directory; removed afterwards), ``options``, and
``knowledge_base`` (path of a store that was made for this run, or None).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from automl.benchmark.frameworks import autogluon, baselines, flaml, h2o, mljar, precedent, tuned_random_forest

_MODULES: tuple[ModuleType, ...] = (
    precedent,
    baselines,
    tuned_random_forest,
    flaml,
    autogluon,
    h2o,
    mljar,
)


@dataclass(frozen=True)
class Framework:
    """One entrant of the benchmark, as its file declares it.

    Parameters
    ----------
    name : str
    path : Path
        Of its file.
    requirements : tuple of str
        Of its environment; empty if it runs in the Python that runs the benchmark.
    options : mapping
        By which it differs from others of its file.
    takes_budget : bool
    programs : tuple of str
        That must be on the machine beside its environment.
    """

    name: str
    path: Path
    requirements: tuple[str, ...]
    options: Mapping[str, Any]
    takes_budget: bool
    programs: tuple[str, ...] = ()

    @property
    def environment(self) -> str:
        """Name of its environment, shared by all frameworks of its file."""
        return self.path.stem


def _declared(module: ModuleType) -> list[Framework]:
    path = Path(str(module.__file__))
    requirements, programs = tuple(module.REQUIREMENTS), tuple(getattr(module, "PROGRAMS", ()))
    return [
        Framework(name, path, requirements, options, module.TAKES_BUDGET, programs)
        for name, options in module.VARIANTS.items()
    ]


FRAMEWORKS: Mapping[str, Framework] = {each.name: each for module in _MODULES for each in _declared(module)}
