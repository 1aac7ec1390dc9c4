"""Category codes to numbers.

Codes are integers that the table froze long before, so an encoder here is a lookup from (column, code) to an output;
-1 (missing, or unseen when the table was frozen) is a category of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Array = npt.NDArray[Any]

# Past these sizes an encoding would cost more than it tells; the columns left over become ordinal.
MAX_ONEHOT_COLUMNS = 5_000
MAX_TARGET_COLUMNS = 2_000
_FOLDS = 5


class Lookup:
    """Positions of (column, code) in one flat range: each column has a place for -1 and for each of its codes.

    Examples
    --------
    >>> Lookup((2, 3)).flat(np.array([[-1, 2], [1, -1]])).tolist()
    [[0, 6], [2, 3]]
    """

    def __init__(self, cardinalities: tuple[int, ...]) -> None:
        sizes = np.asarray(cardinalities, dtype=np.int64) + 1
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        self.largest = sizes - 2

    def flat(self, codes: Array) -> Array:
        """Give the position of each code, shape (n_rows, n_columns); codes out of range count as -1."""
        known = np.where(codes <= self.largest, codes, -1)
        return np.asarray(known + 1 + self.starts[:-1])


class OneHot:
    """One-hot columns for the most frequent categories; the rest of a column shares one.

    Parameters
    ----------
    limit : int
        Most columns that one feature takes, the shared one left out.

    Examples
    --------
    >>> codes = np.array([[0], [0], [1], [1], [-1]])
    >>> OneHot(2).fit((2,), codes, None).transform(np.array([[1], [7]])).toarray().tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def fit(self, cardinalities: tuple[int, ...], codes: Array, sample_weight: Array | None) -> OneHot:
        """Choose the categories; codes have shape (n_rows, n_columns)."""
        self.lookup = Lookup(cardinalities)
        flat = self.lookup.flat(codes)
        weight = None if sample_weight is None else np.repeat(sample_weight, codes.shape[1])
        total = np.bincount(flat.ravel(), weights=weight, minlength=self.lookup.starts[-1])
        self.column = np.empty(len(total), dtype=np.int32)
        self.n_columns = 0
        for start, stop in zip(self.lookup.starts[:-1], self.lookup.starts[1:], strict=True):
            order = np.argsort(-total[start:stop], kind="stable")
            order = np.sort(order[: self.limit][total[start:stop][order[: self.limit]] > 0])
            self.column[start:stop] = self.n_columns  # the shared column comes first
            self.column[start + order] = self.n_columns + 1 + np.arange(len(order))
            self.n_columns += 1 + len(order)
        return self

    def transform(self, codes: Array) -> sparse.csr_array:
        """Encode rows into a sparse float32 matrix."""
        n, width = codes.shape
        indices = self.column[self.lookup.flat(codes)].ravel()
        parts = (np.ones(n * width, dtype=np.float32), indices, np.arange(0, n * width + 1, width))
        return sparse.csr_array(parts, shape=(n, self.n_columns))


class TargetMeans:
    """Mean target of each category, shrunk towards the overall mean (Micci-Barreca 2001, SIGKDD Explorations 3).

    Training rows are encoded by the means of the other folds, so that a learner is not misled by a category whose
    mean is its own row. Unlike scikit-learn's `TargetEncoder`, rows may be weighted, and classes with fewer rows
    than folds need no care.

    Parameters
    ----------
    n_classes : int
        0 for a regression target; two classes take one column per feature, more take one per class.
    seed : int
    smoothing : float
        Weight of the overall mean, in rows.
    """

    def __init__(self, n_classes: int, seed: int, smoothing: float = 10.0) -> None:
        self.n_classes, self.seed, self.smoothing = n_classes, seed, smoothing

    def fit_transform(
        self, cardinalities: tuple[int, ...], codes: Array, y: Array, sample_weight: Array | None
    ) -> Array:
        """Fit on training rows, y in codes or floats, and encode them, shape (n_rows, n_columns * n_outputs)."""
        self.lookup = Lookup(cardinalities)
        flat = self.lookup.flat(codes)
        n, width = flat.shape
        weight = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        fold = np.random.default_rng(self.seed).permutation(n) % _FOLDS
        size = int(self.lookup.starts[-1])
        cell = (flat + fold[:, None] * size).ravel()

        def per_fold(values: Array) -> Array:
            return np.bincount(cell, np.repeat(values, width), minlength=_FOLDS * size).reshape(_FOLDS, size)

        count = per_fold(weight)
        outputs, self.means = [], []
        for column in self._columns(y):
            total = per_fold(weight * column)
            prior = float(np.average(column, weights=weight))
            shrunk = self.smoothing * prior
            self.means.append((total.sum(axis=0) + shrunk) / (count.sum(axis=0) + self.smoothing))
            others = (total.sum(axis=0) - total + shrunk) / (count.sum(axis=0) - count + self.smoothing)
            outputs.append(others.ravel()[cell].reshape(n, width))
        return np.hstack(outputs)

    def transform(self, codes: Array) -> Array:
        """Encode rows; a category without training rows gets the overall mean."""
        flat = self.lookup.flat(codes)
        return np.hstack([mean[flat] for mean in self.means])

    def _columns(self, y: Array) -> list[Array]:
        if self.n_classes == 0:
            return [np.asarray(y, dtype=np.float64)]
        first = 1 if self.n_classes == 2 else 0
        return [(y == k).astype(np.float64) for k in range(first, self.n_classes)]


