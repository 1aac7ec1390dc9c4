"""One fold of one AMLB task: fit within AMLB's limits, predict, hand back. Runs in the environment of setup.sh."""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from frameworks.shared.callee import call_run, measure_inference_times, output_subdir, result
from frameworks.shared.utils import Timer

from automl import AutoMLClassifier, AutoMLRegressor
from automl.benchmark.leaving_out import SHIPPED, Experiences, read_families

logger = logging.getLogger(__name__)

# AMLB's metrics, as the scorer that has the same best model. AMLB averages the classes by their weight.
METRICS = {
    "acc": "accuracy",
    "auc": "roc_auc",
    "auc_ovo": "roc_auc_ovo_weighted",
    "auc_ovr": "roc_auc_ovr_weighted",
    "balacc": "balanced_accuracy",
    "f1": "f1_weighted",
    "logloss": "neg_log_loss",
    "mean_pce": "balanced_accuracy",
    "pr_auc": "average_precision",
    "mae": "neg_mean_absolute_error",
    "mse": "neg_mean_squared_error",
    "msle": "neg_mean_squared_log_error",
    "r2": "r2",
    "rmse": "neg_root_mean_squared_error",
    "rmsle": "neg_root_mean_squared_log_error",
}
# Tasks of AMLB's suites that are stored under another name, or have relatives in the store.
FAMILIES = Path(__file__).with_name("families.csv")
ESTIMATORS = {"classification": AutoMLClassifier, "regression": AutoMLRegressor}


def run(dataset: Any, config: Any) -> dict[str, Any]:
    """Fit and predict one fold.

    Parameters
    ----------
    dataset : namespace
        `train.X` and `train.y`, frames; `test.X`; `classes`, all labels of the task or None; where times of inference
        are measured, `inference_subsample_files`.
    config : namespace
        AMLB's TaskConfig.

    Returns
    -------
    dict
        AMLB's result.
    """
    with tempfile.TemporaryDirectory(prefix="precedent_") as folder:
        model = make_estimator(config, Path(folder))
        with Timer() as training:
            model.fit(dataset.train.X, dataset.train.y.iloc[:, 0])
    with Timer() as predicting:
        predictions = model.predict(dataset.test.X)
    keep_records(model, Path(output_subdir("artifacts", config)))
    return result(
        output_file=config.output_predictions_file,
        **answer_of(model, predictions, dataset),
        models_count=model.fit_report_["statuses"].get("ok", 0),
        training_duration=training.duration,
        predict_duration=predicting.duration,
        inference_times=inference_times(model, dataset, config),
    )


def make_estimator(config: Any, folder: Path) -> AutoMLClassifier | AutoMLRegressor:
    """Make the estimator of a task: AMLB's limits, then the framework's parameters, which are the estimator's own.

    Only `knowledge_base` means more here: "shipped" (the default), "default" (with the user's own store over it), a
    path or None; the fit is given a copy of it that knows nothing of the task. `_families` is the path of a further
    CSV file of tables that share rows or columns.
    """
    if config.type not in ESTIMATORS:
        raise ValueError(f"Precedent does classification and regression, and {config.name} is {config.type}")
    given = dict(config.framework_params)
    families = given.pop("_families", None)
    store = given.pop("knowledge_base", SHIPPED) if given.get("warm_start", True) else None
    options = {
        "time_budget": config.max_runtime_seconds,
        "metric": scorer_of(config.metric, config.type_),
        "n_jobs": config.cores,
        "memory_limit_mb": config.max_mem_size_mb,
        "random_state": config.seed,
        "knowledge_base": None if store is None else without(config.name, store, families, folder),
        "record": False,
        "verbose": 2,
    }
    return ESTIMATORS[config.type](**(options | given))


def scorer_of(metric: str, task: str) -> str:
    """Find the scorer for one of AMLB's metrics; says so and gives "auto" where there is none."""
    if metric not in METRICS:
        logger.warning("Precedent has no metric like %s and optimizes its own for %s", metric, task)
        return "auto"
    return "f1" if metric == "f1" and task == "binary" else METRICS[metric]


def without(task: str, store: str, families: str | None, folder: Path) -> Path:
    """Copy a store without the task and its relatives, by their names; the fit itself leaves out the same content."""
    known = read_families() | read_families(FAMILIES) | (read_families(families) if families else {})
    experience = Experiences(store, known).of(task, content_hash="")
    logger.info("knowledge base: %s, left out of it: %s", store, ", ".join(experience.left_out) or "nothing")
    copy = folder / "knowledge.duckdb"
    copy.write_bytes(experience.content)
    return copy


def answer_of(
    model: AutoMLClassifier | AutoMLRegressor, predictions: npt.NDArray[Any], dataset: Any
) -> dict[str, npt.NDArray[Any] | list[str]]:
    """Give predictions in AMLB's form: labels are text, and each label of the task has a column of probabilities."""
    if isinstance(model, AutoMLRegressor):
        return {"predictions": predictions}
    probabilities = labelled(model, model.predict_proba(dataset.test.X), dataset.classes or ())
    return {
        # Text of fixed width, which any version of numpy reads: AMLB's own may be older.
        "predictions": predictions.astype(str),
        "probabilities": probabilities.to_numpy(),
        "probabilities_labels": list(probabilities.columns),
    }


def labelled(model: AutoMLClassifier, probabilities: npt.NDArray[np.float64], classes: Sequence[str]) -> pd.DataFrame:
    """Name the columns by their labels, in AMLB's order, with zeros for labels that no training row has.

    AMLB knows labels without their case and outer spaces, and orders them as text.
    """
    frame = pd.DataFrame(probabilities, columns=model.classes_.astype(str))
    known = {label.strip().lower() for label in frame.columns}
    unseen = [label for label in classes if label.strip().lower() not in known]
    return frame.reindex(columns=sorted([*frame.columns, *unseen]), fill_value=0.0)


def keep_records(model: AutoMLClassifier | AutoMLRegressor, folder: Path) -> None:
    """Write what was tried, and which past tasks the search started from."""
    model.leaderboard().to_csv(folder / "leaderboard.csv", index=False)
    model.experience_.to_csv(folder / "experience.csv", index=False)
    (folder / "fit_report.json").write_text(json.dumps(model.fit_report_, indent=2, default=str))


def inference_times(
    model: AutoMLClassifier | AutoMLRegressor, dataset: Any, config: Any
) -> Mapping[str, Mapping[int, list[float]]]:
    """Time predictions of AMLB's samples from files, and of single rows from memory, where AMLB asks for it."""
    if not config.measure_inference_time:
        return {}
    answer = model.predict_proba if isinstance(model, AutoMLClassifier) else model.predict

    def infer(data: str | pd.DataFrame) -> None:
        answer(pd.read_parquet(data) if isinstance(data, str) else data)

    rows = [(1, dataset.test.X.sample(1, random_state=i)) for i in range(100)]
    return {
        "file": measure_inference_times(infer, dataset.inference_subsample_files),
        "df": measure_inference_times(infer, rows),
    }


def hold_output_open() -> None:
    """Let something small outlive this process by a moment, with its output.

    AMLB since December 2024 takes a process for a hanging one, and its result for lost, that is not quite gone when its
    output ends; and the kernel ends the output first.
    """
    subprocess.Popen(["sleep", "1"], start_new_session=True)


if __name__ == "__main__":
    call_run(run)
    hold_output_open()
