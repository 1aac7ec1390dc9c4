from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from benchmark_results import a_run, some_runs

from automl.benchmark.report.comparing import compare
from automl.benchmark.report.preparing import FLOOR, prepare


def test_a_failed_run_counts_as_the_constant_predictor():
    runs = prepare(some_runs({"iris": {"ours": 0.9, "other": None}}, constant_score=0.5)).runs.set_index("framework")
    assert runs["counted"].to_dict() == {"ours": 0.9, "other": 0.5}
    assert runs["is_imputed"].to_dict() == {"ours": False, "other": True}
    assert runs["scaled"].to_dict() == {"ours": 1.0, "other": 0.0}


def test_where_the_constant_predictor_has_no_score_the_worst_counts():
    results = some_runs({"iris": {"ours": 0.9, "second": 0.7, "third": None}}, constant_score=None)
    assert prepare(results).runs.set_index("framework")["counted"]["third"] == 0.7


def test_scores_are_scaled_by_the_best_at_any_budget_and_not_below_the_floor():
    results = pd.DataFrame(
        [a_run(budget_s=10.0, score=0.7), a_run(budget_s=60.0, score=0.9), a_run(framework="bad", score=-9.0)]
    )
    assert sorted(prepare(results).runs["scaled"]) == pytest.approx([FLOOR, 0.5, 1.0])


def test_where_nothing_beats_the_constant_predictor_nothing_is_scaled():
    assert prepare(some_runs({"iris": {"ours": 0.5, "other": 0.4}}, constant_score=0.5)).runs["scaled"].isna().all()


@pytest.mark.parametrize(
    ("budget_s", "fit_s", "is_late"),
    [(10.0, 11.19, False), (10.0, 11.21, True), (1.0, 2.03, True), (None, 99.0, False)],
)
def test_late_is_more_than_1_02_times_the_budget_and_a_second(budget_s, fit_s, is_late):
    assert prepare(pd.DataFrame([a_run(budget_s=budget_s, fit_s=fit_s)])).runs["is_late"].tolist() == [is_late]


def test_a_killed_run_is_late_and_its_time_is_what_it_took():
    run = a_run(status="timeout", score=None, fit_s=None, wall_s=81.5, prepare_s=1.5)
    runs = prepare(pd.DataFrame([run])).runs
    assert runs["is_late"].all() and runs["used_s"].tolist() == [80.0]


def test_a_run_that_stands_in_two_folders_counts_once():
    results = some_runs({"iris": {"ours": 0.9, "other": 0.8}})
    prepared = prepare(pd.concat([results, results], ignore_index=True))
    assert len(prepared.runs) == 2 and prepared.n_dropped == 2


def test_two_tables_of_one_name_stay_two():
    results = pd.concat([some_runs({"iris": {"ours": 0.9}}), pd.DataFrame([a_run(content_hash="other")])])
    assert prepare(results).runs["table"].nunique() == 2


def test_frameworks_without_a_budget_stand_beside_every_one():
    results = pd.DataFrame([a_run(), a_run(budget_s=60.0), a_run(framework="lightgbm", budget_s=None)])
    prepared = prepare(results)
    assert prepared.budgets == (10.0, 60.0)
    assert all("lightgbm" in set(prepared.at(budget)["framework"]) for budget in prepared.budgets)


def test_what_is_no_result_is_refused():
    with pytest.raises(ValueError, match=r"lack the columns .*: are they those of `automl benchmark run`"):
        prepare(pd.DataFrame({"table": ["iris"]}))
    with pytest.raises(ValueError, match="there are no results"):
        prepare(some_runs({"iris": {"ours": 0.9}}).head(0))
    with pytest.raises(ValueError, match="none of the runs has a score"):
        prepare(some_runs({"iris": {"ours": None}}, constant_score=None))


def test_only_tables_that_all_have_are_compared():
    runs = prepare(some_runs({"a": {"x": 0.9, "y": 0.8}, "b": {"x": 0.9, "y": 0.7}, "c": {"x": 0.6}})).runs
    found = compare(runs, "counted", ["framework"])
    assert list(found.scores.index) == ["a", "b"] and found.missing_tables == ("c",)


def test_a_framework_that_lacks_most_tables_does_not_take_the_others_down():
    runs = prepare(some_runs({"a": {"x": 0.9, "y": 0.8}, "b": {"x": 0.9}, "c": {"x": 0.6}})).runs
    found = compare(runs, "counted", ["framework"])
    assert list(found.scores) == ["x"] and found.missing_points == ("y",)
    assert len(found.scores) == 3


def test_folds_and_seeds_are_averaged_before_tables_are_compared():
    results = pd.DataFrame([a_run(fold=fold, seed=seed, score=0.6 + 0.1 * fold) for fold in (0, 1) for seed in (0, 1)])
    found = compare(prepare(results).runs, "counted", ["framework"])
    assert np.allclose(found.scores.to_numpy(), 0.65)
