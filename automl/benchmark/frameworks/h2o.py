"""H2O AutoML (LeDell and Poirier, 2020): a fixed list of models, random search, stacked ensembles, on a Java server.

As in AMLB's integration the server gets two thirds of the memory, since its XGBoost lies outside the Java heap.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from typing import Any

import pandas as pd

REQUIREMENTS: tuple[str, ...] = ("h2o==3.46.0.12",)
PROGRAMS: tuple[str, ...] = ("java",)
VARIANTS: dict[str, dict[str, Any]] = {"h2o": {}}
TAKES_BUDGET = True

_METRICS = {
    "average_precision": "AUCPR",
    "neg_log_loss": "logloss",
    "neg_mean_absolute_error": "mae",
    "neg_root_mean_squared_error": "rmse",
    "roc_auc": "AUC",
}
_TARGET = "target"
_HEAP_SHARE = 2 / 3


@dataclass(frozen=True)
class Columns:
    """How a table is handed over: by position, with codes for text, so that nothing in it can be misread.

    Strings and categories become the codes that they had in fit, those that it did not see are missing; dates become
    milliseconds, which is what H2O makes of them.
    """

    categories: dict[int, pd.Index[Any]]

    @classmethod
    def of(cls, X: pd.DataFrame) -> Columns:
        """Remember the categories of a table."""
        kept = (i for i in range(X.shape[1]) if not pd.api.types.is_numeric_dtype(X.dtypes.iloc[i]))
        return cls({i: _text(X.iloc[:, i]).cat.categories for i in kept if X.dtypes.iloc[i].kind not in "mM"})

    def frame(self, X: pd.DataFrame, y: pd.Series[Any] | None = None, is_class: bool = False) -> Any:
        """A table on the server."""
        import h2o

        table = pd.DataFrame({f"c{i}": self._column(i, X.iloc[:, i]) for i in range(X.shape[1])})
        types = {f"c{i}": "enum" if i in self.categories else "real" for i in range(X.shape[1])}
        if y is not None:
            table[_TARGET], types[_TARGET] = y.to_numpy(), "enum" if is_class else "real"
        return h2o.H2OFrame(table, column_types=types)

    def _column(self, i: int, column: pd.Series[Any]) -> Any:
        if i in self.categories:
            codes = _text(column).cat.set_categories(self.categories[i]).cat.codes
            return [None if code < 0 else f"v{code:06d}" for code in codes]
        if column.dtype.kind == "M":
            column = column - pd.Timestamp(0, tz=column.dt.tz)
        if column.dtype.kind == "m":
            column = column.dt.total_seconds() * 1000
        return column.to_numpy("float64", na_value=float("nan"))


@dataclass(frozen=True)
class Led:
    """The search, whose leader predicts, and what it was given."""

    search: Any
    columns: Columns
    classes: list[str] | None
    search_s: int | None


def prepare(job: Any) -> str:
    """Start a server of our own, which ends with this process."""
    import h2o

    memory = {} if job.memory_limit_mb is None else {"max_mem_size": f"{int(_HEAP_SHARE * job.memory_limit_mb)}M"}
    h2o.init(
        port=_free_port(),
        name=f"benchmark_{os.getpid()}",  # of no other run
        nthreads=job.n_cores,
        ice_root=job.folder,
        bind_to_localhost=True,
        telemetry=False,
        **memory,
    )
    h2o.no_progress()
    h2o.H2OFrame(pd.DataFrame({"c0": [0.0, 1.0]}))  # the server loads its parser, as others are imported
    return str(h2o.__version__)


def _free_port() -> int:
    """Find a port that is free together with the next, where the server's nodes would talk."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Led:
    """Search for what the hand-over of the table leaves of the budget; the rest are its defaults."""
    from h2o.automl import H2OAutoML

    start = time.perf_counter()
    classes = None if job.task == "regression" else sorted(set(y))
    target = y if classes is None else y.map({label: f"k{i:06d}" for i, label in enumerate(classes)})
    columns = Columns.of(X)
    frame = columns.frame(X, target, is_class=classes is not None)
    left_s = None if job.budget_s is None else max(1, round(job.budget_s - (time.perf_counter() - start)))
    search = H2OAutoML(
        max_runtime_secs=left_s,
        sort_metric=_METRICS.get(job.metric, "AUTO"),
        seed=job.seed,
    )
    search.train(y=_TARGET, training_frame=frame)
    if search.leader is None:
        raise RuntimeError("H2O finished no model in the time that it had")
    return Led(search, columns, classes, left_s)


def predict(model: Led, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    predictions: pd.DataFrame = model.search.leader.predict(model.columns.frame(X)).as_data_frame()
    if model.classes is None:
        return pd.DataFrame({"prediction": predictions["predict"]})
    codes = {f"k{i:06d}": label for i, label in enumerate(model.classes)}
    return predictions[list(codes)].rename(columns=codes).assign(prediction=predictions["predict"].map(codes))


def describe(model: Led) -> dict[str, Any]:
    """The models that were fitted, which leads, and the whole seconds that the search was given."""
    return {"models": model.search.leaderboard.nrow, "best": model.search.leader.algo, "search_s": model.search_s}


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Categories of strings."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return column.map(str, na_action="ignore").astype("category")
