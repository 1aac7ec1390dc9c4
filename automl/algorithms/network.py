"""A small neural network in numpy: periodic embeddings of numbers, dense layers, Adam. One thread, float32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Parameters = dict[str, Array]

N_FREQUENCIES, N_EMBEDDED = 8, 4


@dataclass(frozen=True)
class Architecture:
    """What a network is made of.

    Parameters
    ----------
    n_inputs, n_outputs : int
    embedded : ndarray of int
        Input columns that get a periodic embedding.
    hidden_units, hidden_layers : int
    frequency : float
        Standard deviation of the first frequencies.
    dropout : float
        Share of hidden units that is left out at each step, in [0, 1).
    """

    n_inputs: int
    n_outputs: int
    embedded: npt.NDArray[np.intp]
    hidden_units: int
    hidden_layers: int
    frequency: float
    dropout: float


def first_parameters(architecture: Architecture, rng: np.random.Generator) -> Parameters:
    """Draw the weights that training starts from; names tell the layers, "w" those that decay."""
    a = architecture
    n_embedded = len(a.embedded)
    made: Parameters = {"scale": np.ones(a.n_inputs)}
    if n_embedded:
        made["frequency"] = rng.normal(0.0, a.frequency, (n_embedded, N_FREQUENCIES))
        made["phase"] = rng.uniform(-np.pi, np.pi, (n_embedded, N_FREQUENCIES))
        made["w_embedding"] = rng.normal(0.0, N_FREQUENCIES**-0.5, (n_embedded, N_FREQUENCIES, N_EMBEDDED))
        made["b_embedding"] = np.zeros((n_embedded, 1, N_EMBEDDED))
    width = a.n_inputs + n_embedded * N_EMBEDDED
    for layer in range(a.hidden_layers):
        made[f"w{layer}"] = rng.normal(0.0, (2.0 / width) ** 0.5, (width, a.hidden_units))
        made[f"b{layer}"] = np.zeros(a.hidden_units)
        width = a.hidden_units
    made["w_out"] = rng.normal(0.0, 0.1 * width**-0.5, (width, a.n_outputs))
    made["b_out"] = np.zeros(a.n_outputs)
    return {name: value.astype(np.float32) for name, value in made.items()}


def outputs_of(p: Parameters, a: Architecture, X: Array) -> Array:
    """Give the outputs of rows, shape (n_rows, n_outputs)."""
    return _forward(p, a, X, None)[0]


def gradients_of(
    p: Parameters, a: Architecture, X: Array, slope: Any, rng: np.random.Generator
) -> Parameters:
    """Give the gradient of a loss by every parameter.

    Parameters
    ----------
    p : dict of str to ndarray
    a : Architecture
    X : ndarray of float32, shape (n_rows, n_inputs)
    slope : callable
        Outputs -> gradient of the loss by the outputs.
    rng : numpy Generator
        Draws what is dropped out.
    """
    output, kept = _forward(p, a, X, rng)
    return _backward(p, a, X, slope(output), kept)


def _forward(p: Parameters, a: Architecture, X: Array, rng: np.random.Generator | None) -> tuple[Array, dict[str, Any]]:
    kept: dict[str, Any] = {"inputs": [], "sigmoids": [], "sums": [], "masks": []}
    H = X * p["scale"]
    if len(a.embedded):
        # Gorishniy, Rubachev and Babenko 2022, "On embeddings for numerical features in tabular deep learning",
        # with the phases of Holzmüller, Grinsztajn and Steinwart 2024, "Better by default".
        x = X[:, a.embedded].T[:, :, None]
        angle = (2 * np.pi) * x * p["frequency"][:, None, :] + p["phase"][:, None, :]
        waves = np.cos(angle)
        raised = np.maximum(np.matmul(waves, p["w_embedding"]) + p["b_embedding"], 0.0)
        kept |= {"x": x, "angle": angle, "waves": waves, "raised": raised}
        H = np.hstack([H, raised.transpose(1, 0, 2).reshape(len(X), -1)])
    for layer in range(a.hidden_layers):
        kept["inputs"].append(H)
        total = H @ p[f"w{layer}"] + p[f"b{layer}"]
        sigmoid = 1.0 / (1.0 + np.exp(-np.clip(total, -60.0, 60.0)))
        H = total * sigmoid  # SiLU (Elfwing, Uchibe and Doya 2018)
        mask = None
        if rng is not None and a.dropout > 0:
            mask = (rng.random(H.shape, dtype=np.float32) >= a.dropout) / np.float32(1 - a.dropout)
            H = H * mask
        kept["sums"].append(total)
        kept["sigmoids"].append(sigmoid)
        kept["masks"].append(mask)
    kept["last"] = H
    return H @ p["w_out"] + p["b_out"], kept


def _backward(p: Parameters, a: Architecture, X: Array, slope: Array, kept: dict[str, Any]) -> Parameters:
    found: Parameters = {"w_out": kept["last"].T @ slope, "b_out": slope.sum(axis=0)}
    down = slope @ p["w_out"].T
    for layer in reversed(range(a.hidden_layers)):
        if kept["masks"][layer] is not None:
            down = down * kept["masks"][layer]
        sigmoid = kept["sigmoids"][layer]
        down = down * (sigmoid * (1.0 + kept["sums"][layer] * (1.0 - sigmoid)))
        found[f"w{layer}"] = kept["inputs"][layer].T @ down
        found[f"b{layer}"] = down.sum(axis=0)
        down = down @ p[f"w{layer}"].T
    found["scale"] = np.einsum("ij,ij->j", down[:, : a.n_inputs], X)
    if len(a.embedded):
        above = down[:, a.n_inputs :].reshape(len(X), len(a.embedded), N_EMBEDDED).transpose(1, 0, 2)
        above = above * (kept["raised"] > 0)
        found["w_embedding"] = np.matmul(kept["waves"].transpose(0, 2, 1), above)
        found["b_embedding"] = above.sum(axis=1, keepdims=True)
        angles = -np.sin(kept["angle"]) * np.matmul(above, p["w_embedding"].transpose(0, 2, 1))
        found["frequency"] = (2 * np.pi) * (angles * kept["x"]).sum(axis=1)
        found["phase"] = angles.sum(axis=1)
    return found


class Adam:
    """Adam (Kingma and Ba 2015) with decoupled decay of the weights (Loshchilov and Hutter 2019).

    Parameters
    ----------
    parameters : dict of str to ndarray
        Changed in place.
    decay : float
    """

    def __init__(self, parameters: Parameters, decay: float) -> None:
        self._parameters, self._decay = parameters, decay
        self._first = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._second = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._step = 0

    def step(self, gradients: Parameters, rate: float) -> None:
        """Take a step of a learning rate."""
        self._step += 1
        one, two = 1 - 0.9**self._step, 1 - 0.95**self._step
        for name, gradient in gradients.items():
            value, first, second = self._parameters[name], self._first[name], self._second[name]
            first += 0.1 * (gradient - first)
            second += 0.05 * (gradient * gradient - second)
            if name.startswith("w"):
                value *= 1.0 - rate * self._decay
            value -= (rate / one) * first / (np.sqrt(second / two) + 1e-8)
