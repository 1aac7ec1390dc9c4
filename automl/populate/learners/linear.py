"""Logistic regression and ridge.

The penalty is the same, our `alpha` being 1 / C. Solvers of the same problem are the same to us, where they come near
its solution: a tolerance of at most ours, and steps enough. liblinear solves another problem: it penalises the
intercept, and takes several classes one against the rest. The elastic net of a regression is foreign, because its
penalty is in units of the target, which ours brings to variance 1; ridge has no such units.
"""

from __future__ import annotations

from automl.populate.faithful import Unfaithful, integer, number, real, rounded, word
from automl.populate.flows import Json
from automl.populate.learners.base import TECHNICAL, Setting, Translator
from automl.trial import Value

_TOLERANCE = 1e-3
_FEWEST_STEPS = 100
_SOLVERS = ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga")

_FIRST: dict[str, Json] = {"C": 1.0, "penalty": "l2", "l1_ratio": None, "solver": "liblinear", "multi_class": "ovr"}
_FIRST |= {"tol": 1e-4, "max_iter": 100, "class_weight": None}


def _own_logistic(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    solver = word(given, "solver")
    if solver not in _SOLVERS:
        raise Unfaithful("solver penalises the intercept")
    _check_classes(setting, solver)
    if number(given, "tol") > _TOLERANCE or integer(given, "max_iter") < _FEWEST_STEPS:
        raise Unfaithful("tol or max_iter ends the solver before its solution")
    strength = number(given, "C")
    if strength <= 0:
        raise Unfaithful("C is not positive")
    return {"alpha": rounded(1.0 / strength), **_penalty(setting)}


def _check_classes(setting: Setting, solver: str) -> None:
    mode = setting.parameters["multi_class"]
    if setting.problem == "binary":
        if mode == "multinomial":
            raise Unfaithful("multi_class is multinomial on two classes, which halves the penalty")
    elif mode not in ("multinomial", "auto", "deprecated") or solver == "newton-cholesky":
        raise Unfaithful("multi_class is one against the rest, ours is multinomial")


def _penalty(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    penalty = given["penalty"]
    share = 0.0 if given["l1_ratio"] is None else real(given, "l1_ratio")
    if penalty == "deprecated":  # since then the share alone says it
        penalty = "elasticnet" if share else "l2"
    if penalty == "l2":
        return {"penalty": "l2"}
    if penalty not in ("l1", "elasticnet"):
        raise Unfaithful("penalty is none, ours always has one")
    return {"penalty": "elasticnet", "l1_ratio": 1.0 if penalty == "l1" else share}


def _own_ridge(setting: Setting) -> dict[str, Value]:
    return {"alpha": real(setting.parameters, "alpha"), "penalty": "l2"}


LOGISTIC_REGRESSION = Translator(
    "linear",
    (
        ((0, 0), _FIRST),
        ((0, 22), {"solver": "lbfgs", "multi_class": "auto"}),
        ((1, 8), {"penalty": "deprecated", "l1_ratio": 0.0}),
    ),
    {"fit_intercept": (True,), "dual": (False,)},
    (*TECHNICAL, "intercept_scaling"),
    _own_logistic,
    problems=("binary", "multiclass"),
)
RIDGE = Translator(
    "linear",
    (((0, 0), {"alpha": 1.0}),),
    {"fit_intercept": (True,), "normalize": (False, "deprecated"), "positive": (False,)},
    (*TECHNICAL, "copy_X", "max_iter", "solver", "tol"),
    _own_ridge,
    problems=("regression",),
)
