"""mljar-supervised, in its mode for the best predictions.

Of its modes, Compete is the one to compare within a short budget: it chooses between a single split, 5 and 10 folds by
the time that it has, and spends none on explanations, where Perform computes importances for each model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

REQUIREMENTS: tuple[str, ...] = ("mljar-supervised==1.3.2",)
VARIANTS: dict[str, dict[str, Any]] = {"mljar": {"mode": "Compete"}}
TAKES_BUDGET = True

_METRICS = {
    "accuracy": "accuracy",
    "average_precision": "average_precision",
    "neg_log_loss": "logloss",
    "neg_mean_absolute_error": "mae",
    "neg_root_mean_squared_error": "rmse",
    "r2": "r2",
    "roc_auc": "auc",
}
_TASKS = {
    "binary": "binary_classification",
    "multiclass": "multiclass_classification",
    "regression": "regression",
}


def prepare(job: Any) -> str:
    """Import mljar, with a canvas that needs no screen."""
    import matplotlib

    matplotlib.use("agg")
    import supervised

    return str(supervised.__version__)


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Any:
    """Fit with the budget, which it takes in whole seconds, and the cores."""
    from supervised import AutoML

    model = AutoML(
        results_path=str(Path(job.folder, "models")),
        total_time_limit=None if job.budget_s is None else max(1, int(job.budget_s)),
        mode=job.options["mode"],
        ml_task=_TASKS[job.task],
        eval_metric=_METRICS.get(job.metric, "auto"),
        n_jobs=job.n_cores,
        random_state=job.seed,
        verbose=0,
    )
    return model.fit(X, y)


def predict(model: Any, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    found: pd.DataFrame = model.predict_all(X)
    if "label" not in found:
        return pd.DataFrame({"prediction": found["prediction"]})
    return found.rename(columns=lambda name: name.removeprefix("prediction_")).rename(columns={"label": "prediction"})


def describe(model: Any) -> dict[str, Any]:
    """The models that were fitted, and which is best."""
    return {"models": len(model._models), "best": model._best_model.get_name()}
