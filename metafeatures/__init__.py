"""Meta-features: the numbers by which a table, and past tasks like it, are found again.

>>> import numpy as np, metafeatures
>>> X, y = np.eye(6), [0, 0, 0, 1, 1, 1]
>>> metafeatures.extract(X, y).values["minority_class_share"]
0.5
"""

from metafeatures.extraction import extract
from metafeatures.registry import VERSION, describe, names
from metafeatures.result import MetaFeatures
from metafeatures.sampling import RowLimits

__all__ = ["VERSION", "MetaFeatures", "RowLimits", "describe", "extract", "names"]
