"""Principal components and the imbalance index."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared
from sklearn.decomposition import PCA

from metafeatures.feature import UndefinedError
from metafeatures.groups import dimensionality


@pytest.mark.parametrize("shape", [(80, 6), (10, 40)])
def test_as_many_components_as_sklearn(shape: tuple[int, int]) -> None:
    X = np.random.default_rng(0).normal(size=shape) * np.linspace(1, 5, shape[1])
    t = shared(X, np.arange(shape[0]) % 2)
    expected = len(PCA(0.95).fit(X).explained_variance_)
    assert dimensionality.principal_components_per_column(t) == expected / shape[1]
    assert dimensionality.principal_components_per_row(t) == expected / shape[0]
    assert dimensionality.design_columns_per_row(t) == shape[1] / shape[0]


def test_constant_columns_have_none() -> None:
    with pytest.raises(UndefinedError):
        dimensionality.principal_components_per_column(shared(np.ones((4, 2)), [0, 1] * 2))


def test_imbalance() -> None:
    assert dimensionality.class_imbalance_index(shared(np.eye(6), [0, 1, 2] * 2)) == pytest.approx(0.0)
    # Ratio (1/2) (9/1 + 1/9)
    found = dimensionality.class_imbalance_index(shared(np.eye(10), [0] * 9 + [1]))
    assert found == pytest.approx(1 - 1 / (0.5 * (9 + 1 / 9)))
