"""Published runs of scikit-learn as configurations of ours.

A loss is worth recording under a configuration only where that configuration would have had it. So a translation is
faithful or it is not made: the published learner becomes one of our configurations if

- each of its hyperparameters is one of ours at the same value, within the bounds of our space (nothing is moved to the
  nearest bound), or has the value that our algorithm has fixed, or changes speed, output or seed alone;
- what the setup does not list has the default of its version of scikit-learn, which is listed per learner;
- its pipeline does what our preprocessing does, see `automl.populate.steps`.

What ours does a little otherwise is said in the docstring of each learner, and in `Translation.left_out` where a reader
of one translation should know. Probabilities it may move (ours are smoothed), but OpenML publishes no loss of
probabilities that is a metric of ours. Accuracy over five folds of five numeric binary tables (SVC: four) of at most
4,601 rows was, ours less scikit-learn's with its standard error: random forest -0.0001 (0.0001), SVC 0.003 (0.001),
histogram gradient boosting 0.004 (0.003), MLP 0.006 (0.004). The last two of ours stop on the rows that they are scored
on, and train on all others.

All else is kept as it was published, as foreign, with the reason; only what cannot be read is rejected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from automl.populate.faithful import Unfaithful, Version, check, defaults_at
from automl.populate.flows import Flow, Json, Setup, decode, parse_flow, read_setup
from automl.populate.learners import boosting, forests, linear, mlp, neighbours, svm
from automl.populate.learners.absent import ABSENT
from automl.populate.learners.base import Setting, Translator
from automl.populate.sizes import Sizes
from automl.populate.steps import prepare
from automl.space import Space
from automl.task import Problem
from automl.trial import Configuration, Value

TRANSLATORS: Mapping[str, Translator] = MappingProxyType(
    {
        "RandomForestClassifier": forests.RANDOM_FOREST_CLASSIFIER,
        "RandomForestRegressor": forests.RANDOM_FOREST_REGRESSOR,
        "ExtraTreesClassifier": forests.EXTRA_TREES_CLASSIFIER,
        "ExtraTreesRegressor": forests.EXTRA_TREES_REGRESSOR,
        "HistGradientBoostingClassifier": boosting.HIST_GRADIENT_BOOSTING_CLASSIFIER,
        "HistGradientBoostingRegressor": boosting.HIST_GRADIENT_BOOSTING_REGRESSOR,
        "KNeighborsClassifier": neighbours.KNEIGHBORS_CLASSIFIER,
        "KNeighborsRegressor": neighbours.KNEIGHBORS_REGRESSOR,
        "LogisticRegression": linear.LOGISTIC_REGRESSION,
        "Ridge": linear.RIDGE,
        "SVC": svm.SVC,
        "MLPClassifier": mlp.MLP_CLASSIFIER,
    }
)
# One-hot columns a feature, at most; the upper bound of `onehot_limit`.
_ONEHOT_LIMIT = 50
_SCALINGS = {"StandardScaler": "standard", "MinMaxScaler": "minmax"}


@dataclass(frozen=True)
class Foreign:
    """A published learner that is none of our configurations.

    Parameters
    ----------
    algorithm : str
        Package and class, such as ``"sklearn:AdaBoostClassifier"``.
    values : mapping of str to JSON value
        All parameters under the names that they were published with.
    """

    algorithm: str
    values: Mapping[str, Json]


@dataclass(frozen=True)
class Translation:
    """A published learner in our terms: one of `configuration` and `foreign`, or neither if it cannot be read.

    Parameters
    ----------
    configuration : Configuration or None
        One of ours, valid in the space.
    left_out : tuple of str
        What the configuration does not say, though ours does it a little otherwise.
    foreign : Foreign or None
    reason : str
        Empty if translated. Why it is foreign, without values, so that equal reasons can be counted; or what of it
        cannot be read.
    """

    configuration: Configuration | None = None
    left_out: tuple[str, ...] = ()
    foreign: Foreign | None = None
    reason: str = ""

    @property
    def kind(self) -> Literal["translated", "foreign", "rejected"]:
        """How it ended."""
        if self.configuration is not None:
            return "translated"
        return "rejected" if self.foreign is None else "foreign"


def translate(
    flow_name: str,
    parameters: Mapping[str, str],
    *,
    task_type: Problem,
    space: Space,
    sizes: Sizes | None = None,
    dependencies: str = "",
) -> Translation:
    r"""Translate a published learner.

    Parameters
    ----------
    flow_name : str
        Such as ``"sklearn.ensemble._forest.RandomForestClassifier(12)"``, or that of a pipeline.
    parameters : mapping of str to str
        Names, full or by steps, to JSON texts; see `automl.populate.flows.read_setup`.
    task_type : {"binary", "multiclass", "regression"}
    space : Space
        For tasks of this type.
    sizes : Sizes, optional
        Of the task's table. Without them, what depends on them is foreign.
    dependencies : str, optional
        What the flow says that it needs, such as ``"sklearn==0.20.0\nnumpy>=1.6.1"``: the version whose defaults fill
        in what the setup does not list. By default it is known only from the name whether that was before 0.22.

    Returns
    -------
    Translation
        Of whatever text; nothing is raised.

    Examples
    --------
    >>> from automl.algorithms import ALGORITHMS
    >>> space = Space({"random_forest": ALGORITHMS["random_forest"].space("binary")})
    >>> name = "sklearn.ensemble._forest.RandomForestClassifier"
    >>> found = translate(name, {"min_samples_leaf": "3"}, task_type="binary", space=space)
    >>> found.configuration.values["n_estimators"], found.configuration.values["max_features_power"]
    (100, 0.5)
    >>> translate(name, {"max_depth": "8"}, task_type="binary", space=space).reason
    'max_depth of RandomForestClassifier is other than null, which ours has fixed'
    """
    try:
        setup = read_setup(parse_flow(flow_name), parameters)
    except ValueError as error:
        return Translation(reason=str(error))
    try:
        return _faithful(setup, task_type, space, sizes, dependencies)
    except Unfaithful as why:
        values = {name: decode(text) for name, text in parameters.items()}
        return Translation(foreign=Foreign(_foreign_name(setup.flow), values), reason=str(why))


def _faithful(setup: Setup, task_type: Problem, space: Space, sizes: Sizes | None, dependencies: str) -> Translation:
    learner = _learner(setup.flow)
    translator = _translator(learner, task_type)
    if setup.unplaced:
        raise Unfaithful("a parameter belongs to no one component of the flow")
    preparation, path = prepare(setup, sizes)
    parameters = _completed(translator, learner, setup.of(path), dependencies)
    setting = Setting(parameters, task_type, preparation, sizes)
    if translator.algorithm not in space.algorithms:
        raise Unfaithful(f"the space is without {translator.algorithm}")
    default = _default(space, translator.algorithm).values
    spare = {name: default[name] for name in translator.spare}
    values = _preprocessing(translator, setting, default) | translator.own(setting) | spare
    configuration = Configuration(translator.algorithm, values)
    try:
        configuration = space.conform(configuration)
    except ValueError as error:
        raise Unfaithful(_without_values(str(error), configuration)) from None
    left_out = (*preparation.left_out, *translator.left_out)
    if preparation.imputation and "imputation" not in values and (sizes is None or sizes.has_missing):
        left_out += ("imputation strategy",)
    return Translation(configuration, left_out)


@lru_cache(maxsize=64)  # ConfigSpace takes as long for it as all the rest of a translation
def _default(space: Space, algorithm: str) -> Configuration:
    return space.default(algorithm)


def _learner(flow: Flow) -> Flow:
    while flow.class_name == "Pipeline" and flow.components:
        flow = list(flow.components.values())[-1]
    return flow


def _foreign_name(flow: Flow) -> str:
    learner = _learner(flow)
    return f"{learner.package}:{learner.class_name}"


def _translator(learner: Flow, task_type: Problem) -> Translator:
    name = learner.class_name
    if learner.package != "sklearn":
        raise Unfaithful(f"learners of {learner.package} are not translated")
    if name in ABSENT:
        raise Unfaithful(f"{name}: {ABSENT[name]}")
    if name not in TRANSLATORS:
        raise Unfaithful(f"no algorithm of ours is known to be {name}")
    if task_type not in TRANSLATORS[name].problems:
        raise Unfaithful(f"{name} on a {task_type} task is not what ours does")
    return TRANSLATORS[name]


def _completed(translator: Translator, learner: Flow, given: Mapping[str, Json], dependencies: str) -> dict[str, Json]:
    """Parameters that the translator reads, with defaults for those that are not listed."""
    defaults = defaults_at(translator.defaults, _version(learner, dependencies))
    check(learner.class_name, given, known=defaults, fixed=translator.fixed, ignored=translator.ignored)
    return {name: given.get(name, default) for name, default in defaults.items()}


def _version(learner: Flow, dependencies: str) -> Version:
    match = re.search(r"sklearn==(\d{1,9})\.(\d{1,9})", dependencies)
    if match is not None:
        return int(match[1]), int(match[2])
    # 0.22 put an underscore before the names of most modules.
    is_private = any(part.startswith("_") for part in learner.name.split("."))
    return (0, 22) if is_private else (0, 21)


def _preprocessing(translator: Translator, setting: Setting, default: Mapping[str, Value]) -> dict[str, Value]:
    """Values of the steps of preprocessing that the algorithm offers."""
    preparation = setting.preparation
    values: dict[str, Value] = {"selection": "none", "target": "standard"}
    values["imputation"] = preparation.imputation or default.get("imputation", "")
    values["balancing"] = _balancing(setting)
    if not translator.is_scale_free:
        values["scaling"] = _scaling(setting)
    values = {name: value for name, value in values.items() if name in default}
    return values | _encoding(translator, setting)


def _balancing(setting: Setting) -> str:
    weights = setting.parameters.get("class_weight")
    if weights not in (None, "balanced"):
        raise Unfaithful("class_weight is other than none or balanced")
    return "none" if weights is None else "weights"


def _scaling(setting: Setting) -> str:
    preparation = setting.preparation
    if preparation.scaling not in _SCALINGS:
        raise Unfaithful("columns are not scaled as ours always are")
    if preparation.scales_onehot and setting.known_sizes("scaling").n_categorical:
        raise Unfaithful("one-hot columns are scaled, which ours are not")
    return _SCALINGS[preparation.scaling]


def _encoding(translator: Translator, setting: Setting) -> dict[str, Value]:
    encoding, sizes = setting.preparation.encoding, setting.sizes
    if encoding == "onehot":
        if sizes is not None and sizes.largest > _ONEHOT_LIMIT:
            raise Unfaithful(f"a column has more than {_ONEHOT_LIMIT} categories, which ours does not one-hot encode")
        return {"encoding": "onehot", "onehot_limit": _ONEHOT_LIMIT}
    if encoding is None and not translator.is_scale_free and setting.known_sizes("encoding").n_categorical:
        raise Unfaithful("codes of categories are in the order of the data file")
    return {"encoding": "ordinal"}


def _without_values(why: str, configuration: Configuration) -> str:
    for name, value in configuration.values.items():
        for written in (f"{name}={value} ", f"{name}={value!r} "):
            why = why.replace(written, f"{name} ")
    return why
