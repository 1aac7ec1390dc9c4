from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
from ConfigSpace import Configuration as Declared
from ConfigSpace import ConfigurationSpace, Float, ForbiddenEqualsClause, Integer
from hypothesis import given, settings
from hypothesis import strategies as st
from search_problems import small_space, thorny_space, wide_space

from automl.space import Space
from automl.trial import Configuration

DECLARED = thorny_space()
THORNY = Space({"thorny": thorny_space(), "plain": ConfigurationSpace({"alpha": (0.1, 2.0)})})
WIDE = wide_space()


def legal_to_configspace(configuration: Configuration) -> None:
    if configuration.algorithm == "thorny":
        Declared(DECLARED, values=dict(configuration.values)).check_valid_configuration()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_samples_are_legal_to_configspace_too_and_survive_the_vector(seed: int) -> None:
    configurations = THORNY.sample(30, np.random.default_rng(seed))
    for configuration in configurations:
        assert THORNY.why_invalid(configuration) is None
        legal_to_configspace(configuration)
    vectors = THORNY.encode(configurations)
    assert vectors.min() >= -1 and vectors.max() <= 1 and not np.any((vectors > -1) & (vectors < 0))
    assert THORNY.decode_all(vectors) == configurations


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_neighbours_are_legal_and_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for vector in THORNY.sample_vectors(5, rng):
        mutants = THORNY.neighbours(vector[None], 10, rng)
        assert 3 < len(mutants) <= 10
        assert not (mutants == vector).all(axis=1).any()
        for configuration in THORNY.decode_all(mutants):
            assert THORNY.why_invalid(configuration) is None
            legal_to_configspace(configuration)


def test_neighbours_are_near() -> None:
    rng = np.random.default_rng(0)
    space = Space({"a": ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(10)})})
    centre = np.full((1, space.n_columns), 0.5)
    centre[0, 0] = 0.0
    moves = np.abs(space.neighbours(centre, 2000, rng, spread=0.1) - centre)[:, 1:]
    changed = (moves > 0).sum(axis=1)
    assert changed.min() == 1 and 1.25 < changed.mean() < 1.5
    assert 0.06 < moves[moves > 0].mean() < 0.1


def test_neighbours_of_a_shared_space_keep_shared_values_when_the_algorithm_changes() -> None:
    rng = np.random.default_rng(0)
    centre = WIDE.encode([WIDE.default("algorithm0")])
    others = [c for c in WIDE.decode_all(WIDE.neighbours(centre, 500, rng)) if c.algorithm != "algorithm0"]
    kept = np.mean([c.values["imputation"] == "mean" for c in others])
    assert len(others) > 20 and kept > 0.8


def test_sampling_follows_weights_and_declared_distributions() -> None:
    rng = np.random.default_rng(0)
    drawn = THORNY.sample(4000, rng, {"thorny": 3.0, "plain": 1.0})
    assert Counter(c.algorithm for c in drawn)["thorny"] / 4000 == pytest.approx(0.75, abs=0.03)
    thorny = [c.values for c in drawn if c.algorithm == "thorny"]
    leaves = Counter(values["leaves"] for values in thorny)
    assert leaves["sqrt"] / len(thorny) == pytest.approx(0.5, abs=0.04)
    assert np.median([float(values["rounds"]) for values in thorny]) == pytest.approx((0.5 * 2000.5) ** 0.5, rel=0.25)
    assert {values["patience"] for values in thorny if "patience" in values} == {5, 10, 50}
    with pytest.raises(ValueError, match="no algorithm"):
        THORNY.sample(1, rng, {"thorny": 0.0})


def test_a_space_without_a_legal_configuration_says_so() -> None:
    hopeless = ConfigurationSpace()
    hopeless.add(Integer("a", (1, 3), default=1))
    hopeless.add(ForbiddenEqualsClause(hopeless["a"], 2), ForbiddenEqualsClause(hopeless["a"], 3))
    space = Space({"a": hopeless})
    assert {c.values["a"] for c in space.sample(20, np.random.default_rng(0))} == {1}
    with pytest.raises(ValueError, match="at least one algorithm"):
        Space({})


