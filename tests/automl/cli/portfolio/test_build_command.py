from __future__ import annotations

import pytest

from automl.algorithms import full_space
from automl.cli import main
from automl.trial import Configuration
from knowledge_base import KnowledgeBase
from knowledge_base.default import shipped_paths
from portfolios import load


def test_there_is_one_for_each_task_type_metric_and_budget(built):
    kinds = {path.name.removesuffix(".json").removesuffix("-0.5s") for path in built.iterdir()}
    assert len(list(built.iterdir())) == 2 * len(kinds)
    assert kinds >= {"binary-roc_auc", "binary-accuracy", "binary-average_precision", "multiclass-balanced_accuracy"}
    assert kinds >= {"regression-neg_root_mean_squared_error", "regression-neg_mean_absolute_error", "regression-r2"}


def test_each_fits_the_space_and_tells_where_it_comes_from(built):
    for path in built.iterdir():
        portfolio = load(path)
        space = full_space(portfolio.task_type)
        assert 0 < len(portfolio) <= 12
        for each in portfolio.configurations:
            assert space.why_invalid(Configuration(each["algorithm"], each["values"])) is None
        assert len(portfolio.provenance["tasks"]) > 20
        assert portfolio.provenance["time_budget_s"] in (0.5, None)
        regret = portfolio.provenance["mean_regret"]
        assert len(regret) == len(portfolio)
        assert regret == sorted(regret, reverse=True)


def test_a_short_budget_has_quicker_configurations(built):
    for kind in ("binary-roc_auc", "regression-r2"):
        quick, any_pace = load(built / f"{kind}-0.5s.json"), load(built / f"{kind}.json")
        seconds = [portfolio.provenance["median_seconds_per_fold"] for portfolio in (quick, any_pace)]
        assert max(seconds[0]) <= 0.5 * 0.5
        assert sum(seconds[0][:3]) < sum(seconds[1][:3])


def test_one_kind_can_be_built_alone(tmp_path, capsys):
    arguments = ["--task-types", "binary", "--metrics", "accuracy", "--time-budgets", "60"]
    assert main(["portfolio", "build", str(tmp_path), "--store", str(shipped_paths()[0]), *arguments]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["binary-accuracy-60s.json"]
    counted = KnowledgeBase(shipped_paths()[0], read_only=True).stats()["task_types"].set_index("task_type")
    n_tasks = counted.loc["binary", "n_tasks"]
    assert f"binary-accuracy-60s.json: 32 configurations from {n_tasks} tasks" in capsys.readouterr().out


def test_an_empty_store_gives_none(tmp_path, capsys):
    KnowledgeBase(tmp_path / "new.duckdb").writer(
        task={"content_hash": "c", "task_type": "binary", "metric": "roc_auc"}, metafeatures={},
        metafeatures_version="1", space_version="1", provenance={},
    ).close()  # fmt: skip
    assert main(["portfolio", "build", str(tmp_path / "out"), "--store", str(tmp_path / "new.duckdb")]) == 1
    assert "binary, roc_auc: 0 tasks, no portfolio" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--metrics", "auc"], "no trial is scored by 'auc'; metrics are: "),
        (["--size", "0"], "--size 0: give a number above 0"),
        (["--task-types", "binary", "--metrics", "r2"], "r2 fits none of the task types binary"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, capsys, arguments, told):
    assert main(["portfolio", "build", str(tmp_path), "--store", str(shipped_paths()[0]), *arguments]) == 2
    assert told in capsys.readouterr().err
