"""What any framework has to beat: a constant, and two boosting libraries as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

REQUIREMENTS: tuple[str, ...] = ()
VARIANTS: dict[str, dict[str, Any]] = {
    "constant": {},
    "lightgbm": {},
    "hist_gradient_boosting": {},
}
TAKES_BUDGET = False


@dataclass(frozen=True)
class Baseline:
    """An estimator of scikit-learn's kind over encoded columns."""

    estimator: Any
    encoding: Any


def prepare(job: Any) -> str:
    """Import what is run; its version."""
    from importlib import import_module
    from importlib.metadata import version

    package, module = ("lightgbm", "lightgbm") if job.framework == "lightgbm" else ("scikit-learn", "sklearn.ensemble")
    import_module(module)
    import_module("automl.benchmark.frameworks.encoding")
    return version(package)


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Baseline:
    """Fit with the defaults of the library."""
    from automl.benchmark.frameworks.encoding import Encoding

    make = {"constant": _constant, "lightgbm": _lightgbm, "hist_gradient_boosting": _hist_gradient_boosting}
    encoding = Encoding.of(X)
    table = encoding.with_categories(X)
    return Baseline(make[job.framework](job, table).fit(table, y), encoding)


def _constant(job: Any, table: pd.DataFrame) -> Any:
    """The class frequencies, or what minimises the metric's errors."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if job.task != "regression":
        return DummyClassifier(strategy="prior")
    return DummyRegressor(strategy="median" if "absolute" in job.metric else "mean")


def _lightgbm(job: Any, table: pd.DataFrame) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if job.task == "regression" else LGBMClassifier
    return kind(n_jobs=job.n_cores, random_state=job.seed, verbose=-1)


def _hist_gradient_boosting(job: Any, table: pd.DataFrame) -> Any:
    """Its cores are those of OpenMP; columns of more categories than it has bins are ordinal to it."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    kind = HistGradientBoostingRegressor if job.task == "regression" else HistGradientBoostingClassifier
    estimator = kind(random_state=job.seed, categorical_features="from_dtype")
    wide = [name for name in table.select_dtypes("category") if table[name].nunique() > estimator.max_bins]
    if not wide:
        return estimator
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"))
    ordinal = make_column_transformer((codes, wide), remainder="passthrough", verbose_feature_names_out=False)
    return make_pipeline(ordinal.set_output(transform="pandas"), estimator)


def predict(model: Baseline, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    table, estimator = model.encoding.with_categories(X), model.estimator
    if not hasattr(estimator, "classes_"):
        return pd.DataFrame({"prediction": estimator.predict(table)})
    probabilities = pd.DataFrame(estimator.predict_proba(table), columns=estimator.classes_)
    return probabilities.assign(prediction=estimator.classes_[probabilities.to_numpy().argmax(axis=1)])


def describe(model: Baseline) -> dict[str, Any]:
    """Nothing: each is one model."""
    return {"models": 1}