def test_defaults_are_the_declared_ones() -> None:
    values = dict(THORNY.default("thorny").values)
    assert values == {
        "kernel": "rbf",
        "gamma": 0.1,
        "rounds": 100,
        "early": True,
        "patience": 10,
        "leaves": "sqrt",
        "fixed": "yes",
        "scale": "standard",
    }
    assert {type(v) for v in values.values()} <= {str, int, float, bool}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"gamma": 99.0}, "not in"),
        ({"gamma": float("nan")}, "not in"),
        ({"gamma": "0.1"}, "not a number"),
        ({"rounds": 10.5}, "not an integer"),
        ({"rounds": True}, "not a number"),
        ({"rounds": 10.0}, None),
        ({"leaves": "log2"}, "not one of"),
        ({"degree": 3}, "degree is set but inactive"),
        ({"kernel": "poly"}, "is missing"),
        ({"scale": "none"}, "forbidden"),
        ({"depth": 3}, "unknown hyperparameter depth"),
    ],
)
def test_why_invalid_names_what_does_not_fit(change: dict[str, float | str], reason: str | None) -> None:
    values = {**THORNY.default("thorny").values, **change}
    why = THORNY.why_invalid(Configuration("thorny", values))
    assert (why is None) if reason is None else (why is not None and reason in why and why.startswith("thorny"))
    if reason is not None:
        with pytest.raises(ValueError, match="does not fit"):
            THORNY.conform(Configuration("thorny", values))
    assert THORNY.why_invalid(Configuration("svm", {})) == "unknown algorithm svm"


def test_configurations_come_back_from_json_with_the_same_id() -> None:
    for configuration in THORNY.sample(50, np.random.default_rng(1)):
        values = json.loads(json.dumps(dict(configuration.values)))
        loose = {k: float(v) if type(v) is int and k != "leaves" else v for k, v in values.items()}
        assert Configuration("thorny", values).id == configuration.id or configuration.algorithm != "thorny"
        assert THORNY.conform(Configuration(configuration.algorithm, loose)).id == configuration.id


def test_grid_lists_every_legal_configuration_once() -> None:
    grid = small_space().grid()
    assert grid is not None
    found = small_space().decode_all(grid)
    assert len(found) == len(set(found)) == 7
    assert all(small_space().why_invalid(c) is None for c in found)
    assert small_space().grid(limit=5) is None
    assert THORNY.grid() is None


def test_version_names_the_declaration_whatever_the_process() -> None:
    code = "import search_problems as p, automl.space as s; print(s.Space({'t': p.thorny_space(7)}).version)"
    env = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == Space({"t": thorny_space()}).version
    assert len(run.stdout.strip()) == 16


def test_version_changes_with_any_declaration() -> None:
    def version(**change: object) -> str:
        space = thorny_space()
        declared = {"bounds": (0.0, 1.0), "default": 0.5, "log": False, "name": "new", "algorithm": "t", **change}
        space.add(Float(str(declared["name"]), declared["bounds"], default=declared["default"], log=declared["log"]))  # type: ignore[arg-type]
        if "forbid" in change:
            space.add(ForbiddenEqualsClause(space["new"], change["forbid"]))
        return Space({str(declared["algorithm"]): space}).version

    changes: list[dict[str, object]] = [
        {},
        {"bounds": (0.0, 2.0)},
        {"default": 0.25},
        {"bounds": (0.1, 1.0), "log": True},
        {"name": "other"},
        {"algorithm": "u"},
        {"forbid": 0.75},
        {"forbid": 0.8},
    ]
    assert len({version(**change) for change in changes}) == len(changes)
    assert version() == version()


def test_equal_declarations_share_a_column() -> None:
    assert WIDE.n_columns == 1 + 12 * 6 + 2


def median_seconds(call: object, n: int = 5) -> float:
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        call()  # type: ignore[operator]
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def test_speed() -> None:
    # 16 ms and 10 ms on an idle core; the limits leave room for a busy one
    assert median_seconds(wide_space) < 0.05 * 5
    assert median_seconds(lambda: WIDE.sample(1000, np.random.default_rng(0))) < 0.03 * 5
