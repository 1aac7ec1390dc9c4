"""Learners of scikit-learn that ours has not, with what would make them ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SEARCH = "the values that an inner search chose are not in the setup"
_TARGET = "its penalties are in units of the target, which ours brings to variance 1"

ABSENT: Mapping[str, str] = MappingProxyType(
    {
        "AdaBoostClassifier": "no algorithm of ours boosts by weighting rows",
        "AdaBoostRegressor": "no algorithm of ours boosts by weighting rows",
        "GradientBoostingClassifier": "a fixed number of rounds; ours finds the rounds by early stopping",
        "GradientBoostingRegressor": "a fixed number of rounds; ours finds the rounds by early stopping",
        "DecisionTreeClassifier": "no algorithm of ours is a single tree",
        "DecisionTreeRegressor": "no algorithm of ours is a single tree",
        "ExtraTreeClassifier": "no algorithm of ours is a single tree",
        "ExtraTreeRegressor": "no algorithm of ours is a single tree",
        "LinearSVC": "no algorithm of ours has a linear kernel with hinge loss",
        "SVR": _TARGET,
        "NuSVC": "its margin is bound by a share of rows, that of ours by C",
        "ElasticNet": _TARGET,
        "Lasso": _TARGET,
        "LinearRegression": "it has no penalty, ours always has one",
        "MLPRegressor": "it learns an unscaled target, ours one of variance 1",
        "RandomizedSearchCV": _SEARCH,
        "GridSearchCV": _SEARCH,
        "HalvingRandomSearchCV": _SEARCH,
        "HalvingGridSearchCV": _SEARCH,
        "LogisticRegressionCV": _SEARCH,
        "RidgeCV": _SEARCH,
    }
)
