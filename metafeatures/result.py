"""What `extract` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class MetaFeatures:
    """Meta-features of one table.

    Attributes
    ----------
    values : Mapping of str to float
        The finite values by name; an array-valued meta-feature appears once per summary, as ``name.summary``.
    missing : Mapping of str to str
        Names that were asked for and have no value, with the reason.
    seconds : Mapping of str to float
        Wall-clock seconds spent per group.
    version : str
        Version of the definitions; values of different versions must not be compared.

    Examples
    --------
    >>> import numpy as np, metafeatures
    >>> X, y = np.arange(8.0).reshape(4, 2), ["a", "a", "b", "b"]
    >>> result = metafeatures.extract(X, y, groups=["simple"])
    >>> result.values["n_rows"], result.missing["numeric_per_categorical"]
    (4.0, 'no categorical columns')
    """

    values: Mapping[str, float]
    missing: Mapping[str, str]
    seconds: Mapping[str, float]
    version: str

    def to_series(self) -> pd.Series[float]:
        """Values as a float64 Series indexed by name, missing ones as NaN."""
        index = [*self.values, *self.missing]
        return pd.Series({name: self.values.get(name, float("nan")) for name in index}, dtype="float64")
