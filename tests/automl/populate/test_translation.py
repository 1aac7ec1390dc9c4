"""Translation as a whole: what it is for any text, and that what it gives is valid and stable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_learners import FLOWS, publish, space_for, translated, values_of
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from automl.algorithms import ALGORITHMS
from automl.populate.sizes import Sizes
from automl.populate.translation import TRANSLATORS, Foreign, Translation, translate
from automl.space import Space
from automl.task import PROBLEMS

ADABOOST = {
    "adaboostclassifier__algorithm": "SAMME.R",
    "adaboostclassifier__learning_rate": "0.0436",
    "adaboostclassifier__base_estimator__max_depth": "2",
    "adaboostclassifier__n_estimators": "198",
    "columntransformer__numeric__imputer__strategy": "mean",
}


def for_binary(name: str, parameters: dict[str, str], **options: Any) -> Translation:
    return translate(name, parameters, task_type="binary", space=space_for("binary"), **options)


def test_a_foreign_learner_is_kept_as_it_was_published() -> None:
    found = for_binary(FLOWS["adaboost"], ADABOOST)
    values = {
        "adaboostclassifier__algorithm": "SAMME.R",
        "adaboostclassifier__learning_rate": 0.0436,
        "adaboostclassifier__base_estimator__max_depth": 2,
        "adaboostclassifier__n_estimators": 198,
        "columntransformer__numeric__imputer__strategy": "mean",
    }
    reason = "AdaBoostClassifier: no algorithm of ours boosts by weighting rows"
    assert found == Translation(foreign=Foreign("sklearn:AdaBoostClassifier", values), reason=reason)
    assert found.kind == "foreign"


def test_components_of_a_foreign_learner_stay_json() -> None:
    model = make_pipeline(StandardScaler(), AdaBoostClassifier(DecisionTreeClassifier(max_depth=3)))
    name, parameters = publish(model)
    found = for_binary(name, parameters).foreign
    assert found is not None and {name: json.dumps(value) for name, value in found.values.items()} == parameters


def test_openmls_client_writes_what_these_tests_take_for_published() -> None:
    client = pytest.importorskip("openml.extensions.sklearn", reason="needs the package openml", exc_type=ImportError)
    model = make_pipeline(StandardScaler(), AdaBoostClassifier(DecisionTreeClassifier(max_depth=3)))
    flow = client.SklearnExtension().model_to_flow(model)
    name, parameters = publish(model)
    assert flow.name == name
    written = {}
    components = [flow]
    while components:
        component = components.pop()
        written |= {f"{component.name}(1)_{key}": value for key, value in component.parameters.items()}
        components += component.components.values()
    assert {key: json.loads(value) for key, value in written.items()} == {
        key: json.loads(value) for key, value in parameters.items()
    }


@pytest.mark.parametrize(
    ("name", "algorithm", "reason"),
    [
        ("weka.J48(1)", "weka:J48", "learners of weka are not translated"),
        ("xgboost.sklearn.XGBClassifier(2)", "xgboost:XGBClassifier", "learners of xgboost are not translated"),
        ("sklearn.dummy.DummyClassifier", "sklearn:DummyClassifier", "no algorithm of ours is known to be Dummy"),
        ("sklearn.pipeline.Pipeline(a=sklearn.x.Y,b=passthrough)", "passthrough:passthrough", "learners of passth"),
    ],
)
def test_unknown_learners_are_foreign(name: str, algorithm: str, reason: str) -> None:
    found = for_binary(name, {})
    assert found.foreign is not None and found.foreign.algorithm == algorithm
    assert found.reason.startswith(reason)


def test_what_an_inner_search_chose_is_unknown() -> None:
    search = RandomizedSearchCV(RandomForestClassifier(), {"min_samples_leaf": [1, 2]})
    for model in (search, make_pipeline(StandardScaler(), search)):
        found = translated(model, "binary")
        assert found.foreign is not None and found.foreign.algorithm == "sklearn:RandomizedSearchCV"
        assert found.reason == "RandomizedSearchCV: the values that an inner search chose are not in the setup"


@pytest.mark.parametrize(
    ("name", "parameters", "reason"),
    [
        ("sklearn.svm.SVC(", {}, "lacks the name of a class"),
        ("", {}, "lacks the name of a class"),
        ("<html>", {}, "has '<' in it"),
        ("sklearn.svm.classes.SVC(1)", {"C": "{"}, "'C' cannot be read: '{' is no JSON value and no word"),
        ("sklearn.svm.classes.SVC(1)", {"C": "1", "sklearn.svm.classes.SVC(1)_C": "2"}, "has two values"),
    ],
)
def test_what_cannot_be_read_is_rejected(name: str, parameters: dict[str, str], reason: str) -> None:
    found = for_binary(name, parameters)
    assert found.kind == "rejected" and found.foreign is found.configuration is None
    assert reason in found.reason


def test_a_parameter_of_no_component_makes_a_flow_foreign() -> None:
    found = for_binary("sklearn.ensemble._forest.RandomForestClassifier", {"pca__n_components": "3"})
    assert found.reason == "a parameter belongs to no one component of the flow"
    assert found.foreign is not None and found.foreign.values == {"pca__n_components": 3}


def test_parameters_of_later_versions_are_not_passed_over() -> None:
    found = for_binary("sklearn.ensemble._forest.RandomForestClassifier", {"honesty": "true"})
    assert found.reason == "honesty of RandomForestClassifier is not known here"


def test_a_space_without_the_algorithm_makes_it_foreign() -> None:
    space = Space({"knn": ALGORITHMS["knn"].space("binary")})
    name = "sklearn.ensemble._forest.RandomForestClassifier"
    assert translate(name, {}, task_type="binary", space=space).reason == "the space is without random_forest"


def test_reasons_are_without_values_so_that_they_can_be_counted() -> None:
    for strength in (1e-5, 2.34567e-6):
        found = translated(make_pipeline(StandardScaler(), LogisticRegression(C=strength)), "binary", Sizes(500, 3))
        assert found.reason == "the configuration does not fit the space: linear: alpha is not in [0.0001, 10000.0]"


def test_equal_learners_have_equal_configurations_whatever_form_they_are_published_in() -> None:
    short = {"min_samples_leaf": "3", "criterion": "entropy", "n_estimators": "100.0"}
    name, full = publish(RandomForestClassifier(min_samples_leaf=3, criterion="entropy"))
    one, other = for_binary(name, short).configuration, for_binary(name, full).configuration
    assert one is not None and other is not None and one.id == other.id


def test_the_largest_onehot_limit_is_that_of_the_space() -> None:
    for name in ("random_forest", "linear", "knn", "svm", "mlp"):
        declared: Any = ALGORITHMS[name].space("binary")["onehot_limit"]
        assert declared.upper == 50


CLASSES = ("ensemble._forest.", "svm.classes.", "linear_model._logistic.", "neighbors._x.", "neural_network.y.", "z.")
TEXTS = st.text(max_size=20) | st.text('{}[]",:.0123456789eE-+ nulltruefas', max_size=20)
NAMES = (
    st.builds("sklearn.{}{}".format, st.sampled_from(CLASSES), st.sampled_from(sorted(TRANSLATORS)))
    | st.sampled_from(sorted(FLOWS.values()))
    | st.builds(
        "sklearn.pipeline.Pipeline(a=sklearn.preprocessing.data.{},b=sklearn.x.{})({})".format,
        st.sampled_from(["StandardScaler", "MinMaxScaler", "OneHotEncoder", "PCA", "Pipeline(c=passthrough)"]),
        st.sampled_from(sorted(TRANSLATORS)),
        st.integers(0, 99),
    )
    | TEXTS
)
READ = [
    "n_estimators",
    "max_features",
    "min_samples_leaf",
    "bootstrap",
    "criterion",
    "C",
    "gamma",
    "kernel",
    "tol",
    "coef0",
    "degree",
    "alpha",
    "n_neighbors",
    "metric",
    "p",
    "weights",
    "penalty",
    "l1_ratio",
    "max_iter",
    "hidden_layer_sizes",
    "early_stopping",
    "batch_size",
    "learning_rate",
    "class_weight",
    "solver",
    "max_depth",
]
PARAMETERS = st.builds("{}{}".format, st.sampled_from(["", "b__", "randomforestclassifier__"]), st.sampled_from(READ))
PARAMETERS |= TEXTS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
VALUES = (
    st.sampled_from(["1", "100", "0.5", '"auto"', '"sqrt"', '"l2"', '"rbf"', "true", "None", "[64, 64]", "-1", "1e400"])
    | JSON.map(json.dumps)
    | TEXTS
)
SIZES = st.none() | st.builds(Sizes, *[st.integers(0, 10**6)] * 5, st.booleans())


@given(NAMES, st.dictionaries(PARAMETERS, VALUES, max_size=6), st.sampled_from(PROBLEMS), SIZES, TEXTS)
def test_any_text_gives_a_translation(
    name: str, parameters: dict[str, str], problem: Any, sizes: Sizes | None, dependencies: str
) -> None:
    space = space_for(problem)
    found = translate(
        name, parameters, task_type=problem, space=space, sizes=sizes, dependencies=f"sklearn=={dependencies}"
    )
    if found.kind == "translated":
        assert found.configuration is not None and found.foreign is None and not found.reason
        assert space.why_invalid(found.configuration) is None
        again = space.decode(space.encode([found.configuration])[0])
        assert again.id == found.configuration.id
        return
    assert found.reason and not found.left_out
    if found.foreign is not None:
        assert set(found.foreign.values) == set(parameters)
        json.dumps(dict(found.foreign.values), allow_nan=False)


@given(NAMES, st.dictionaries(PARAMETERS, VALUES, max_size=4))
def test_the_order_of_parameters_does_not_matter(name: str, parameters: dict[str, str]) -> None:
    one, other = (for_binary(name, dict(order)) for order in (parameters.items(), reversed(parameters.items())))
    assert (one.kind, one.configuration, one.foreign) == (other.kind, other.configuration, other.foreign)


def test_values_are_of_the_declared_types() -> None:
    values = values_of(for_binary("sklearn.ensemble._forest.RandomForestClassifier", {"min_samples_leaf": "3.0"}))
    assert type(values["min_samples_leaf"]) is int and type(values["max_features_power"]) is float
