from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_learners import FLOWS

from automl.populate.flows import Flow, decode, parse_flow, read_setup

STUDY14 = (
    "sklearn.pipeline.Pipeline(imputation=openmlstudy14.preprocessing.ConditionalImputer,"
    "hotencoding=sklearn.preprocessing.data.OneHotEncoder,"
    "variencethreshold=sklearn.feature_selection.variance_threshold.VarianceThreshold,"
    "classifier=sklearn.ensemble.forest.RandomForestClassifier)"
)


def shape(flow: Flow) -> object:
    return (flow.name.split(".")[-1], {key: shape(c) for key, c in flow.components.items()})


def test_components_stand_in_order_under_the_names_of_their_steps() -> None:
    flow = parse_flow(FLOWS["adaboost"])
    numeric = {"imputer": ("Imputer", {}), "standardscaler": ("StandardScaler", {})}
    nominal = {"simpleimputer": ("SimpleImputer", {}), "onehotencoder": ("OneHotEncoder", {})}
    assert shape(flow) == (
        "Pipeline",
        {
            "columntransformer": (
                "ColumnTransformer",
                {"numeric": ("Pipeline", numeric), "nominal": ("Pipeline", nominal)},
            ),
            "variancethreshold": ("VarianceThreshold", {}),
            "adaboostclassifier": ("AdaBoostClassifier", {"base_estimator": ("DecisionTreeClassifier", {})}),
        },
    )
    assert list(flow.components) == ["columntransformer", "variancethreshold", "adaboostclassifier"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sklearn.svm.classes.SVC", ("SVC", {})),
        ("sklearn.svm.classes.SVC(16)", ("SVC", {})),
        ("weka.J48(1)", ("J48", {})),
        ("moa.HoeffdingTree(1.0)", ("HoeffdingTree", {})),
        (" a.B( x = c.D ,\n y=c.E) (2) ", ("B", {"x": ("D", {}), "y": ("E", {})})),
        ("sklearn.ensemble.AdaBoostClassifier(sklearn.tree.Tree)", ("AdaBoostClassifier", {"Tree": ("Tree", {})})),
        ("sklearn.pipeline.Pipeline(a=passthrough,b=x.Y)", ("Pipeline", {"a": ("passthrough", {}), "b": ("Y", {})})),
    ],
)
def test_names_with_versions_spaces_and_bare_components(text: str, expected: object) -> None:
    assert shape(parse_flow(text)) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "lacks the name of a class"),
        ("()", "lacks the name of a class"),
        ("a.B(", "lacks the name of a class"),
        ("a.B()", "lacks the name of a class"),
        ("a.B(x=)", "lacks the name of a class"),
        ("a.B(x=c.D", "lacks a closing parenthesis"),
        ("a.B(x=c.D=c.E)", "lacks a closing parenthesis"),
        ("a.B(x=c.D,x=c.E)", "has two components 'x'"),
        ("a.B c.D", "goes on after its end with 'c.D'"),
        ("a.B)", r"goes on after its end with '\)'"),
        ("a.B(1)(2)", r"goes on after its end with '\('"),
        ("<a.B>", "has '<' in it"),
        ("a.B(" * 31 + "c.D" + ")" * 31, "nested deeper than 30"),
    ],
)
def test_what_is_no_flow_name_is_said_to_be_none(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_flow(text)


@given(st.text() | st.text("aB1.,=()_ -"))
def test_any_text_is_a_flow_or_a_value_error(text: str) -> None:
    try:
        flow = parse_flow(text)
    except ValueError:
        return
    again = parse_flow(flow.text)
    assert again == flow


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"entropy"', "entropy"),
        ("null", None),
        ("None", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("0.8", 0.8),
        (" 1e-05 ", 1e-05),
        ("100", 100),
        ("[100, 50]", [100, 50]),
        ("SAMME.R", "SAMME.R"),
        ("most_frequent", "most_frequent"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ('{"oml-python:serialized_object": "type", "value": "np.float64"}', "np.float64"),
    ],
)
def test_values_are_json_or_words(text: str, value: object) -> None:
    found = decode(text)
    found = found["value"] if isinstance(found, dict) else found
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("text", ["(100,)", "{'a': 1}", '{"a"', "<function f>", "__import__('os')", "[" * 100_000])
def test_other_values_are_refused_and_nothing_is_evaluated(text: str) -> None:
    with pytest.raises(ValueError, match="is no JSON value and no word"):
        decode(text)


def test_full_and_short_names_lead_to_the_same_places() -> None:
    flow = parse_flow(f"{STUDY14}(1)")
    full = {
        f"{STUDY14}(1)_steps": "[]",
        "openmlstudy14.preprocessing.ConditionalImputer(2)_strategy": '"median"',
        "sklearn.ensemble.forest.RandomForestClassifier(16)_max_features": "0.8",
        "sklearn.ensemble.forest.RandomForestClassifier(16)_min_samples_leaf": "3",
    }
    short = {
        "steps": "[]",
        "imputation__strategy": "median",
        "classifier__max_features": "0.8",
        "classifier__min_samples_leaf": "3",
    }
    places = {
        (): {"steps": []},
        ("imputation",): {"strategy": "median"},
        ("classifier",): {"max_features": 0.8, "min_samples_leaf": 3},
    }
    assert read_setup(flow, full).values == read_setup(flow, short).values == places
    assert read_setup(flow, full).unplaced == ()


def test_names_of_no_component_are_listed() -> None:
    flow = parse_flow(STUDY14)
    setup = read_setup(flow, {"pca__n_components": "3", "sklearn.svm.classes.SVC(1)_C": "1", "memory": "null"})
    assert setup.unplaced == ("pca__n_components", "sklearn.svm.classes.SVC(1)_C")
    assert setup.of(()) == {"memory": None} and setup.of(("classifier",)) == {}


def test_a_component_that_stands_twice_leaves_open_whose_a_parameter_is() -> None:
    flow = parse_flow("a.B(x=c.D,y=c.D)")
    setup = read_setup(flow, {"c.D(1)_size": "1", "x__size": "2"})
    assert setup.unplaced == ("c.D(1)_size",) and setup.values == {("x",): {"size": 2}}


def test_two_values_of_a_parameter_are_an_error_unless_they_are_equal() -> None:
    flow = parse_flow("sklearn.svm.classes.SVC(3)")
    assert read_setup(flow, {"C": "1.0", "sklearn.svm.classes.SVC(3)_C": "1"}).of(()) == {"C": 1}
    with pytest.raises(ValueError, match="has two values"):
        read_setup(flow, {"C": "1.0", "sklearn.svm.classes.SVC(3)_C": "2"})
    with pytest.raises(ValueError, match="'gamma' cannot be read"):
        read_setup(flow, {"gamma": "(1)"})
