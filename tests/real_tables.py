"""The small real tables of tests/data, with their categories as pandas categories."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "data"
CATALOG = pd.read_csv(FOLDER / "catalog.csv", index_col="name", keep_default_na=False)
NAMES = tuple(CATALOG.index)


def load_table(name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Give X with its category columns, and y: categories for classification, float64 for regression."""
    entry = CATALOG.loc[name]
    table = pd.read_csv(FOLDER / f"{name}.csv")
    y = table.pop(entry["target"])
    X = table.astype(dict.fromkeys(entry["categorical"].split(), "category"))
    return X, y.astype("float64" if entry["task"] == "regression" else "category")
