from __future__ import annotations

import dataclasses

import pytest

from automl.benchmark.frameworks import FRAMEWORKS, Framework
from automl.benchmark.plan import Conditions, plan_runs

CONDITIONS = Conditions(n_folds=3, n_cores=2, max_trials=7, knowledge_base="shipped, without family")


@pytest.fixture
def tables(real):
    return [real["glass"], real["colic"]]


def test_frameworks_that_take_no_budget_come_once(tables):
    plan = plan_runs(tables, ["precedent", "lightgbm"], [10.0, 60.0], [0, 2], [0, 1], CONDITIONS)
    budgets = {name: [run.budget_s for run in plan if run.framework == name] for name in ("precedent", "lightgbm")}
    assert budgets == {"precedent": [10.0] * 8 + [60.0] * 8, "lightgbm": [None] * 8}
    assert {run.fold for run in plan} == {0, 2}


def test_all_frameworks_on_a_table_come_together(tables):
    plan = plan_runs(tables, ["precedent", "lightgbm", "constant"], [10.0], [0], [0], CONDITIONS)
    assert [run.table for run in plan] == ["glass"] * 3 + ["colic"] * 3


def test_what_is_asked_twice_is_run_once(tables):
    plan = plan_runs(tables, ["constant", "constant"], [10.0, 10.0], [0, 0], [1, 1], CONDITIONS)
    assert len(plan) == len({run.id for run in plan}) == 2


def test_an_id_tells_everything_that_a_framework_heeds_and_nothing_else(tables):
    def ids(framework, **changes):
        conditions = dataclasses.replace(CONDITIONS, **changes)
        return {run.id for run in plan_runs(tables, [framework], [10.0], [0], [0], conditions)}

    others = {"max_trials": 8, "knowledge_base": "default, without family", "n_cores": 1, "n_folds": 5}
    heeded = {
        "precedent": {*others},
        "precedent_cold": {"max_trials", "n_cores", "n_folds"},
        "lightgbm": {"n_cores", "n_folds"},
    }
    for framework, names in heeded.items():
        changed = {name for name, value in others.items() if ids(framework, **{name: value}) != ids(framework)}
        assert changed == names
    (run,) = plan_runs(tables[:1], ["lightgbm"], [10.0], [0], [0], CONDITIONS)
    for name, value in {"suite": "s", "table": "t", "fold": 1, "framework": "f", "budget_s": 1.0, "seed": 1}.items():
        assert dataclasses.replace(run, **{name: value}).id != run.id


def test_an_id_stays_the_same_from_one_version_to_the_next(tables):
    (run,) = plan_runs(tables[:1], ["precedent"], [10.0], [0], [0], CONDITIONS)
    assert run.id == "e355d7aa997b81f1"


def test_an_unknown_framework_lists_the_known_ones(tables):
    with pytest.raises(ValueError, match=r"no framework 'skynet'; there are: precedent, .*lightgbm"):
        plan_runs(tables, ["precedent", "skynet"], [10.0], [0], [0], CONDITIONS)


@pytest.mark.parametrize("fold", [-1, 3])
def test_a_fold_that_is_none(tables, fold):
    with pytest.raises(ValueError, match=f"fold {fold} is none of the outer folds 0 to 2"):
        plan_runs(tables, ["constant"], [10.0], [fold], [0], CONDITIONS)


@pytest.mark.parametrize("budget_s", [0.0, -1.0, float("nan")])
def test_a_budget_that_is_none(tables, budget_s):
    with pytest.raises(ValueError, match="seconds above 0"):
        plan_runs(tables, ["constant"], [budget_s], [0], [0], CONDITIONS)


def test_others_have_no_mode_without_a_clock(tables, monkeypatch, tmp_path):
    monkeypatch.setitem(FRAMEWORKS, "other", Framework("other", tmp_path, ("other==1",), {}, True))
    with pytest.raises(ValueError, match="other has no mode without a clock"):
        plan_runs(tables, ["constant", "other"], [10.0, None], [0], [0], CONDITIONS)
    assert len(plan_runs(tables, ["constant", "precedent"], [None], [0], [0], CONDITIONS)) == 4


def test_tables_that_cannot_be_told_apart_are_refused(tables):
    with pytest.raises(ValueError, match="2 tables are called 'glass' in suites called 'data': rename all but one"):
        plan_runs([*tables, tables[0]], ["constant"], [10.0], [0], [0], CONDITIONS)


@pytest.mark.parametrize("wrong", [{"n_folds": 0}, {"n_cores": -1}, {"max_trials": 0}, {"memory_limit_mb": 0.0}])
def test_conditions_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match="give a number above 0"):
        Conditions(**wrong)
