from __future__ import annotations

from typing import Any

import pytest
from published_learners import translated, values_of
from sklearn.compose import ColumnTransformer
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, StandardScaler

from automl.populate.sizes import Sizes

SIZES = Sizes(500, 10)


def test_a_classifier() -> None:
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(7, weights="distance", algorithm="kd_tree"))
    assert values_of(translated(model, "multiclass", SIZES)) == {
        "n_neighbors": 7,
        "weights": "distance",
        "metric": "euclidean",
        "scaling": "standard",
        "encoding": "ordinal",
        "imputation": "median",
        "selection": "none",
        "balancing": "none",
    }


def test_a_regressor_of_defaults() -> None:
    encoder = ColumnTransformer([("numeric", MinMaxScaler(), [0]), ("nominal", OneHotEncoder(), [1])])
    assert values_of(translated(make_pipeline(encoder, KNeighborsRegressor(p=1)), "regression")) == {
        "n_neighbors": 5,
        "weights": "uniform",
        "metric": "manhattan",
        "scaling": "minmax",
        "encoding": "onehot",
        "onehot_limit": 50,
        "imputation": "median",
        "selection": "none",
        "target": "standard",
    }


@pytest.mark.parametrize(
    ("options", "metric"),
    [
        ({"metric": "l2"}, "euclidean"),
        ({"metric": "manhattan", "p": 5}, "manhattan"),
        ({"metric": "cityblock"}, "manhattan"),
    ],
)
def test_names_of_metrics(options: dict[str, Any], metric: str) -> None:
    found = translated(make_pipeline(StandardScaler(), KNeighborsClassifier(**options)), "binary", SIZES)
    assert values_of(found)["metric"] == metric


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (KNeighborsClassifier(), "columns are not scaled as ours always are"),
        (make_pipeline(MaxAbsScaler(), KNeighborsClassifier()), "columns are not scaled as ours always are"),
        (make_pipeline(StandardScaler(), KNeighborsClassifier(p=3)), "metric is neither euclidean nor manhattan"),
        (
            make_pipeline(StandardScaler(), KNeighborsClassifier(metric="chebyshev")),
            "metric is neither euclidean nor manhattan",
        ),
        (make_pipeline(StandardScaler(), KNeighborsClassifier(101)), "n_neighbors is not in [1, 100]"),
        (make_pipeline(StandardScaler(), KNeighborsClassifier(weights=len)), "weights is not one of"),
    ],
)
def test_what_our_neighbours_are_not_is_foreign(model: Any, reason: str) -> None:
    assert reason in translated(model, "binary", SIZES).reason


def test_categories_must_be_encoded_and_onehot_columns_left_unscaled() -> None:
    codes = make_pipeline(StandardScaler(), KNeighborsClassifier())
    onehot = ColumnTransformer([("nominal", OneHotEncoder(), [0])], remainder="passthrough")
    scaled = make_pipeline(onehot, StandardScaler(with_mean=False), KNeighborsClassifier())
    mixed = Sizes(500, 10, 2, 5, 3)
    assert translated(codes, "binary", mixed).reason == "codes of categories are in the order of the data file"
    assert translated(scaled, "binary", mixed).reason == "one-hot columns are scaled, which ours are not"
    assert translated(codes, "binary").reason == "encoding depends on sizes of the table that are not known"
    assert translated(scaled, "binary").reason == "scaling depends on sizes of the table that are not known"
    assert values_of(translated(scaled, "binary", SIZES))["encoding"] == "onehot"
