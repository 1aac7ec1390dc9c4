"""Parameters: each bad value is refused with its name, what is wanted and what was given."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl.algorithms import ALGORITHMS
from automl.parameters import check_parameters

GOOD: dict[str, Any] = {
    "time_budget": 60, "max_trials": None, "n_jobs": -1, "memory_limit_mb": None, "ensemble_size": 25, "include": None,
    "exclude": None, "verbose": 1, "warm_start": True, "record": True, "random_state": None,
    "knowledge_base": "default",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_budget", 0.5), ("time_budget", np.float32(3)), ("time_budget", 10**9), ("max_trials", 1),
        ("max_trials", np.int64(5)), ("n_jobs", None), ("n_jobs", 1), ("n_jobs", -3), ("memory_limit_mb", 512),
        ("memory_limit_mb", 4096.5), ("ensemble_size", 1), ("verbose", 0), ("verbose", 2), ("warm_start", False),
        ("record", np.True_), ("include", ["linear"]), ("include", ("linear", "knn")), ("exclude", {"svm"}),
        ("knowledge_base", None), ("knowledge_base", Path("a.duckdb")), ("random_state", np.random.RandomState(1)),
        ("exclude", []), ("exclude", ()), ("include", list(ALGORITHMS)),
    ],
)  # fmt: skip
def test_good_values_pass(name: str, value: Any) -> None:
    check_parameters(GOOD | {name: value})


@pytest.mark.parametrize(
    ("name", "wanted", "values"),
    [
        ("time_budget", "a positive number of seconds or None", [0, -1, "60", True, math.nan, math.inf, [60], 1j]),
        ("max_trials", "a positive whole number or None", [0, -5, 2.5, "3", True, math.nan]),
        ("memory_limit_mb", "a number of megabytes above 100 or None", [0, 100, -1, "1 GB", True, math.inf]),
        ("ensemble_size", "a positive whole number", [0, -1, 1.5, None, "25", True]),
        ("verbose", "0, 1 or 2", [-1, 1.5, None, "yes", True]),
        ("n_jobs", "a whole number other than 0", [0, 1.5, "all", True]),
    ],
)
def test_bad_numbers(name: str, wanted: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ValueError) as caught:
            check_parameters(GOOD | {name: value})
        message = str(caught.value)
        assert message.startswith(f"{name} must be {wanted}")
        assert message.endswith(f"got {value!r}")


def test_a_fit_that_would_never_end() -> None:
    with pytest.raises(ValueError, match="time_budget and max_trials are both None; give at least one"):
        check_parameters(GOOD | {"time_budget": None})
    check_parameters(GOOD | {"time_budget": None, "max_trials": 3})


@pytest.mark.parametrize("name", ["warm_start", "record"])
@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_bad_switches(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be True or False, got {value!r}$"):
        check_parameters(GOOD | {name: value})


@pytest.mark.parametrize("name", ["include", "exclude"])
def test_bad_lists_of_algorithms(name: str) -> None:
    for value in ("linear", 3, {"linear": 1}):
        with pytest.raises(TypeError, match=f"^{name} must be a list of algorithm names or None"):
            check_parameters(GOOD | {name: value})
    with pytest.raises(ValueError, match=f"^{name} names unknown algorithm 'perceptron'; choose from .*lightgbm"):
        check_parameters(GOOD | {name: ["linear", "perceptron"]})


def test_a_knowledge_base_is_a_path_or_one() -> None:
    with pytest.raises(TypeError, match=r"^knowledge_base must be 'default', a path, a KnowledgeBase or None, got 3$"):
        check_parameters(GOOD | {"knowledge_base": 3})


@pytest.mark.parametrize("value", ["a", -1, 1.5])
def test_a_seed_that_is_none(value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^random_state must be a whole number not below 0.*got {value!r}$"):
        check_parameters(GOOD | {"random_state": value})


def test_including_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="include names no algorithm; choose from"):
        check_parameters(GOOD | {"include": []})
