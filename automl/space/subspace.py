"""One algorithm's ConfigurationSpace, compiled to vectorised operations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from ConfigSpace import ConfigurationSpace
from ConfigSpace.conditions import AndConjunction, Conjunction, InCondition
from ConfigSpace.forbidden import ForbiddenConjunction, ForbiddenRelation

from automl.space.column import Column, Mask, Vector, declaration, plain
from automl.trial import Value


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


def _rule(rule: Any) -> str:
    """Write down a condition or a forbidden clause."""
    kind = type(rule).__name__
    if isinstance(rule, Conjunction | ForbiddenConjunction):
        return json.dumps([kind, *sorted(_rule(component) for component in rule.components)])
    if isinstance(rule, ForbiddenRelation):
        return json.dumps([kind, rule.left.name, rule.right.name])
    names = [rule.child.name, rule.parent.name] if hasattr(rule, "child") else [rule.hyperparameter.name]
    values = rule.values if hasattr(rule, "values") else [rule.value]
    return json.dumps([kind, *names, sorted(json.dumps(plain(value)) for value in values)])


def _holds(condition: Any, native: Vector) -> Mask:
    """Where a condition holds; one on an inactive parent never does."""
    if isinstance(condition, Conjunction):
        parts = [_holds(component, native) for component in condition.components]
        return np.asarray(np.all(parts, axis=0) if isinstance(condition, AndConjunction) else np.any(parts, axis=0))
    parent = native[condition.parent_vector_id]
    if isinstance(condition, InCondition):  # ten times faster than its own np.isin
        return np.asarray(np.any([parent == value for value in condition.vector_values], axis=0))
    return np.asarray(condition.satisfied_by_vector_array(native) & ~np.isnan(parent))
