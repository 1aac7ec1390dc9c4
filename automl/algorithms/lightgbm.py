"""LightGBM: gradient boosted trees (Ke et al. 2017, NeurIPS)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, Integer
from scipy import sparse

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import EarlyStopping, PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem

Array = npt.NDArray[Any]

MAX_ROUNDS = 2_000
# Without validation rows to stop on, this much learning (rounds x learning rate) suits most tables.
_BLIND_LEARNING = 10.0
_ALWAYS_BINS = 31


def _space(problem: Problem) -> ConfigurationSpace:
    # Ranges follow the search spaces of FLAML and of Grinsztajn et al. 2022 ("Why do tree-based models still
    # outperform deep learning on tabular data?"); rounds are not searched, early stopping finds them.
    smooth = Float("cat_smooth", (1.0, 100.0), log=True, default=10.0)
    ridge = Float("cat_l2", (0.1, 100.0), log=True, default=10.0)
    space = space_of(
        problem,
        Steps(encoding=("native", "ordinal", "target"), imputation=()),
        [
            Float("learning_rate", (0.01, 0.3), log=True, default=0.06),
            Integer("num_leaves", (4, 256), log=True, default=31),
            Integer("min_child_samples", (1, 200), log=True, default=20),
            Float("feature_fraction", (0.2, 1.0), default=0.8),
            Float("bagging_fraction", (0.4, 1.0), default=0.9),
            Float("lambda_l1", (1e-6, 10.0), log=True, default=1e-6),
            Float("lambda_l2", (1e-6, 100.0), log=True, default=1.0),
            Categorical("extra_trees", ["no", "yes"], default="no"),
            Integer("max_bin", (15, 511), log=True, default=255),
            smooth,
            ridge,
        ],
    )
    space.add(EqualsCondition(smooth, space["encoding"], "native"))
    space.add(EqualsCondition(ridge, space["encoding"], "native"))
    return space


class LightGBM(PreprocessedLearner):
    """Boosting with early stopping on the validation rows and the trees of the best round."""

    dtype = "float32"
    uses_valid = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Boost until the validation loss rests, the rounds are spent or the deadline is there."""
        import lightgbm as lgb

        params = self._params(X.shape[0])
        native = self.values["encoding"] == "native"
        columns: Any = self.preprocessor.categorical_columns if native else "auto"
        data = lgb.Dataset(_readable(X), y, weight=weight, categorical_feature=columns, params=params)
        booster = lgb.Booster(params, data)
        rate = float(self.values["learning_rate"])
        rounds = MAX_ROUNDS if valid else min(MAX_ROUNDS, round(_BLIND_LEARNING / rate))
        if valid:
            booster.add_valid(data.create_valid(_readable(valid[0]), valid[1]), "valid")
        # A smaller step needs more rounds to show that it no longer improves.
        stopping = EarlyStopping(patience=round(20 + 2 / rate))
        for _ in range(max(1, round(rounds * context.iterations))):
            if booster.update() or (valid and stopping.should_stop(booster.eval_valid()[0][2])):
                break
            if past(context.deadline):
                break
        best = stopping.best_round if valid else -1
        self.booster = lgb.Booster(model_str=booster.model_to_string(num_iteration=best))

    def raw_predict(self, X: Any) -> Array:
        """Predict with the trees of the best round."""
        raw = np.asarray(self.booster.predict(_readable(X), num_threads=1, validate_features=False))
        return np.column_stack([1.0 - raw, raw]) if self.n_present == 2 else raw

    def _params(self, n_rows: int) -> dict[str, Any]:
        own = ("learning_rate", "num_leaves", "feature_fraction", "bagging_fraction", "lambda_l1", "lambda_l2")
        params: dict[str, Any] = {name: self.values[name] for name in own}
        # Leaves of 20 rows are too coarse for a table of 100.
        params["min_child_samples"] = min(int(self.values["min_child_samples"]), max(1, n_rows // 20))
        # Nor do bins of a row or two tell more than they cost.
        max_bin = min(int(self.values["max_bin"]), max(_ALWAYS_BINS, n_rows // 10))
        params |= {"max_bin": max_bin, "bagging_freq": 1, "min_data_in_bin": 1 if n_rows < 1000 else 3}
        params |= {"extra_trees": self.values["extra_trees"] == "yes", "seed": self.seed % 2**31}
        params |= {name: self.values[name] for name in ("cat_smooth", "cat_l2") if name in self.values}
        params |= {"verbose": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}
        if self.n_present == 0:
            return params | {"objective": "regression", "metric": "l2"}
        if self.n_present == 2:
            return params | {"objective": "binary", "metric": "binary_logloss"}
        return params | {"objective": "multiclass", "metric": "multi_logloss", "num_class": self.n_present}


def _readable(X: Any) -> Any:
    # LightGBM reads scipy's matrices, not yet its arrays.
    return sparse.csr_matrix(X) if sparse.issparse(X) else X


LIGHTGBM = Algorithm("lightgbm", _space, LightGBM, iterative=True, requires="lightgbm")
