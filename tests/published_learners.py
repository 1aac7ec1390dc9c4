"""Learners of scikit-learn in the form in which OpenML's client publishes them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import sklearn
from sklearn.base import BaseEstimator

from automl.algorithms import ALGORITHMS
from automl.populate.sizes import Sizes
from automl.populate.translation import Translation, translate
from automl.space import Space
from automl.task import Problem

# OpenML's flow 6969, of which 47,000 evaluations are recorded; flow 6970 differs in its last step.
PIPELINE = (
    "sklearn.pipeline.Pipeline(columntransformer=sklearn.compose._column_transformer.ColumnTransformer("
    "numeric=sklearn.pipeline.Pipeline(imputer=sklearn.preprocessing.imputation.Imputer,"
    "standardscaler=sklearn.preprocessing.data.StandardScaler),"
    "nominal=sklearn.pipeline.Pipeline(simpleimputer=sklearn.impute.SimpleImputer,"
    "onehotencoder=sklearn.preprocessing._encoders.OneHotEncoder)),"
    "variancethreshold=sklearn.feature_selection.variance_threshold.VarianceThreshold,{learner})(1)"
)
FLOWS = {
    "random_forest": PIPELINE.format(learner="randomforestclassifier=sklearn.ensemble.forest.RandomForestClassifier"),
    "adaboost": PIPELINE.format(
        learner="adaboostclassifier=sklearn.ensemble.weight_boosting.AdaBoostClassifier("
        "base_estimator=sklearn.tree.tree.DecisionTreeClassifier)"
    ),
}


@cache
def space_for(problem: Problem) -> Space:
    """Space of every algorithm, whether its package is installed or not."""
    return Space({name: a.space(problem) for name, a in ALGORITHMS.items() if problem in a.problems})


def publish(model: BaseEstimator) -> tuple[str, dict[str, str]]:
    """Flow name and parameters by full name, as OpenML's client writes them."""
    own, components, steps = {}, {}, []
    for name, value in model.get_params(deep=False).items():
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            components |= {step[0]: step[1] for step in value}
            steps.append(name)
        elif isinstance(value, BaseEstimator):
            components[name] = value
            own[name] = reference(name, None)
        else:
            own[name] = value
    parts, parameters = [], {}
    for key, component in components.items():
        if isinstance(component, str):
            parts.append(f"{key}={component}")
            continue
        part, below = publish(component)
        parts.append(f"{key}={part}")
        assert not parameters.keys() & below.keys(), "OpenML's client refuses a component that occurs twice"
        parameters |= below
    name = f"{type(model).__module__}.{type(model).__name__}" + (f"({','.join(parts)})" if parts else "")
    for key in steps:
        own[key] = [reference(step, step) for step in components]
    return name, parameters | {f"{name}(1)_{key}": json.dumps(value, default=repr) for key, value in own.items()}


def reference(key: str, step_name: str | None) -> dict[str, Any]:
    """What stands in a parameter for a component."""
    return {"oml-python:serialized_object": "component_reference", "value": {"key": key, "step_name": step_name}}


def translated(model: BaseEstimator, problem: Problem, sizes: Sizes | None = None) -> Translation:
    """Publish and translate."""
    name, parameters = publish(model)
    dependencies = f"sklearn=={sklearn.__version__}\nnumpy>=2.2.0"
    return translate(
        name, parameters, task_type=problem, space=space_for(problem), sizes=sizes, dependencies=dependencies
    )


def values_of(translation: Translation) -> dict[str, Any]:
    """Values of the configuration that a translation must have come to."""
    assert translation.configuration is not None, translation.reason
    return dict(translation.configuration.values)
