"""Tables that several tests look at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metafeatures.intermediates import Intermediates
from metafeatures.sampling import RowLimits
from metafeatures.tabular import make_table


def shared(X: object, y: object, task: str = "auto", codes: object = None, limits: RowLimits | None = None):
    """Intermediates of a table."""
    table = make_table(X, y, categorical=codes, task=task)
    return Intermediates(table, limits or RowLimits(), random_state=0)


def blobs(n_classes: int = 3, rows: int = 40, apart: float = 6.0, width: int = 3, seed: int = 0):
    """Round classes whose centres lie `apart` on a line."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(n_classes), rows)
    X = rng.normal(size=(len(y), width))
    X[:, 0] += apart * y
    return X, y


def mixed(rows: int = 200, seed: int = 0):
    """Two numeric columns with holes, two categorical ones."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.lognormal(size=rows)})
    X["c"] = rng.choice(["x", "y", "z"], rows)
    X["d"] = rng.random(rows) < 0.3
    y = (X["a"] + (X["c"] == "x") + 0.3 * rng.normal(size=rows) > 0).astype(int).to_numpy()
    X.loc[::9, "a"] = np.nan
    X.loc[::7, "c"] = None
    return X, y
