from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from published_learners import space_for, translated, values_of
from sklearn.compose import ColumnTransformer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from automl.populate.sizes import Sizes
from automl.populate.translation import Translation, translate

SIZES = Sizes(3200, 10)


def network(sizes: Sizes | None = SIZES, **options: Any) -> Translation:
    encoder = ColumnTransformer([("numeric", StandardScaler(), [0]), ("nominal", OneHotEncoder(), [1])])
    model = MLPClassifier(**{"early_stopping": True, **options})
    return translated(make_pipeline(encoder, model), "multiclass", sizes)


def test_a_network_of_equal_layers() -> None:
    found = network(hidden_layer_sizes=(64, 64), activation="tanh", learning_rate_init=0.003, alpha=0.01)
    assert values_of(found) == {
        "hidden_units": 64,
        "hidden_layers": 2,
        "activation": "tanh",
        "learning_rate": 0.003,
        "alpha": 0.01,
        "batch_size": 200,
        "scaling": "standard",
        "encoding": "onehot",
        "onehot_limit": 50,
        "imputation": "median",
        "selection": "none",
        "balancing": "none",
    }
    assert found.left_out == ("the validation rows on which training stops",)


def test_a_single_layer_may_be_a_number() -> None:
    values = values_of(network(Sizes(512, 10), hidden_layer_sizes=32, batch_size=32))
    assert (values["hidden_units"], values["hidden_layers"], values["batch_size"]) == (32, 1, 32)


def test_early_versions_had_less_patience() -> None:
    name = (
        "sklearn.pipeline.Pipeline(s=sklearn.preprocessing.data.StandardScaler,"
        "c=sklearn.neural_network.multilayer_perceptron.MLPClassifier)"
    )
    options: dict[str, Any] = {"task_type": "binary", "space": space_for("binary"), "sizes": SIZES}
    stops = {"c__early_stopping": "true"}
    found = translate(name, stops, dependencies="sklearn==0.19.1", **options)
    assert found.reason == "n_iter_no_change is another patience than ours"
    assert values_of(translate(name, stops, dependencies="sklearn==0.20.3", **options))["hidden_units"] == 100


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: network(early_stopping=False), "early_stopping is off, ours stops on validation rows"),
        (lambda: network(max_iter=50), "tol or max_iter ends training before the validation rows do"),
        (lambda: network(hidden_layer_sizes=(64, 32)), "hidden_layer_sizes are not equal"),
        (lambda: network(hidden_layer_sizes=()), "hidden_layer_sizes are not equal"),
        (lambda: network(hidden_layer_sizes=(8,)), "hidden_units is not in [16, 512]"),
        (lambda: network(hidden_layer_sizes=(32,) * 4), "hidden_layers is not in [1, 3]"),
        (lambda: network(activation="logistic"), "activation is not one of ['relu', 'tanh']"),
        (lambda: network(solver="lbfgs"), 'solver of MLPClassifier is other than "adam", which ours has fixed'),
        (lambda: network(Sizes(3199, 10)), "batch_size is too large for so few rows"),
        (lambda: network(None), "batch_size depends on sizes of the table that are not known"),
        (
            lambda: translated(make_pipeline(StandardScaler(), MLPRegressor()), "regression", SIZES),
            "MLPRegressor: it learns an unscaled target",
        ),
    ],
)
def test_what_our_network_is_not_is_foreign(found: Callable[[], Translation], reason: str) -> None:
    assert reason in found().reason
