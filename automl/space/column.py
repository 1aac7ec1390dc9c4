"""Hyperparameters as columns of the unit cube."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    Constant,
    IntegerHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)

from automl.trial import Value

Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_DIGITS = 6  # significant digits of a float: readable, and exact through JSON and through the unit cube


class Column:
    """One hyperparameter, as a column of the unit cube.

    ConfigSpace's own vectors hold numbers in [0, 1] and choices by index; `scale` brings both to [0, 1].

    Attributes
    ----------
    choices : tuple or None
        Values of a hyperparameter without a metric.
    n_levels : int
        Number of equally likely, equally spaced values; 0 if they are reals or lie unevenly.
    """

    def __init__(self, hp: Any, index: int) -> None:
        self.hp, self.name, self.index = hp, hp.name, index
        self.choices = _choices(hp)
        self.is_integer = isinstance(hp, IntegerHyperparameter)
        self.is_uniform_float = type(hp) is UniformFloatHyperparameter
        self.scale, self.n_levels = 1.0, 0
        if self.choices is not None:
            self.scale = float(max(len(self.choices) - 1, 1))
            self.n_levels = len(self.choices) if getattr(hp, "weights", None) is None else 0
        elif type(hp) is UniformIntegerHyperparameter and not hp.log:
            self.n_levels = hp.upper - hp.lower + 1

    def encode(self, values: Sequence[Value]) -> Vector:
        """Values -> unit cube."""
        if self.choices is not None:
            return np.array([self.choices.index(value) for value in values], dtype=float) / self.scale
        return np.asarray(self.hp.to_vector(np.asarray(values, dtype=float)), dtype=float)

    def decode(self, units: Vector) -> list[Value]:
        """Unit cube -> values of plain Python types."""
        if self.choices is not None:
            return [self.choices[i] for i in np.rint(units * self.scale).astype(np.intp)]
        values = self.hp.to_value(np.clip(units, 0.0, 1.0)).tolist()
        return cast(list[Value], values) if self.is_integer else [self._short(value) for value in values]

    def draw(self, n: int, rng: np.random.Generator) -> Vector:
        """Draw from the declared distribution, for what `Columns.draw` does not do at a stroke."""
        if type(self.hp) is UniformIntegerHyperparameter:  # logarithmic: ConfigSpace's way takes scipy 40 us
            low, high = np.log(self.hp.lower - 0.5), np.log(self.hp.upper + 0.5)
            values = np.rint(np.exp(rng.uniform(low, high, n)))
            return np.asarray(self.hp.to_vector(np.clip(values, self.hp.lower, self.hp.upper)))
        # ConfigSpace draws from numpy's older generator
        state = np.random.RandomState(int(rng.integers(2**32)))
        return np.asarray(self.hp.sample_vector(n, seed=state)) / self.scale

    def snap(self, old: Vector, moved: Vector) -> Vector:
        """Bring moved integers to the nearest other level."""
        before, after = self.hp.to_value(old), self.hp.to_value(moved)
        after = np.where(after == before, before + np.where(moved < old, -1, 1), after)
        return np.asarray(self.hp.to_vector(np.clip(after, self.hp.lower, self.hp.upper)))

    def levels(self) -> Vector:
        """All values of a hyperparameter that has finitely many, in the unit cube."""
        if self.choices is not None:
            return np.arange(len(self.choices)) / self.scale
        return np.asarray(self.hp.to_vector(np.arange(self.hp.lower, self.hp.upper + 1)))

    def cast(self, value: Value) -> Value:
        """Give the declared value that equals `value`."""
        if self.choices is not None:
            return cast(Value, self.choices[self.choices.index(value)])
        return int(value) if self.is_integer else float(value)

    def why_illegal(self, value: Value) -> str | None:
        """Say why the value cannot be, or None."""
        if self.choices is not None:
            return None if value in self.choices else f"{self.name}={value} is not one of {list(self.choices)}"
        if isinstance(value, str | bool):
            return f"{self.name}={value!r} is not a number"
        if not self.hp.lower <= value <= self.hp.upper:
            return f"{self.name}={value} is not in [{self.hp.lower}, {self.hp.upper}]"
        return f"{self.name}={value} is not an integer" if self.is_integer and value != int(value) else None

    def _short(self, value: float) -> float:
        return float(min(max(float(f"{value:.{_DIGITS}g}"), self.hp.lower), self.hp.upper))


class Columns:
    """All columns side by side: what can be done to a whole matrix at a stroke.

    Parameters
    ----------
    columns : sequence of Column
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._n = len(columns)
        drawn, moved = [c.n_levels for c in columns], [len(c.choices) if c.choices else c.n_levels for c in columns]
        self.movable = np.array([levels != 1 for levels in moved])
        self._drawn, self._moved = np.flatnonzero(drawn), np.flatnonzero(moved)
        self._levels, self._steps = np.array(drawn)[self._drawn], np.array(moved)[self._moved]
        self._choices = np.array([c.choices is not None for c in columns])[self._moved]
        self._unlike = [(i, c) for i, c in enumerate(columns) if not (c.n_levels or c.is_uniform_float)]

    def draw(self, n: int, rng: np.random.Generator) -> Vector:
        """Draw `n` rows from the declared distributions, shape (n, n_columns)."""
        drawn = rng.random((n, self._n))
        drawn[:, self._drawn] = np.floor(drawn[:, self._drawn] * self._levels) / np.maximum(self._levels - 1, 1)
        for index, column in self._unlike:
            drawn[:, index] = column.draw(n, rng)
        return drawn

    def step(self, old: Vector, spread: float, rng: np.random.Generator) -> Vector:
        """Move every number by a normal step, every choice to another one, shape as `old`."""
        n, top = len(old), np.maximum(self._steps - 1, 1)
        steps, jumps = rng.normal(0.0, spread, (n, 1)), rng.random((n, 1))
        # a step over a border turns back into the cube, so that borders do not attract
        moved = 1.0 - np.abs(1.0 - np.abs(old + steps) % 2.0)
        before, after = np.rint(old[:, self._moved] * top), np.rint(moved[:, self._moved] * top)
        aside = before + np.where((moved < old)[:, self._moved], -1.0, 1.0)
        after = np.clip(np.where(after == before, aside, after), 0, top)
        jumped = (before + 1 + np.floor(jumps * (self._steps - 1))) % self._steps
        moved[:, self._moved] = np.where(self._choices, jumped, after) / top
        for index, column in self._unlike:
            if column.is_integer:
                inside = np.clip(old[:, index], 0.0, 1.0)  # rows where the column is inactive are not used
                moved[:, index] = column.snap(inside, moved[:, index])
        return moved


def declaration(hp: Any, *, with_default: bool = True) -> str:
    """Write down a hyperparameter, alike over processes and versions of ConfigSpace."""
    choices = _choices(hp)
    domain = [hp.lower, hp.upper, hp.log] if choices is None else list(choices)
    extra = {key: plain(getattr(hp, key)) for key in ("alpha", "beta", "mu", "sigma", "weights") if hasattr(hp, key)}
    written = [hp.name, type(hp).__name__, [plain(value) for value in domain], extra]
    return json.dumps([*written, plain(hp.default_value)] if with_default else written)


def plain(value: Any) -> Any:
    """Strip numpy's types; JSON knows them not."""
    if isinstance(value, tuple | list | np.ndarray):
        return [plain(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _choices(hp: Any) -> tuple[Any, ...] | None:
    if isinstance(hp, CategoricalHyperparameter):
        return tuple(hp.choices)
    if isinstance(hp, OrdinalHyperparameter):
        return tuple(hp.sequence)
    return (hp.value,) if isinstance(hp, Constant) else None
