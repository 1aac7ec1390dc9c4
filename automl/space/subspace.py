"""One algorithm's ConfigurationSpace, compiled to vectorised operations: what `automl.space` is made of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace
from ConfigSpace.conditions import AndConjunction, Conjunction
from ConfigSpace.forbidden import ForbiddenConjunction, ForbiddenRelation
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    Constant,
    Hyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)

from automl.trial import Value

Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_DIGITS = 6  # significant digits of a float: readable, and exact through JSON and through the unit cube


class Column:
    """One hyperparameter, as a column of the unit cube.

    ConfigSpace's own vectors hold numbers in [0, 1] and choices by index; `scale` brings both to [0, 1].
    """

    def __init__(self, hp: Hyperparameter[Any, Any], index: int) -> None:
        self.hp: Any = hp
        self.name, self.index = hp.name, index
        self.choices = _choices(hp)
        self.scale = 1.0 if self.choices is None else float(max(len(self.choices) - 1, 1))
        self.is_integer = isinstance(hp, IntegerHyperparameter)

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
        return values if self.is_integer else [self._short(value) for value in values]

    def step(self, units: Vector, steps: Vector, jumps: Vector) -> Vector:
        """Move numbers by normal `steps`, choices by uniform `jumps` to any other choice."""
        if self.choices is not None:
            n = len(self.choices)
            moved = np.rint(units * self.scale) + 1 + np.floor(jumps * (n - 1))
            return np.asarray(moved % n / self.scale)
        # a step over a border turns back into the cube, so that borders do not attract
        moved = 1.0 - np.abs(1.0 - np.abs(units + steps) % 2.0)
        if not self.is_integer:
            return moved
        old, new = self.hp.to_value(units), self.hp.to_value(moved)
        new = np.where(new == old, old + np.where(steps < 0, -1, 1), new)
        return np.asarray(self.hp.to_vector(np.clip(new, self.hp.lower, self.hp.upper)))

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


class Subspace:
    """One algorithm's columns, conditions and forbidden clauses.

    Its methods work on `native` matrices, shape (n_hyperparameters, n): ConfigSpace's vectors, NaN where inactive.
    """

    def __init__(self, name: str, space: ConfigurationSpace, columns: Sequence[Column]) -> None:
        self.name, self.space, self.columns = name, space, tuple(columns)
        self.indices = np.array([column.index for column in columns], dtype=np.intp)
        self.scales = np.array([column.scale for column in columns])[:, None]
        # parents come before their children in ConfigSpace's order, so one pass decides all activity
        self._conditions = sorted(space.conditions, key=lambda condition: int(cast(int, condition.child_vector_id)))
        self._discrete = np.array([column.choices is not None for column in columns], dtype=bool)

    def from_units(self, units: Vector) -> Vector:
        """Columns of the unit cube, shape (n, n_hyperparameters) -> a native matrix."""
        native: Vector = units.T * self.scales
        native[self._discrete] = np.rint(native[self._discrete])
        return native

    def settle(self, native: Vector) -> Mask:
        """Set what is inactive to NaN, in place; return which columns of the matrix are legal."""
        for condition in self._conditions:
            native[condition.child_vector_id, ~_holds(condition, native)] = np.nan
        legal = np.ones(native.shape[1], dtype=bool)
        for clause in self.space.forbidden_clauses:
            legal &= ~clause.is_forbidden_vector_array(native)
        return legal

    def why_invalid(self, values: Mapping[str, Value]) -> str | None:
        """Say why the values are no configuration of this algorithm, or None."""
        names = {column.name for column in self.columns}
        unknown = sorted(set(values) - names)
        if unknown:
            return f"unknown hyperparameter {unknown[0]}"
        native = np.full((len(self.columns), 1), np.nan)
        for row, column in enumerate(self.columns):
            if column.name in values:
                why = column.why_illegal(values[column.name])
                if why is not None:
                    return why
                native[row] = column.encode([values[column.name]]) * column.scale
        active = np.ones(len(self.columns), dtype=bool)
        for condition in self._conditions:
            active[condition.child_vector_id] = _holds(condition, native)[0]
        for column, expected in zip(self.columns, active, strict=True):
            if expected != (column.name in values):
                return f"{column.name} is {'missing' if expected else 'set but inactive'}"
        return None if self.settle(native)[0] else f"forbidden combination {dict(values)}"

    def declaration(self) -> dict[str, Any]:
        """Everything that is declared, as plain values in an order of its own."""
        return {
            "hyperparameters": sorted(declaration(hp) for hp in self.space.values()),
            "conditions": sorted(_rule(condition) for condition in self.space.conditions),
            "forbidden": sorted(_rule(clause) for clause in self.space.forbidden_clauses),
        }


def declaration(hp: Any, *, with_default: bool = True) -> str:
    """Write down a hyperparameter, alike over processes and versions of ConfigSpace."""
    choices = _choices(hp)
    domain = [hp.lower, hp.upper, hp.log] if choices is None else list(choices)
    extra = {key: _plain(getattr(hp, key)) for key in ("alpha", "beta", "mu", "sigma", "weights") if hasattr(hp, key)}
    written = [hp.name, type(hp).__name__, [_plain(value) for value in domain], extra]
    return json.dumps([*written, _plain(hp.default_value)] if with_default else written)


def _rule(rule: Any) -> str:
    """Write down a condition or a forbidden clause."""
    kind = type(rule).__name__
    if isinstance(rule, Conjunction | ForbiddenConjunction):
        return json.dumps([kind, *sorted(_rule(component) for component in rule.components)])
    if isinstance(rule, ForbiddenRelation):
        return json.dumps([kind, rule.left.name, rule.right.name])
    names = [rule.child.name, rule.parent.name] if hasattr(rule, "child") else [rule.hyperparameter.name]
    values = rule.values if hasattr(rule, "values") else [rule.value]
    return json.dumps([kind, *names, sorted(json.dumps(_plain(value)) for value in values)])


def _holds(condition: Any, native: Vector) -> Mask:
    """Where a condition holds; one on an inactive parent never does."""
    if isinstance(condition, Conjunction):
        parts = [_holds(component, native) for component in condition.components]
        return np.asarray(np.all(parts, axis=0) if isinstance(condition, AndConjunction) else np.any(parts, axis=0))
    inactive = np.isnan(native[condition.parent_vector_id])
    return np.asarray(condition.satisfied_by_vector_array(native) & ~inactive)


def _choices(hp: Hyperparameter[Any, Any]) -> tuple[Any, ...] | None:
    if isinstance(hp, CategoricalHyperparameter):
        return tuple(hp.choices)
    if isinstance(hp, OrdinalHyperparameter):
        return tuple(hp.sequence)
    return (hp.value,) if isinstance(hp, Constant) else None


def _plain(value: Any) -> Any:
    """Strip numpy's types; JSON knows them not."""
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value
