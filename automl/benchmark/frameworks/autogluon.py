"""AutoGluon-Tabular (Erickson et al., 2020): many models, bagged over folds and stacked.

Without ray, whose start takes more than ten seconds where cores are few: the folds are fitted one after the other, each
on all cores. And without the trial of stacking that the best preset begins with, as AutoGluon itself advises where time
is short: of a budget of 10 s it leaves too little, with ray and without, for any model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

REQUIREMENTS: tuple[str, ...] = (
    "autogluon.tabular[lightgbm,catboost,xgboost,fastai]==1.6.3",
    "torch==2.13.0; platform_system != 'Darwin'",
)
VARIANTS: dict[str, dict[str, Any]] = {
    "autogluon_medium": {"presets": "medium_quality"},
    "autogluon_best": {"presets": "best_quality", "dynamic_stacking": False},
}
TAKES_BUDGET = True

_METRICS = {
    "accuracy": "accuracy",
    "average_precision": "average_precision",
    "balanced_accuracy": "balanced_accuracy",
    "neg_log_loss": "log_loss",
    "neg_mean_absolute_error": "mean_absolute_error",
    "neg_root_mean_squared_error": "root_mean_squared_error",
    "r2": "r2",
    "roc_auc": "roc_auc",
}
_TARGET = "__target__"


def prepare(job: Any) -> str:
    """Import AutoGluon, and the libraries that it imports only when a model of theirs is first fitted."""
    from importlib import import_module

    import autogluon.tabular

    for library in ("catboost", "lightgbm", "xgboost", "fastai.tabular.all"):
        import_module(library)

    return str(autogluon.tabular.__version__)


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Any:
    """Fit with the budget, cores and memory, and no accelerator; the rest is the preset's."""
    from autogluon.tabular import TabularPredictor

    model = TabularPredictor(
        label=_TARGET,
        problem_type=job.task,
        eval_metric=_METRICS.get(job.metric),
        path=str(Path(job.folder, "models")),
        verbosity=2,
    )
    return model.fit(
        X.assign(**{_TARGET: y}),
        time_limit=job.budget_s,
        **job.options,
        num_cpus=job.n_cores,
        num_gpus=0,
        memory_limit="auto" if job.memory_limit_mb is None else job.memory_limit_mb / 1024,
    )


def predict(model: Any, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    if model.problem_type == "regression":
        return pd.DataFrame({"prediction": model.predict(X, as_pandas=False)})
    probabilities: pd.DataFrame = model.predict_proba(X, as_multiclass=True)
    return probabilities.assign(prediction=model.predict_from_proba(probabilities))


def describe(model: Any) -> dict[str, Any]:
    """The models that were fitted, and what the best is."""
    return {"models": len(model.model_names()), "best": model.model_best}
