"""The joint conditional space of algorithms and their hyperparameters, as vectors and as configurations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace

from automl.space.column import Column, Columns, Mask, declaration
from automl.space.subspace import Subspace
from automl.trial import Configuration, Value

Vectors = npt.NDArray[np.float64]

INACTIVE = -1.0
_ROUNDS = 200  # of rejection sampling before a space counts as forbidden altogether


class Space:
    """Joint space: the algorithm is the root choice, each algorithm's own space hangs below it.

    A configuration is also a vector: column 0 holds the algorithm, the others one hyperparameter each, scaled to
    the unit cube (logarithmic and quantised as declared, categories by index), -1 where inactive. Algorithms that
    declare a hyperparameter alike (name, type, range) share its column, so that a model of the vectors
    can carry what it learned about, say, an imputation strategy from one algorithm to another.

    Parameters
    ----------
    subspaces : mapping of str to ConfigurationSpace
        Algorithm name -> its hyperparameters, conditions and forbidden clauses.

    Raises
    ------
    ValueError
        If there is no algorithm.

    Examples
    --------
    >>> knn = ConfigurationSpace({"k": (1, 50), "weights": ["uniform", "distance"]})
    >>> space = Space({"knn": knn, "ridge": ConfigurationSpace({"alpha": (0.01, 10.0)})})
    >>> space.default("ridge").values["alpha"]
    5.005
    >>> found = space.sample(3, np.random.default_rng(0))
    >>> space.encode(found).shape
    (3, 4)
    >>> space.why_invalid(Configuration("knn", {"k": 99, "weights": "uniform"}))
    'knn: k=99 is not in [1, 50]'
    """

    def __init__(self, subspaces: Mapping[str, ConfigurationSpace]) -> None:
        if not subspaces:
            raise ValueError("a space needs at least one algorithm")
        self.algorithms: tuple[str, ...] = tuple(subspaces)
        columns: dict[str, Column] = {}
        self._subspaces: list[Subspace] = []
        for name, space in subspaces.items():
            keys = [declaration(hp, with_default=False) for hp in space.values()]
            for key, hp in zip(keys, space.values(), strict=True):
                columns.setdefault(key, Column(hp, len(columns) + 1))
            self._subspaces.append(Subspace(name, space, [columns[key] for key in keys]))
        self._columns = Columns(list(columns.values()))
        self.n_columns = 1 + len(columns)
        self._scale = max(len(self.algorithms) - 1, 1)

    @cached_property
    def version(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of what the space declares, defaults included."""
        declared = {subspace.name: subspace.declaration() for subspace in self._subspaces}
        return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:16]

    def default(self, algorithm: str) -> Configuration:
        """Give the algorithm's default configuration; KeyError for an unknown algorithm."""
        return self.conform(Configuration(algorithm, dict(self._subspace(algorithm).space.get_default_configuration())))

    def sample(
        self, n: int, rng: np.random.Generator, weights: Mapping[str, float] | None = None
    ) -> list[Configuration]:
        """Draw `n` configurations; see `sample_vectors`."""
        return self.decode_all(self.sample_vectors(n, rng, weights))

    def sample_vectors(self, n: int, rng: np.random.Generator, weights: Mapping[str, float] | None = None) -> Vectors:
        """Draw `n` legal vectors: first the algorithm, then inside it as declared.

        Parameters
        ----------
        n : int
        rng : numpy Generator
        weights : mapping of str to float, optional
            Share of each algorithm, 0 where missing, in any unit; by default all are equal.

        Returns
        -------
        ndarray of float64, shape (n, n_columns)

        Raises
        ------
        ValueError
            If the forbidden clauses leave nothing to draw, or no algorithm has a positive weight.
        """
        shares = np.array([1.0 if weights is None else weights.get(name, 0.0) for name in self.algorithms])
        if shares.sum() <= 0:
            raise ValueError(f"no algorithm of the space has a positive weight in {weights}")
        algorithm = rng.choice(len(shares), size=n, p=shares / shares.sum())
        drawn = np.empty((n, self.n_columns))
        missing = np.arange(n)
        for _ in range(_ROUNDS):
            if not missing.size:
                return drawn
            drawn[missing] = self._fresh(algorithm[missing], rng)
            missing = missing[~self._settle(drawn, missing)]
        raise ValueError(f"the forbidden clauses of {self.algorithms[algorithm[missing[0]]]} leave nothing to draw")

    def neighbours(self, vectors: Vectors, n: int, rng: np.random.Generator, spread: float = 0.15) -> Vectors:
        """Mutate each vector `n` times; the illegal mutants are left out.

        A mutant changes each active column with probability 1 / active columns, at least one: numbers by a normal
        step, choices (the algorithm among them) to another one. What becomes active is drawn anew.

        Parameters
        ----------
        vectors : ndarray of float64, shape (n_vectors, n_columns)
        n : int
        rng : numpy Generator
        spread : float
            Standard deviation of a number's step, in the unit cube.

        Returns
        -------
        ndarray of float64, shape (at most n * n_vectors, n_columns)
        """
        base = np.repeat(vectors, n, axis=0)
        active = base != INACTIVE
        movable = active & np.concatenate([[len(self.algorithms) > 1], self._columns.movable])
        rows = np.arange(len(base))
        chance = rng.random(base.shape) * movable
        mutate = chance > 1 - 1 / np.maximum(movable.sum(1, keepdims=True), 1)
        mutate[rows, chance.argmax(1)] = movable.any(1)
        old = np.rint(base[:, 0] * self._scale).astype(np.intp)
        other = (old + rng.integers(1, max(len(self.algorithms), 2), size=len(base))) % len(self.algorithms)
        mutants = self._fresh(np.where(mutate[:, 0], other, old), rng)
        keep = active & ~mutate
        keep[:, 0] = False
        mutants[keep] = base[keep]
        stepped = self._columns.step(base[:, 1:], spread, rng)
        mutants[:, 1:] = np.where(mutate[:, 1:], stepped, mutants[:, 1:])
        return mutants[self._settle(mutants, rows)]

    def grid(self, limit: int = 10_000) -> Vectors | None:
        """List all legal vectors, or None if the declared values multiply to more than `limit` (or are reals)."""
        blocks = []
        for index, subspace in enumerate(self._subspaces):
            if not np.prod([float(column.hp.size) for column in subspace.columns]) <= limit:
                return None
            values = np.meshgrid(*[column.levels() for column in subspace.columns], indexing="ij")
            block = np.full((max(values[0].size if values else 1, 1), self.n_columns), INACTIVE)
            block[:, 0] = index / self._scale
            for column, value in zip(subspace.columns, values, strict=True):
                block[:, column.index] = value.ravel()
            blocks.append(np.unique(block[self._settle(block, np.arange(len(block)))], axis=0))
        grid = np.concatenate(blocks)
        return grid if len(grid) <= limit else None

    def encode(self, configurations: Sequence[Configuration]) -> Vectors:
        """Give the vectors of configurations that belong to the space, shape (n, n_columns)."""
        vectors = np.full((len(configurations), self.n_columns), INACTIVE)
        for index, subspace in enumerate(self._subspaces):
            rows = [i for i, c in enumerate(configurations) if c.algorithm == subspace.name]
            vectors[rows, 0] = index / self._scale
            for column in subspace.columns if rows else ():
                known = [i for i in rows if column.name in configurations[i].values]
                values = [configurations[i].values[column.name] for i in known]
                vectors[known, column.index] = column.encode(values)
        return vectors

    def decode(self, vector: Vectors) -> Configuration:
        """Give the configuration of one vector, its floats rounded to six significant digits."""
        return self.decode_all(vector[None])[0]

    def decode_all(self, vectors: Vectors) -> list[Configuration]:
        """Give the configurations of vectors, shape (n, n_columns)."""
        algorithm = np.rint(vectors[:, 0] * self._scale).astype(np.intp)
        values: list[dict[str, Value]] = [{} for _ in vectors]
        for index in np.unique(algorithm):
            rows = np.flatnonzero(algorithm == index)
            for column in self._subspaces[index].columns:
                known = rows[vectors[rows, column.index] != INACTIVE]
                for row, value in zip(known.tolist(), column.decode(vectors[known, column.index]), strict=True):
                    values[row][column.name] = value
        return [Configuration(self.algorithms[a], v) for a, v in zip(algorithm.tolist(), values, strict=True)]

    def why_invalid(self, configuration: Configuration) -> str | None:
        """Say why a stored configuration does not fit this space, or None if it does.

        Numbers match by value (5.0 fits an integer), so values may have gone through JSON.
        """
        if configuration.algorithm not in self.algorithms:
            return f"unknown algorithm {configuration.algorithm}"
        why = self._subspace(configuration.algorithm).why_invalid(configuration.values)
        return why and f"{configuration.algorithm}: {why}"

    def conform(self, configuration: Configuration) -> Configuration:
        """Cast the values to their declared types, so that equal configurations have equal ids.

        Raises
        ------
        ValueError
            With the reason of `why_invalid`.
        """
        why = self.why_invalid(configuration)
        if why is not None:
            raise ValueError(f"the configuration does not fit the space: {why}")
        columns = {column.name: column for column in self._subspace(configuration.algorithm).columns}
        return Configuration(
            configuration.algorithm, {name: columns[name].cast(v) for name, v in configuration.values.items()}
        )

    def _subspace(self, algorithm: str) -> Subspace:
        return next(subspace for subspace in self._subspaces if subspace.name == algorithm)

    def _fresh(self, algorithm: npt.NDArray[np.intp], rng: np.random.Generator) -> Vectors:
        """Draw every column of every row, whether active or not."""
        return np.column_stack([algorithm / self._scale, self._columns.draw(len(algorithm), rng)])

    def _settle(self, vectors: Vectors, rows: npt.NDArray[np.intp]) -> Mask:
        """Set inactive values of the rows to -1, in place; return which of the rows are legal."""
        algorithm = np.rint(vectors[rows, 0] * self._scale).astype(np.intp)
        legal = np.ones(len(rows), dtype=bool)
        for index in np.unique(algorithm):
            subspace, among = self._subspaces[index], np.flatnonzero(algorithm == index)
            native = subspace.from_units(vectors[np.ix_(rows[among], subspace.indices)])
            legal[among] = subspace.settle(native)
            settled = np.full((len(among), self.n_columns), INACTIVE)
            settled[:, 0] = index / self._scale
            settled[:, subspace.indices] = np.where(np.isnan(native), INACTIVE, native / subspace.scales).T
            vectors[rows[among]] = settled
        return legal
