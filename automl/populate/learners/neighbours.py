"""K nearest neighbours.

Ours shrinks the shares of classes by one row of the overall shares and lets rows at distance 0 decide nearly, not
wholly alone; both decide only between labels that are tied.
"""

from __future__ import annotations

from automl.populate.faithful import Defaults, Unfaithful, integer, number, word
from automl.populate.learners.base import Setting, Translator
from automl.task import Problem
from automl.trial import Value

_METRICS = {"euclidean": "euclidean", "l2": "euclidean", "manhattan": "manhattan", "l1": "manhattan"}
_METRICS |= {"cityblock": "manhattan"}
_DEFAULTS: Defaults = (((0, 0), {"n_neighbors": 5, "weights": "uniform", "metric": "minkowski", "p": 2}),)


def _own(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    metric = word(given, "metric")
    if metric == "minkowski":
        metric = {1.0: "l1", 2.0: "l2"}.get(number(given, "p"), metric)
    if metric not in _METRICS:
        raise Unfaithful("metric is neither euclidean nor manhattan")
    return {
        "n_neighbors": integer(given, "n_neighbors"),
        "weights": word(given, "weights"),
        "metric": _METRICS[metric],
    }


def _translator(problems: tuple[Problem, ...]) -> Translator:
    return Translator(
        "knn", _DEFAULTS, {"metric_params": (None,)}, ("algorithm", "leaf_size", "n_jobs"), _own, problems=problems
    )


KNEIGHBORS_CLASSIFIER = _translator(("binary", "multiclass"))
KNEIGHBORS_REGRESSOR = _translator(("regression",))
