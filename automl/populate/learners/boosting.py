"""Histogram gradient boosting, which is LightGBM's algorithm (Ke et al. 2017).

Ours finds the number of rounds on validation rows. Faithful is what does the same: early stopping, with rounds enough
to come to it. With more than two classes LightGBM takes shorter steps at the same learning rate (its second
derivatives are larger by classes / (classes - 1)), so that the same name is another model; those are foreign.

Classic gradient boosting is foreign: its rounds are fixed, its trees are grown by depth on exact splits.
"""

from __future__ import annotations

from automl.populate.faithful import Fixed, Unfaithful, integer, number, real
from automl.populate.flows import Json
from automl.populate.learners.base import TECHNICAL, Setting, Translator
from automl.task import Problem
from automl.trial import Value

# Rounds x learning rate: with less, most tables are still learning.
_LEARNING = 10.0
# "auto" stops early above this many training rows.
_AUTO_ROWS = 10_000
# Ours allows no leaf of more than one in this many training rows.
_LEAVES = 20
# The least penalty in our space stands for none.
_NO_PENALTY = 1e-6


def _own(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    _check_stopping(setting)
    _check_categories(setting)
    smallest = integer(given, "min_samples_leaf")
    setting.needs_rows(_LEAVES * smallest, "min_samples_leaf")
    penalty = real(given, "l2_regularization")
    return {
        "learning_rate": real(given, "learning_rate"),
        "num_leaves": integer(given, "max_leaf_nodes"),
        "min_child_samples": smallest,
        "max_bin": integer(given, "max_bins"),
        "lambda_l1": _NO_PENALTY,
        "lambda_l2": _NO_PENALTY if 0 <= penalty < _NO_PENALTY else penalty,
        "feature_fraction": 1.0,
        "bagging_fraction": 1.0,
        "extra_trees": "no",
    }


def _check_stopping(setting: Setting) -> None:
    given = setting.parameters
    if given["early_stopping"] == "auto":
        setting.needs_rows(_AUTO_ROWS + 1, "early_stopping")
    elif given["early_stopping"] is not True:
        raise Unfaithful("early_stopping is off, ours stops on validation rows")
    if integer(given, "max_iter") * number(given, "learning_rate") < _LEARNING:
        raise Unfaithful("max_iter ends training before the validation rows do")


def _check_categories(setting: Setting) -> None:
    if setting.parameters["categorical_features"] is not None and setting.known_sizes("categories").n_categorical:
        raise Unfaithful("categorical_features are split by other rules than ours")


def _translator(problem: Problem, loss: tuple[Json, ...]) -> Translator:
    fixed: Fixed = {
        "loss": loss,
        "max_depth": (None,),
        "max_features": (1.0,),
        "monotonic_cst": (None,),
        "interaction_cst": (None,),
        "scoring": ("loss",),
        "n_iter_no_change": (10,),
        "validation_fraction": (0.1,),
        "tol": (1e-7,),
        "quantile": (None,),
    }
    first: dict[str, Json] = {"learning_rate": 0.1, "max_iter": 100, "max_leaf_nodes": 31, "min_samples_leaf": 20}
    first |= {"max_bins": 256, "l2_regularization": 0.0, "early_stopping": False, "categorical_features": None}
    first |= {} if problem == "regression" else {"class_weight": None}
    changes = (
        ((0, 0), first),
        ((0, 22), {"max_bins": 255}),
        ((0, 23), {"early_stopping": "auto"}),
        ((1, 6), {"categorical_features": "from_dtype"}),
    )
    return Translator(
        "lightgbm",
        changes,
        fixed,
        TECHNICAL,
        _own,
        problems=(problem,),
        is_scale_free=True,
        left_out=("the validation rows on which training stops",),
    )


HIST_GRADIENT_BOOSTING_CLASSIFIER = _translator("binary", ("log_loss", "auto", "binary_crossentropy"))
HIST_GRADIENT_BOOSTING_REGRESSOR = _translator("regression", ("squared_error", "least_squares"))
