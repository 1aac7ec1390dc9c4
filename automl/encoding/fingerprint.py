"""Hashes of rows, and of a table as the multiset of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from automl.table import Table

Array = npt.NDArray[Any]
Hashes = npt.NDArray[np.uint64]
_BLOCK_CELLS = 1 << 16


def _multipliers(n: int, salt: int) -> Hashes:
    generator = np.random.Generator(np.random.PCG64(salt))
    return generator.integers(0, 2**64, size=n, dtype=np.uint64) | np.uint64(1)


def _mixed(hashes: Hashes) -> Hashes:
    """Spread every bit over all bits (the finaliser of splitmix64; Steele et al., 2014)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def _bits(values: Array) -> Hashes:
    """Bits of numbers, equal for equal numbers of any type (0 and -0, every NaN)."""
    floats = np.asarray(values, dtype=np.float64) + 0.0
    missing = np.isnan(floats)
    if missing.any():
        floats[missing] = np.nan
    bits = floats.view(np.uint64)
    bits = bits ^ (bits >> np.uint64(32))  # round numbers have empty low bits, which multiplying would keep empty
    return bits ^ (bits >> np.uint64(20))


def row_hashes(table: Table, y: Array | None = None) -> Hashes:
    """Hash every row of a table and its target to 64 bits, shape (n_rows,).

    Multilinear hashing of the columns, then a mixing step; not safe against an adversary. Equal rows have equal
    hashes, whatever the floating-point type and whatever the other rows.
    """
    hashes = np.zeros(len(table), dtype=np.uint64)
    if table.is_sparse:
        csr: Any = table.numeric
        terms = _bits(csr.data) * _multipliers(csr.shape[1], 1)[csr.indices]
        sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)])
        hashes += sums[csr.indptr[1:]] - sums[csr.indptr[:-1]]
    else:
        hashes += _dense_hashes(table.numeric, 1)
    hashes += _dense_hashes(table.codes, 2)
    if y is not None:
        hashes += _dense_hashes(y.reshape(-1, 1), 3)
    return _mixed(hashes)


def _dense_hashes(block: Array, salt: int) -> Hashes:
    hashes = np.zeros(block.shape[0], dtype=np.uint64)
    multipliers = _multipliers(block.shape[1], salt)
    step = max(1, _BLOCK_CELLS // max(1, block.shape[1]))
    for start in range(0, block.shape[0], step):
        hashes[start : start + step] = _bits(block[start : start + step]) @ multipliers
    return hashes


def content_hash(table: Table, y: Array) -> str:
    """Hash a table and its target to 32 hexadecimal digits; the order of the rows does not count.

    Examples
    --------
    >>> codes = np.zeros((2, 0), dtype=np.int32)
    >>> one = content_hash(Table(np.array([[1.0], [2.0]]), codes, ()), np.array([0, 1]))
    >>> one == content_hash(Table(np.array([[2.0], [1.0]]), codes, ()), np.array([1, 0]))
    True
    >>> one == content_hash(Table(np.array([[2.0], [1.0]]), codes, ()), np.array([0, 1]))
    False
    """
    hashes = row_hashes(table, y)
    size = np.asarray([len(table), table.n_columns], dtype=np.uint64)
    with np.errstate(over="ignore"):
        first = hashes.sum(dtype=np.uint64) + _mixed(size)[0]
        second = _mixed(hashes + np.uint64(0x9E3779B97F4A7C15)).sum(dtype=np.uint64) + _mixed(size)[1]
    return f"{int(first):016x}{int(second):016x}"


def membership_hashes(columns: list[Array]) -> Hashes:
    """Hash what small whole numbers a row has in several columns, shape (n_rows,)."""
    hashes = np.zeros(len(columns[0]), dtype=np.uint64)
    for column, multiplier in zip(columns, _multipliers(len(columns), 4), strict=True):
        hashes += column.astype(np.uint64) * multiplier
    return _mixed(hashes)


def combine(hashes: Hashes, others: Hashes) -> Hashes:
    """Hash pairs of hashes, row by row."""
    return _mixed(hashes * np.uint64(3) + others)
