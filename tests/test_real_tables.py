from __future__ import annotations

import pandas as pd
import pytest
import real_tables

SIZES = {
    "credit-g": (1000, 20, 13, 0),
    "colic": (368, 22, 15, 1927),
    "hepatitis": (155, 19, 13, 167),
    "glass": (214, 9, 0, 0),
    "autompg": (398, 7, 3, 6),
    "cholesterol": (303, 13, 7, 6),
}


def test_every_table_of_the_catalog_is_known_here():
    assert set(real_tables.NAMES) == set(SIZES)


@pytest.mark.parametrize("name", real_tables.NAMES)
def test_table_has_the_size_the_categories_and_the_missing_cells_of_its_source(name):
    X, y = real_tables.load_table(name)
    n_categorical = sum(isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes)
    assert (*X.shape, n_categorical, int(X.isna().sum().sum())) == SIZES[name]
    assert len(y) == len(X)
    assert not y.isna().any()


def test_the_tables_stay_small():
    assert sum(path.stat().st_size for path in real_tables.FOLDER.iterdir()) < 300_000
