"""Hashes of rows and of tables."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import sparse

from automl.encoding.fingerprint import combine, content_hash, membership_hashes, row_hashes
from automl.table import Table


def table(numeric, codes=None) -> Table:
    n = numeric.shape[0]
    return Table(numeric, np.zeros((n, 0), dtype=np.int32) if codes is None else codes, ())


@pytest.mark.parametrize("kind", ["grid", "floats", "halves", "binary", "sparse", "codes"])
def test_distinct_rows_have_distinct_hashes(kind):
    rng = np.random.default_rng(0)
    if kind == "grid":
        axis = np.arange(-20.0, 20.0)
        numeric = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    elif kind == "floats":
        numeric = np.nextafter(1.0, 2.0) ** np.arange(50_000.0).reshape(-1, 1)
        numeric = np.unique(numeric).reshape(-1, 1)
    elif kind == "halves":
        numeric = np.unique(rng.integers(-4, 4, size=(60_000, 8)) / 2, axis=0)
    elif kind == "binary":
        numeric = ((np.arange(2**16)[:, None] >> np.arange(16)) & 1).astype(np.float64)
    elif kind == "sparse":
        numeric = sparse.csr_array(((np.arange(2**14)[:, None] >> np.arange(14)) & 1).astype(np.float64))
    else:
        codes = ((np.arange(2**15)[:, None] >> np.arange(15)) & 1).astype(np.int32) - 1
        assert len(np.unique(row_hashes(table(np.zeros((2**15, 1)), codes)))) == 2**15
        return
    assert len(np.unique(row_hashes(table(numeric)))) == numeric.shape[0]


def test_equal_rows_have_equal_hashes():
    numeric = np.array([[0.0, np.nan], [-0.0, -np.nan], [1.0, 2.0]])
    found = row_hashes(table(numeric))
    assert found[0] == found[1] != found[2]
    assert np.array_equal(found, row_hashes(table(numeric.astype(np.float32))))
    assert np.array_equal(found[1:], row_hashes(table(numeric[1:])))
    assert np.array_equal(
        row_hashes(table(sparse.csr_array(numeric[2:]))), row_hashes(table(sparse.csr_array(numeric[2:])))
    )


def test_the_target_counts():
    numeric = np.ones((2, 1))
    assert len(np.unique(row_hashes(table(numeric), np.array([0, 1])))) == 2


def test_columns_are_not_interchangeable():
    assert len(np.unique(row_hashes(table(np.array([[1.0, 2.0], [2.0, 1.0]]))))) == 2


def test_multiplicity_counts():
    numeric = np.array([[1.0], [2.0], [2.0]])
    found = {
        content_hash(table(numeric[rows]), np.zeros(len(rows)))
        for rows in ([0, 1], [0, 1, 2], [0, 0, 1], [0, 0, 1, 1], [0])
    }
    assert len(found) == 5


def test_memberships_and_pairs():
    members = [np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])]
    found = membership_hashes(members)
    assert len(np.unique(found)) == 4
    assert len(np.unique(combine(found, found[::-1]))) == 4


def test_speed():
    numeric, y = np.random.default_rng(0).normal(size=(200_000, 30)), np.zeros(200_000)
    start = time.process_time()
    content_hash(table(numeric), y)
    assert time.process_time() - start < 5 * 0.03
