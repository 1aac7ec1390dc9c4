from __future__ import annotations

import numpy as np
import pytest

from automl.algorithms.network import Adam, Architecture, first_parameters, gradients_of, outputs_of


def architecture(**changes) -> Architecture:
    known = {"n_inputs": 4, "n_outputs": 2, "embedded": np.array([0, 3]), "hidden_units": 5, "hidden_layers": 2}
    return Architecture(**known | {"frequency": 0.3, "dropout": 0.0} | changes)


@pytest.mark.parametrize(
    "changes",
    [{}, {"embedded": np.empty(0, dtype=np.intp)}, {"hidden_layers": 1, "n_outputs": 1}, {"hidden_layers": 3}],
)
def test_every_gradient_is_the_slope_of_the_loss(changes):
    a, rng = architecture(**changes), np.random.default_rng(0)
    # In double precision, so that differences of the loss are exact enough.
    p = {name: value.astype(np.float64) for name, value in first_parameters(a, rng).items()}
    p["w_out"] *= 20
    X, goal = rng.normal(size=(7, 4)), rng.normal(size=(7, a.n_outputs))

    def loss() -> float:
        return float(((outputs_of(p, a, X) - goal) ** 2).sum() / 2)

    found = gradients_of(p, a, X, lambda output: output - goal, rng)
    assert set(found) == set(p)
    for name, gradient in found.items():
        assert gradient.shape == p[name].shape
        for place in np.ndindex(p[name].shape):
            before = p[name][place]
            p[name][place] = before + 1e-5
            above = loss()
            p[name][place] = before - 1e-5
            slope = (above - loss()) / 2e-5
            p[name][place] = before
            assert gradient[place] == pytest.approx(slope, rel=1e-4, abs=1e-6), (name, place)


def test_dropout_thins_training_and_not_predictions():
    a, rng = architecture(dropout=0.5, hidden_units=400, hidden_layers=1), np.random.default_rng(0)
    p = first_parameters(a, rng)
    X = rng.normal(size=(3, 4)).astype(np.float32)
    seen = []
    found = gradients_of(p, a, X, lambda output: seen.append(output) or np.ones_like(output), rng)
    unused = (found["w_out"] == 0).all(axis=1)
    assert 0.02 < unused.mean() < 0.4  # all three rows dropped such a unit
    assert not np.allclose(seen[0], outputs_of(p, a, X))
    assert np.array_equal(outputs_of(p, a, X), outputs_of(p, a, X))


def test_adam_goes_to_the_minimum_and_decays_weights_alone():
    parameters = {"w": np.array([4.0]), "b": np.array([-3.0]), "w_idle": np.array([1.0]), "b_idle": np.array([1.0])}
    adam = Adam(parameters, decay=0.1)
    idle = {"w_idle": np.zeros(1), "b_idle": np.zeros(1)}
    for step in range(400):
        adam.step({"w": 2 * (parameters["w"] - 1), "b": 2 * (parameters["b"] - 1), **idle}, 0.1 * (1 - step / 400))
    assert parameters["w"] == pytest.approx(1.0, abs=0.1)
    assert parameters["b"] == pytest.approx(1.0, abs=0.01)
    assert parameters["w_idle"] < 0.2
    assert parameters["b_idle"] == 1.0
