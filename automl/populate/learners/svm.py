"""Support vector classification.

Ours is exact on two classes and up to 3,000 training rows; beyond it is another model, and what was published is
foreign. Our `gamma` is relative to 1 / (columns x variance of all cells), scikit-learn's "scale"; the variance is 1
where all columns are numeric and standardised, and unknown otherwise. Labels of ours come from calibrated
probabilities, scikit-learn's from the sign of the margin: they differ on few rows near the border.

Support vector regression is foreign: its C and epsilon are in units of the target, which ours brings to variance 1.
"""

from __future__ import annotations

from automl.algorithms.svm import MAX_EXACT_ROWS
from automl.populate.faithful import Unfaithful, integer, number, real, rounded, word
from automl.populate.flows import Json
from automl.populate.learners.base import Setting, Translator
from automl.trial import Value

_TOLERANCE = 1e-3
_MOST_STEPS = 1_000_000
_COEF0 = {"poly": 1.0, "sigmoid": 0.0}

_FIRST: dict[str, Json] = {"C": 1.0, "kernel": "rbf", "degree": 3, "gamma": "auto", "coef0": 0.0, "class_weight": None}
_FIRST |= {"tol": 1e-3, "max_iter": -1}


def _own(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    if setting.known_sizes("whether the machine is exact").n_rows > MAX_EXACT_ROWS:
        raise Unfaithful(f"the table has more than {MAX_EXACT_ROWS} rows, beyond which ours is not exact")
    if not setting.preparation.is_centred:
        raise Unfaithful("the columns are not centred")
    if number(given, "tol") > _TOLERANCE or -1 != integer(given, "max_iter") < _MOST_STEPS:
        raise Unfaithful("tol or max_iter ends the solver before its solution")
    kernel = word(given, "kernel")
    if kernel in _COEF0 and number(given, "coef0") != _COEF0[kernel]:
        raise Unfaithful(f"coef0 of the {kernel} kernel is other than {_COEF0[kernel]}, which ours has fixed")
    degree: dict[str, Value] = {"degree": integer(given, "degree")} if kernel == "poly" else {}
    return {"C": real(given, "C"), "gamma": _gamma(setting), "kernel": kernel, **degree}


def _gamma(setting: Setting) -> float:
    gamma = setting.parameters["gamma"]
    if gamma == "scale":
        return 1.0
    sizes = setting.known_sizes("gamma")
    if sizes.n_categorical or setting.preparation.scaling != "StandardScaler":
        raise Unfaithful("gamma is relative to a variance that is not known")
    # 0 and "auto" are the inverse of the number of columns.
    if gamma == "auto" or number(setting.parameters, "gamma") == 0:
        return 1.0
    return rounded(number(setting.parameters, "gamma") * sizes.n_numeric)


SVC = Translator(
    "svm",
    (
        ((0, 0), _FIRST),
        ((0, 22), {"gamma": "scale"}),
    ),
    {},
    ("break_ties", "cache_size", "decision_function_shape", "probability", "random_state", "shrinking", "verbose"),
    _own,
    spare=("n_components",),
    problems=("binary",),
)
