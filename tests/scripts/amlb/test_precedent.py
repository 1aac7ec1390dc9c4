"""The framework folder for AMLB, with stand-ins for what AMLB gives it."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from real_tables import load_table

from automl import AutoMLClassifier
from automl.metrics import resolve_metric
from knowledge_base import KnowledgeBase
from knowledge_base.default import shipped_paths

FOLDER = Path(__file__).parents[3] / "scripts" / "amlb"
FRAMEWORK = FOLDER / "extensions" / "Precedent"


class Timer:
    def __enter__(self) -> Timer:
        self.begun = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.duration = time.monotonic() - self.begun


def load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stand_in(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """exec.py, with AMLB's side of the door in place of AMLB."""
    artifacts = tmp_path_factory.mktemp("artifacts")
    callee = {
        "call_run": None,
        "result": lambda **members: members,
        "output_subdir": lambda name, config: artifacts,
        "measure_inference_times": lambda infer, files: [(n, infer(data)) for n, data in files],
    }
    with pytest.MonkeyPatch.context() as patch:
        for each in (
            stand_in("frameworks"),
            stand_in("frameworks.shared"),
            stand_in("frameworks.shared.callee", **callee),
            stand_in("frameworks.shared.utils", Timer=Timer),
        ):
            patch.setitem(sys.modules, each.__name__, each)
        yield load("precedent_in_amlb", FRAMEWORK / "exec.py")


def a_config(**values: Any) -> SimpleNamespace:
    given: dict[str, Any] = {
        "name": "credit-g", "type": "classification", "type_": "binary", "metric": "auc", "max_runtime_seconds": 60,
        "cores": 2, "max_mem_size_mb": 4000, "seed": 7, "fold": 0, "framework_params": {},
        "output_predictions_file": "predictions.csv", "measure_inference_time": False,
    }  # fmt: skip
    return SimpleNamespace(**given | values)


def a_dataset(X: pd.DataFrame, y: pd.Series[Any], classes: list[str] | None) -> SimpleNamespace:
    train = SimpleNamespace(X=X.iloc[::2], y=y.iloc[::2].to_frame())
    return SimpleNamespace(train=train, test=SimpleNamespace(X=X.iloc[1::2]), classes=classes)


QUICK = {"max_trials": 3, "time_budget": None, "verbose": 0, "include": ["knn", "linear", "discriminant"]}


def test_a_fold_is_fitted_and_predicted_as_amlb_has_it(framework: ModuleType) -> None:
    X, y = load_table("glass")
    rare = y.value_counts().idxmin()
    X, y = X[y != rare], y[y != rare]
    # AMLB knows labels in small letters, and one that no training row has.
    dataset = a_dataset(X, y.cat.remove_unused_categories(), sorted(str(label).lower() for label in y.cat.categories))
    config = a_config(name="glass", type_="multiclass", metric="logloss", framework_params=QUICK)
    found = framework.run(dataset, config)
    labels = found["probabilities_labels"]
    assert labels == sorted(labels)
    assert set(labels) == {str(label) for label in y.cat.categories if label != rare} | {str(rare).lower()}
    assert found["probabilities"].shape == (len(dataset.test.X), len(labels))
    assert (found["probabilities"][:, labels.index(str(rare).lower())] == 0.0).all()
    np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1.0)
    assert found["predictions"].dtype.kind == "U"
    assert found["predictions"].tolist() == [labels[best] for best in found["probabilities"].argmax(axis=1)]
    assert (found["predictions"] == y.iloc[1::2].astype(str)).mean() > 0.5
    assert found["output_file"] == "predictions.csv"
    assert 1 <= found["models_count"] <= 3
    assert found["training_duration"] > found["predict_duration"] > 0.0
    assert found["inference_times"] == {}
    artifacts = Path(framework.output_subdir("artifacts", config))
    assert json.loads((artifacts / "fit_report.json").read_text())["trials"] == 3
    assert len(pd.read_csv(artifacts / "leaderboard.csv")) == 3
    experience = pd.read_csv(artifacts / "experience.csv")
    assert len(experience) >= 1
    assert "glass" not in set(experience["name"])


def test_amounts_are_predicted_and_timed_where_amlb_asks_for_it(framework: ModuleType, tmp_path: Path) -> None:
    X, y = load_table("autompg")
    dataset = a_dataset(X, y, None)
    file = tmp_path / "ten.parquet"
    dataset.test.X.head(10).to_parquet(file)
    dataset.inference_subsample_files = [(10, str(file))]
    config = a_config(
        name="autompg", type="regression", type_="regression", metric="rmse", measure_inference_time=True,
        framework_params=QUICK | {"warm_start": False, "include": ["linear"], "max_trials": 1},
    )  # fmt: skip
    found = framework.run(dataset, config)
    assert np.corrcoef(found["predictions"], y.iloc[1::2])[0, 1] > 0.8
    assert "probabilities" not in found
    assert [n for n, _ in found["inference_times"]["file"]] == [10]
    assert [n for n, _ in found["inference_times"]["df"]] == [1] * 100


def test_limits_are_those_of_amlb(framework: ModuleType, tmp_path: Path) -> None:
    given = framework.make_estimator(a_config(framework_params={"warm_start": False}), tmp_path).get_params()
    assert given["time_budget"] == 60
    assert given["n_jobs"] == 2
    assert given["memory_limit_mb"] == 4000
    assert given["random_state"] == 7
    assert given["metric"] == "roc_auc"
    assert given["record"] is False


