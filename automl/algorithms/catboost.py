"""CatBoost: ordered boosting of symmetric trees (Prokhorenkova et al. 2018); an extra, used when installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, Integer
from scipy import sparse

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem

Array = npt.NDArray[Any]

MAX_ROUNDS = 2_000
# Without validation rows to stop on, this much learning (rounds x learning rate) suits most tables.
_BLIND_LEARNING = 20.0


def _space(problem: Problem) -> ConfigurationSpace:
    onehot_size = Integer("one_hot_max_size", (2, 30), log=True, default=4)
    bootstrap = Categorical("bootstrap", ["bernoulli", "bayesian"], default="bernoulli")
    subsample = Float("subsample", (0.4, 1.0), default=0.85)
    temperature = Float("bagging_temperature", (0.0, 2.0), default=1.0)
    space = space_of(
        problem,
        Steps(encoding=("native", "target"), imputation=()),
        [
            Float("learning_rate", (0.01, 0.3), log=True, default=0.08),
            Integer("depth", (3, 9), default=6),
            Float("l2_leaf_reg", (0.5, 30.0), log=True, default=3.0),
            Float("random_strength", (0.1, 10.0), log=True, default=1.0),
            Float("column_share", (0.2, 1.0), default=0.9),
            bootstrap,
            subsample,
            temperature,
            onehot_size,
        ],
        [
            EqualsCondition(subsample, bootstrap, "bernoulli"),
            EqualsCondition(temperature, bootstrap, "bayesian"),
        ],
    )
    space.add(EqualsCondition(onehot_size, space["encoding"], "native"))
    return space


class _Deadline:
    """A callback of CatBoost that ends training at a `time.monotonic` moment."""

    def __init__(self, deadline: float | None) -> None:
        self.deadline = deadline

    def after_iteration(self, info: Any) -> bool:
        return not past(self.deadline)


class CatBoost(PreprocessedLearner):
    """Boosting with early stopping on the validation rows and the trees of the best round."""

    dtype = "float32"
    uses_valid = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Boost until the validation loss rests, the rounds are spent or the deadline is there."""
        import catboost

        rate = float(self.values["learning_rate"])
        rounds = MAX_ROUNDS if valid else min(MAX_ROUNDS, round(_BLIND_LEARNING / rate))
        n_rounds = max(1, round(rounds * context.iterations))
        stopping = {"od_type": "Iter", "od_wait": round(20 + 2 / rate), "use_best_model": True} if valid else {}
        self.booster: Any = catboost.CatBoost(self._params() | {"iterations": n_rounds} | stopping)
        outputs = np.eye(self.n_present)[y] if self.n_present else y[:, None]
        self.prior = np.average(outputs, axis=0, weights=weight)
        try:
            self.booster.fit(
                self._pool(X, y, weight),
                eval_set=self._pool(*valid, None) if valid else None,
                callbacks=[_Deadline(context.deadline)],
            )
        except catboost.CatBoostError as error:
            if "constant or ignored" not in str(error):
                raise
            self.booster = None  # no column varies: only the prior is left

    def raw_predict(self, X: Any) -> Array:
        """Predict with the trees of the best round."""
        if self.booster is None:
            return np.tile(self.prior, (X.shape[0], 1)) if self.n_present else np.full(X.shape[0], self.prior[0])
        kind = "Probability" if self.n_present else "RawFormulaVal"
        return np.asarray(self.booster.predict(self._pool(X, None, None), prediction_type=kind, thread_count=1))

    def _pool(self, X: Any, y: Array | None, weight: Array | None) -> Any:
        import catboost

        if sparse.issparse(X):
            return catboost.Pool(sparse.csr_matrix(X), y, weight=weight)
        native = self.preprocessor.categorical_columns if self.values["encoding"] == "native" else []
        if not native:
            return catboost.Pool(X, y, weight=weight, thread_count=1)
        # CatBoost takes categories as whole numbers only; -1 is the missing one.
        frame = pd.DataFrame(X)
        frame = frame.astype(dict.fromkeys(native, "float32")).fillna(dict.fromkeys(native, -1.0))
        return catboost.Pool(
            frame.astype(dict.fromkeys(native, "int32")), y, cat_features=native, weight=weight, thread_count=1
        )

    def _params(self) -> dict[str, Any]:
        own = ("learning_rate", "depth", "l2_leaf_reg", "random_strength", "subsample", "bagging_temperature")
        params: dict[str, Any] = {name: self.values[name] for name in own if name in self.values}
        params |= {"rsm": self.values["column_share"], "one_hot_max_size": self.values.get("one_hot_max_size", 2)}
        params |= {"bootstrap_type": str(self.values["bootstrap"]).capitalize(), "random_seed": self.seed % 2**31}
        params |= {"thread_count": 1, "logging_level": "Silent", "allow_writing_files": False}
        if self.n_present == 0:
            return params | {"loss_function": "RMSE"}
        return params | {"loss_function": "Logloss" if self.n_present == 2 else "MultiClass"}


CATBOOST = Algorithm("catboost", _space, CatBoost, iterative=True, requires="catboost")
