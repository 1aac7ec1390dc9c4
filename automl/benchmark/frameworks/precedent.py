"""Ourselves: with a warm start, without one, and by random search over the same space."""

from __future__ import annotations

from typing import Any

import pandas as pd

REQUIREMENTS: tuple[str, ...] = ()
VARIANTS: dict[str, dict[str, Any]] = {
    "precedent": {"warm_start": True, "searcher": "smbo"},
    "precedent_cold": {"warm_start": False, "searcher": "smbo"},
    "precedent_random": {"warm_start": False, "searcher": "random"},
}
TAKES_BUDGET = True


def prepare(job: Any) -> str:
    """Import ourselves."""
    from importlib.metadata import version

    from automl import AutoMLClassifier, AutoMLRegressor  # noqa: F401

    return version("precedent-automl")


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Any:
    """Fit with all of the budget, memory and cores; nothing is recorded."""
    import automl

    kind = automl.AutoMLRegressor if job.task == "regression" else automl.AutoMLClassifier
    warm = job.options["warm_start"]
    model = kind(
        time_budget=job.budget_s,
        metric=job.metric,
        n_jobs=job.n_cores,
        memory_limit_mb=job.memory_limit_mb,
        max_trials=job.max_trials,
        random_state=job.seed,
        knowledge_base=job.knowledge_base if warm else None,
        warm_start=warm,
        record=False,
        verbose=0,
    )
    model._searcher = job.options["searcher"]
    return model.fit(X, y)


def predict(model: Any, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    if not hasattr(model, "classes_"):
        return pd.DataFrame({"prediction": model.predict(X)})
    return pd.DataFrame(model.predict_proba(X), columns=model.classes_).assign(prediction=model.predict(X))


def describe(model: Any) -> dict[str, Any]:
    """How the search went, the size of the ensemble, and how many past tasks gave starts."""
    report = model.fit_report_
    return {
        "trials": report["trials"],
        "statuses": report["statuses"],
        "first_model_s": report["first_model_s"],
        "stopped": report["stopped"],
        "members": int((model.leaderboard()["weight"] > 0).sum()),
        "experience": len(model.experience_),
    }
