"""XGBoost: gradient boosted trees (Chen and Guestrin 2016); an extra, used when installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace, Float, Integer
from scipy import sparse

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import EarlyStopping, PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem

Array = npt.NDArray[Any]

MAX_ROUNDS = 2_000
# Without validation rows to stop on, this much learning (rounds x learning rate) suits most tables.
_BLIND_LEARNING = 10.0


def _space(problem: Problem) -> ConfigurationSpace:
    # Ranges follow Grinsztajn et al. 2022; rounds are not searched, early stopping finds them.
    return space_of(
        problem,
        Steps(encoding=("native", "ordinal", "target", "onehot"), imputation=()),
        [
            Float("learning_rate", (0.01, 0.3), log=True, default=0.06),
            Integer("max_depth", (2, 11), default=6),
            Float("min_child_weight", (0.1, 100.0), log=True, default=1.0),
            Float("subsample", (0.4, 1.0), default=0.9),
            Float("colsample_bytree", (0.3, 1.0), default=0.8),
            Float("colsample_bylevel", (0.3, 1.0), default=1.0),
            Float("reg_alpha", (1e-6, 10.0), log=True, default=1e-6),
            Float("reg_lambda", (1e-3, 100.0), log=True, default=1.0),
            Float("gamma", (1e-6, 10.0), log=True, default=1e-6),
        ],
    )


class XGBoost(PreprocessedLearner):
    """Boosting with early stopping on the validation rows and the trees of the best round."""

    dtype = "float32"
    uses_valid = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Boost until the validation loss rests, the rounds are spent or the deadline is there."""
        import xgboost as xgb

        self.kinds: list[str] | None = None
        if self.values["encoding"] == "native" and not sparse.issparse(X):
            self.kinds = ["q"] * X.shape[1]
            for column in self.preprocessor.categorical_columns:
                self.kinds[column] = "c"
        data = self._matrix(X, y, weight)
        watched = self._matrix(*valid, None) if valid else None
        booster = xgb.Booster(self._params(), [data, watched] if watched else [data])
        rate = float(self.values["learning_rate"])
        rounds = MAX_ROUNDS if valid else min(MAX_ROUNDS, round(_BLIND_LEARNING / rate))
        stopping = EarlyStopping(patience=round(20 + 2 / rate))
        for i in range(max(1, round(rounds * context.iterations))):
            booster.update(data, i)
            # The report reads "[0]\tvalid-rmse:0.5".
            if watched and stopping.should_stop(float(booster.eval(watched, "valid").rsplit(":", 1)[1])):
                break
            if past(context.deadline):
                break
        best = stopping.best_round if valid else booster.num_boosted_rounds()
        self.booster = booster[: max(1, best)]

    def raw_predict(self, X: Any) -> Array:
        """Predict with the trees of the best round."""
        raw = np.asarray(self.booster.predict(self._matrix(X, None, None)))
        return np.column_stack([1.0 - raw, raw]) if self.n_present == 2 else raw

    def _matrix(self, X: Any, y: Array | None, weight: Array | None) -> Any:
        import xgboost as xgb

        X = sparse.csr_matrix(X) if sparse.issparse(X) else X
        kinds = self.kinds
        return xgb.DMatrix(X, y, weight=weight, feature_types=kinds, enable_categorical=kinds is not None, nthread=1)

    def _params(self) -> dict[str, Any]:
        params = {k: v for k, v in self.values.items() if k not in {"encoding", "onehot_limit", "balancing"}}
        params |= {"tree_method": "hist", "nthread": 1, "verbosity": 0, "seed": self.seed % 2**31}
        if self.n_present == 0:
            return params | {"objective": "reg:squarederror", "eval_metric": "rmse"}
        if self.n_present == 2:
            return params | {"objective": "binary:logistic", "eval_metric": "logloss"}
        return params | {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": self.n_present}


XGBOOST = Algorithm("xgboost", _space, XGBoost, iterative=True, requires="xgboost")
