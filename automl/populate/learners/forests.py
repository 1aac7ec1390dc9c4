"""Random forest and extra trees.

Our hyperparameter is the power of the number of columns that gives the candidate columns of a split, where
scikit-learn takes a share or a number: which power it is depends on the table. The power here gives exactly as many
columns where all are numeric, and the same share where one-hot columns are among them.

Ours adds one tree that knows only the shares of the classes, which moves hardly a label and no rank, and on tables of
tens of thousands of rows it may grow larger leaves to bound the size of a tree; what that changes is not looked into.
"""

from __future__ import annotations

import math

from automl.populate.faithful import Defaults, Fixed, Unfaithful, flag, integer, number, rounded, word
from automl.populate.flows import Json
from automl.populate.learners.base import TECHNICAL, Setting, Translator
from automl.task import Problem
from automl.trial import Value

_LEAST_POWER = 0.1
_CRITERIA = {"gini": "gini", "entropy": "entropy", "log_loss": "entropy"}
# Before 0.19 a node of impurity below 1e-7 was not split: it was pure.
_FIXED: Fixed = {
    "max_depth": (None,),
    "max_leaf_nodes": (None,),
    "min_weight_fraction_leaf": (0.0,),
    "min_impurity_decrease": (0.0,),
    "min_impurity_split": (None, 1e-7),
    "ccp_alpha": (0.0,),
    "max_samples": (None,),
    "monotonic_cst": (None,),
}


def _defaults(*, bootstrap: bool, is_classifier: bool) -> Defaults:
    first: dict[str, Json] = {"n_estimators": 10, "max_features": "auto", "min_samples_leaf": 1, "min_samples_split": 2}
    first |= {"bootstrap": bootstrap, "criterion": "gini" if is_classifier else "mse"}
    first |= {"class_weight": None} if is_classifier else {}
    return (
        ((0, 0), first),
        ((0, 22), {"n_estimators": 100}),
        ((1, 0), {} if is_classifier else {"criterion": "squared_error"}),
        ((1, 1), {"max_features": "sqrt" if is_classifier else 1.0}),
    )


def _own(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    values: dict[str, Value] = {
        "n_estimators": integer(given, "n_estimators"),
        "max_features_power": _power(setting),
        "min_samples_leaf": integer(given, "min_samples_leaf"),
        "min_samples_split": integer(given, "min_samples_split"),
        "bootstrap": "yes" if flag(given, "bootstrap") else "no",
    }
    criterion = word(given, "criterion")
    if setting.problem != "regression":
        return values | {"criterion": _CRITERIA.get(criterion, criterion)}
    if criterion not in ("mse", "squared_error"):
        raise Unfaithful("criterion is other than the squared error, which ours has fixed")
    return values


def _power(setting: Setting) -> float:
    given = setting.parameters["max_features"]
    if given == "auto":
        given = None if setting.problem == "regression" else "sqrt"
    if given is None or (given == 1.0 and isinstance(given, float)):
        return 1.0
    if given == "sqrt":
        return 0.5  # ours rounds the root to the nearest, not down; the same on every table
    sizes = setting.known_sizes("max_features")
    is_onehot = setting.preparation.encoding == "onehot"
    theirs = sizes.n_numeric + (sizes.n_categories if is_onehot else sizes.n_categorical)
    # Each column that we encode has one more, for rare and missing values.
    ours = theirs + sizes.n_categorical * is_onehot
    if theirs < 2:
        return 1.0
    n_candidates = _n_candidates(setting, theirs)
    power = rounded(1.0 + math.log(n_candidates / theirs) / math.log(ours))
    if power < _LEAST_POWER and round(ours**_LEAST_POWER) == max(1, round(ours**power)):
        return _LEAST_POWER
    return power


def _n_candidates(setting: Setting, n_columns: int) -> int:
    given = setting.parameters["max_features"]
    if given == "log2":
        return max(1, int(math.log2(n_columns)))
    share = number(setting.parameters, "max_features")
    wanted = share if isinstance(given, int) else int(share * n_columns)
    if share <= 0 or wanted > n_columns:
        raise Unfaithful("max_features is not a share or number of the columns")
    return max(1, int(wanted))


def _translator(algorithm: str, *, bootstrap: bool, is_classifier: bool) -> Translator:
    problems: tuple[Problem, ...] = ("binary", "multiclass") if is_classifier else ("regression",)
    return Translator(
        algorithm,
        _defaults(bootstrap=bootstrap, is_classifier=is_classifier),
        _FIXED,
        (*TECHNICAL, "oob_score"),
        _own,
        problems=problems,
        is_scale_free=True,
    )


RANDOM_FOREST_CLASSIFIER = _translator("random_forest", bootstrap=True, is_classifier=True)
RANDOM_FOREST_REGRESSOR = _translator("random_forest", bootstrap=True, is_classifier=False)
EXTRA_TREES_CLASSIFIER = _translator("extra_trees", bootstrap=False, is_classifier=True)
EXTRA_TREES_REGRESSOR = _translator("extra_trees", bootstrap=False, is_classifier=False)
