"""FLAML (Wang et al., MLSys 2021): frugal search over boosting and forests, with and without its stacked ensemble.

It keeps the budget for the search alone: the ensemble comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

REQUIREMENTS: tuple[str, ...] = ("flaml[automl]==2.7.0",)
VARIANTS: dict[str, dict[str, Any]] = {"flaml": {"ensemble": False}, "flaml_ensemble": {"ensemble": True}}
TAKES_BUDGET = True

_METRICS = {
    "accuracy": "accuracy",
    "average_precision": "ap",
    "neg_log_loss": "log_loss",
    "neg_mean_absolute_error": "mae",
    "neg_root_mean_squared_error": "rmse",
    "r2": "r2",
    "roc_auc": "roc_auc",
}


@dataclass(frozen=True)
class Fitted:
    """The search, and whether it has classes, which a regressor of FLAML's does not tell."""

    search: Any
    is_class: bool


def prepare(job: Any) -> str:
    """Import FLAML."""
    import flaml.automl

    return str(flaml.__version__)


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Fitted:
    """Fit with the budget and cores; the rest are its defaults."""
    from flaml import AutoML

    search = AutoML()
    search.fit(
        X,
        y,
        task="regression" if job.task == "regression" else "classification",
        metric=_METRICS.get(job.metric, "auto"),
        time_budget=job.budget_s,
        n_jobs=job.n_cores,
        ensemble=job.options["ensemble"],
        seed=job.seed,
        log_file_name=str(Path(job.folder, "flaml.log")),
        verbose=0,
    )
    return Fitted(search, job.task != "regression")


def predict(model: Fitted, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    prediction = model.search.predict(X)
    if not model.is_class:
        return pd.DataFrame({"prediction": prediction})
    probabilities = pd.DataFrame(model.search.predict_proba(X), columns=list(model.search.classes_))
    return probabilities.assign(prediction=prediction)


def describe(model: Fitted) -> dict[str, Any]:
    """What won, when, how often the best was improved, and whether models are stacked in the end."""
    search = model.search
    return {
        "best": search.best_estimator,
        "improvements": len(search.config_history),
        "best_found_s": search.time_to_find_best_model,
        "is_ensemble": type(search.model).__name__.startswith("Stacking"),
    }