def names_in(store: Path) -> set[str]:
    return set(KnowledgeBase(store, read_only=True).studies()["name"].str.lower())


@pytest.fixture(scope="module")
def shipped() -> set[str]:
    return {name for path in shipped_paths() for name in names_in(path)}


@pytest.mark.parametrize(
    ("task", "left_out"),
    [("Australian", {"credit-a"}), ("Elevators", {"ailerons", "delta-ailerons", "delta-elevators", "elevators"})],
)
def test_the_store_knows_nothing_of_the_task(
    framework: ModuleType,
    shipped: set[str],
    task: str,
    left_out: set[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        model = framework.make_estimator(a_config(name=task), tmp_path)
    assert shipped - names_in(model.knowledge_base) == left_out
    assert f"knowledge base: shipped, left out of it: {', '.join(sorted(left_out))}" in caplog.text


def test_a_store_and_families_of_ones_own(framework: ModuleType, tmp_path: Path) -> None:
    families = tmp_path / "families.csv"
    families.write_text("name,family\nmine,a\nWine,a\n")
    params = {"knowledge_base": str(shipped_paths()[0]), "_families": str(families), "include": ["knn"]}
    model = framework.make_estimator(a_config(name="Mine", framework_params=params), tmp_path)
    assert "wine" not in names_in(model.knowledge_base)
    assert model.include == ["knn"]


@pytest.mark.parametrize("params", [{"warm_start": False}, {"knowledge_base": None}])
def test_a_cold_start_has_no_store(framework: ModuleType, params: dict[str, Any], tmp_path: Path) -> None:
    assert framework.make_estimator(a_config(framework_params=params), tmp_path).knowledge_base is None
    assert list(tmp_path.iterdir()) == []


def test_a_task_of_another_type_is_refused(framework: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="airline is timeseries"):
        framework.make_estimator(a_config(name="airline", type="timeseries"), tmp_path)


@pytest.mark.parametrize(
    ("metric", "task"),
    [
        *[(m, "binary") for m in ("acc", "auc", "balacc", "f1", "logloss", "mean_pce", "pr_auc")],
        *[(m, "multiclass") for m in ("acc", "auc_ovo", "auc_ovr", "balacc", "f1", "logloss", "mean_pce")],
        *[(m, "regression") for m in ("mae", "mse", "msle", "r2", "rmse", "rmsle")],
    ],
)
def test_metrics_of_amlb_can_be_optimized(framework: ModuleType, metric: str, task: Any) -> None:
    classes = None if task == "regression" else np.array(["bad", "good", "ugly"][: 2 if task == "binary" else 3])
    assert framework.scorer_of(metric, task) != "auto"
    assert resolve_metric(framework.scorer_of(metric, task), task, classes).name


def test_a_metric_that_we_lack_is_said(framework: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    assert framework.scorer_of("max_pce", "binary") == "auto"
    assert "no metric like max_pce" in caplog.text


def test_each_family_has_a_stored_table_and_a_task_of_amlb(framework: ModuleType, shipped: set[str]) -> None:
    families = framework.read_families(framework.FAMILIES)
    stored = {family for name, family in (framework.read_families() | families).items() if name in shipped}
    others = {family for name, family in families.items() if name not in shipped}
    assert set(families.values()) <= stored & others


def test_the_truth_stays_with_amlb(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: dict[str, Any] = {}
    caller = stand_in("frameworks.shared.caller", run_in_venv=lambda *args, **given: handed.update(given) or "done")
    for each in (stand_in("frameworks"), stand_in("frameworks.shared"), caller):
        monkeypatch.setitem(sys.modules, each.__name__, each)

    class Test:
        X = "columns"

        @property
        def y(self) -> Any:
            raise AssertionError("the truth was asked for")

    dataset = SimpleNamespace(
        target=SimpleNamespace(values=["bad", "good"]), train=SimpleNamespace(X="X", y="y"), test=Test()
    )
    integration = load("precedent_for_amlb", FRAMEWORK / "__init__.py")
    assert integration.run(dataset, a_config()) == "done"
    train = {"X": "X", "y": "y"}
    assert handed["input_data"] == {"train": train, "test": {"X": "columns"}, "classes": ["bad", "good"]}


def test_definitions_name_what_is_there() -> None:
    yaml = pytest.importorskip("yaml")
    frameworks = yaml.safe_load((FOLDER / "frameworks.yaml").read_text())
    assert set(frameworks) == {"Precedent", "Precedent_cold"}
    assert (FOLDER / Path(*frameworks["Precedent"]["module"].split(".")) / "exec.py").is_file()
    for definition in frameworks.values():
        assert set(definition.get("params", {})) <= set(AutoMLClassifier().get_params())
    for name in yaml.safe_load((FOLDER / "config.yaml").read_text())["frameworks"]["definition_file"][1:]:
        assert Path(name.format(user=FOLDER)).is_file()
    constraints = yaml.safe_load((FOLDER / "constraints.yaml").read_text())
    assert constraints["10s2c"] == {"folds": 1, "max_runtime_seconds": 10, "cores": 2}