class CodesEncoder:
    """Encode all columns of codes by one method, within limits.

    Parameters
    ----------
    encoding : {"onehot", "target", "ordinal", "native"}
        ``onehot`` gives a column with more than `onehot_limit` categories its target means as well; ``native`` is
        the codes, with NaN for -1.
    onehot_limit : int
    n_classes : int
        0 for regression.
    seed : int
    """

    def __init__(self, encoding: str, onehot_limit: int, n_classes: int, seed: int) -> None:
        self.encoding, self.onehot_limit, self.n_classes, self.seed = encoding, onehot_limit, n_classes, seed

    def fit_transform(
        self, cardinalities: tuple[int, ...], codes: Array, y: Array, sample_weight: Array | None
    ) -> tuple[Array, Any]:
        """Fit on training rows; give the columns to scale, and those to leave as they are (one-hot, native)."""
        self._choose(np.asarray(cardinalities, dtype=np.int64))
        self.onehot, self.means, means = None, None, None
        if len(self.onehot_at):
            self.onehot = OneHot(self.onehot_limit)
            self.onehot.fit(tuple(cardinalities[i] for i in self.onehot_at), codes[:, self.onehot_at], sample_weight)
        if len(self.target_at):
            sizes = tuple(cardinalities[i] for i in self.target_at)
            self.means = TargetMeans(self.n_classes, self.seed)
            means = self.means.fit_transform(sizes, codes[:, self.target_at], y, sample_weight)
        return self._join(codes, means)

    def transform(self, codes: Array) -> tuple[Array, Any]:
        """Encode rows as in training, but by the means of all training rows."""
        return self._join(codes, None if self.means is None else self.means.transform(codes[:, self.target_at]))

    def _choose(self, cardinalities: Array) -> None:
        every = np.arange(len(cardinalities))
        width = np.minimum(cardinalities, self.onehot_limit) + 1
        narrow_first = np.argsort(cardinalities, kind="stable")
        fits = np.zeros(len(every), dtype=bool)
        fits[narrow_first] = np.cumsum(width[narrow_first]) <= MAX_ONEHOT_COLUMNS
        outputs = 1 if self.n_classes <= 2 else self.n_classes
        room = MAX_TARGET_COLUMNS // outputs
        self.onehot_at = every[fits] if self.encoding == "onehot" else every[:0]
        wanted = {"onehot": (cardinalities > self.onehot_limit) | ~fits, "target": cardinalities > 0}
        self.target_at = np.flatnonzero(wanted.get(self.encoding, np.zeros(len(every), dtype=bool)))[:room]
        self.ordinal_at = np.setdiff1d(every, np.union1d(self.onehot_at, self.target_at))

    def _join(self, codes: Array, means: Array | None) -> tuple[Array, Any]:
        if self.encoding == "native":
            return np.empty((len(codes), 0)), np.where(codes < 0, np.nan, codes)
        ordinal = codes[:, self.ordinal_at].astype(np.float64)
        numbers = ordinal if means is None else np.hstack([ordinal, means])
        asis = np.empty((len(codes), 0)) if self.onehot is None else self.onehot.transform(codes[:, self.onehot_at])
        return numbers, asis
