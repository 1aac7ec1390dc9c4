"""Blocks of plain numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from automl.encoding import matrix as module
from automl.encoding.matrix import clean_csr, copy_columns, matrix_stats, read_only, usable_as_is


@pytest.fixture(params=[None, 7])
def tiles(request, monkeypatch):
    """Run with tiles as they are, and with tiles so small that every edge is met."""
    if request.param:
        monkeypatch.setattr(module, "_TILE_CELLS", request.param)
        monkeypatch.setattr(module, "_RUN", 3)


def table(order: str) -> np.ndarray:
    X = np.random.default_rng(0).normal(size=(23, 5))
    X[::4, 1] = np.nan
    X[3, 2], X[4, 2] = np.inf, -np.inf
    X[:, 3], X[:, 4] = 2.0, np.nan
    return np.asarray(X, order=order)


@pytest.mark.parametrize("order", ["C", "F"])
def test_stats(order, tiles):
    X = table(order)
    finite = np.where(np.isfinite(X), X, np.nan)
    stats = matrix_stats(X)
    assert np.array_equal(stats.low[:4], np.nanmin(finite[:, :4], axis=0))
    assert np.array_equal(stats.high[:4], np.nanmax(finite[:, :4], axis=0))
    assert stats.has_missing.tolist() == [False, True, True, False, True]
    assert stats.constant.tolist() == [False, False, False, True, False]
    assert stats.all_missing.tolist() == [False, False, False, False, True]
    assert not stats.fits_float32


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.int64, np.bool_, np.float16])
def test_stats_of_other_types(dtype, tiles):
    stats = matrix_stats(np.array([[0, 1], [1, 1]], dtype=dtype))
    assert stats.low.tolist() == [0, 1]
    assert stats.constant.tolist() == [False, True]
    assert stats.fits_float32


@pytest.mark.parametrize(
    ("value", "fits"), [(2**24, True), (2**24 + 1, False), (0.5, True), (0.1, False), (1e300, False), (np.nan, True)]
)
def test_fits_float32(value, fits):
    assert matrix_stats(np.array([[0.0], [value]])).fits_float32 is fits


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("sources", [[0, 1, 2, 3, 4], [4, 0], [2], []])
def test_copy_columns(order, sources, tiles):
    X = table(order)
    out = np.zeros((23, 7))
    targets = np.arange(len(sources)) + 1
    copy_columns(X, np.array(sources, dtype=np.int64), out, targets)
    expected = np.zeros((23, 7))
    expected[:, targets] = np.where(np.isinf(X), np.nan, X)[:, sources]
    assert np.array_equal(out, expected, equal_nan=True)


def test_copy_into_float32_clips():
    out = np.zeros((3, 1), dtype=np.float32)
    copy_columns(np.array([[1e300], [-np.inf], [np.nan]]), np.array([0]), out, np.array([0]))
    assert out[0, 0] == np.finfo(np.float32).max
    assert np.isnan(out[1:]).all()


def test_usable_as_is():
    X = np.ones((3, 2))
    assert usable_as_is(X, "float64")
    assert not usable_as_is(X, "float32")
    assert not usable_as_is(np.asfortranarray(X), "float64")
    assert not usable_as_is(X.astype(">f8"), "float64")
    X[1, 1] = np.inf
    assert not usable_as_is(X, "float64")


def test_read_only():
    X = np.ones((3, 2))
    view = read_only(X)
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 2
    X[0, 0] = 3


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_clean_csr(form):
    dense = np.array([[0.0, 1.5], [np.inf, 0.0], [np.nan, 2.0]])
    found = clean_csr(sparse.coo_matrix(dense).asformat(form))
    assert isinstance(found, sparse.csr_array)
    assert found.toarray().tolist() == [[0, 1.5], [0, 0], [0, 2]]
    assert found.nnz == 2
    assert found.dtype == np.float32


def test_clean_csr_adds_up_duplicates_and_keeps_precision():
    found = clean_csr(sparse.coo_array(([0.1, 0.2, 1.0], ([0, 0, 1], [0, 0, 1])), shape=(2, 2)))
    assert found[0, 0] == pytest.approx(0.3)
    assert found.dtype == np.float64
