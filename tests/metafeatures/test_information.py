"""Entropies and mutual information on tables whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared

from metafeatures.feature import UndefinedError
from metafeatures.groups import information


@pytest.fixture(scope="module")
def t():
    y = np.repeat([0, 1, 2, 3], 25)
    codes = np.column_stack([y, y % 2, np.tile([0, 1, 2, 3, 4], 20), np.zeros(100, int)])
    return shared(np.empty((100, 0)), y, codes=codes)


def test_known_bits(t) -> None:
    assert information.target_entropy(t) == pytest.approx(2.0)
    np.testing.assert_allclose(information.mutual_information(t), [2.0, 1.0, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(information.uncertainty_coefficient(t), [1.0, 0.5, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(information.joint_entropy(t)[:2], [2.0, 2.0])
    np.testing.assert_allclose(information.normalised_column_entropy(t)[:3], 1.0)
    assert np.isnan(information.normalised_column_entropy(t)[3])


def test_totals(t) -> None:
    assert information.equivalent_n_columns(t) == pytest.approx(2.0 / 0.75)
    entropies = 2.0 + 1.0 + np.log2(5)
    assert information.noise_to_signal(t) == pytest.approx((entropies - 3.0) / 3.0)


def test_numeric_column_and_target_take_part_as_bins() -> None:
    x = np.random.default_rng(0).permutation(1_000).astype(float)
    t = shared(x[:, None], x, task="regression")
    assert information.uncertainty_coefficient(t)[0] == pytest.approx(1.0)
    assert information.target_entropy(t) == pytest.approx(np.log2(10))


def test_no_information_is_undefined() -> None:
    t = shared(np.ones((10, 1)), [0, 1] * 5)
    with pytest.raises(UndefinedError, match="no column has mutual information"):
        information.equivalent_n_columns(t)


def test_concentration_is_directed(t) -> None:
    np.testing.assert_allclose(information.target_concentration(t)[:3], [1.0, 1.0, 0.0], atol=1e-9)
    assert len(information.column_concentration(t)) == 12


def test_concentration_of_many_columns_is_sampled() -> None:
    codes = np.random.default_rng(0).integers(0, 3, (50, 20))
    t = shared(np.empty((50, 0)), codes[:, 0], codes=codes)
    assert len(information.column_concentration(t)) == 12 * 11
