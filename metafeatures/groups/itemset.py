"""How often values, and pairs of values of two columns, occur; numeric columns as equal-frequency bins."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from metafeatures.arrays import FloatArray
from metafeatures.feature import Feature, UndefinedError
from metafeatures.intermediates import Intermediates

MAX_ITEMS = 2_000


def item_share(t: Intermediates) -> FloatArray:
    """Share of the rows with each value of each discrete column."""
    counts = (np.bincount(codes[codes >= 0]) for codes in t.discrete.T)
    return np.concatenate([c[c > 0] / len(t.discrete) for c in counts])


def either_item_share(t: Intermediates) -> FloatArray:
    """Share of the rows with exactly one of two values, for all pairs of values of two columns.

    Of more than 2,000 values in all the most frequent take part.
    """
    codes = t.discrete
    widths = codes.max(axis=0, initial=-1) + 1
    offsets = np.concatenate([[0], np.cumsum(widths)[:-1]])
    rows, columns = np.nonzero(codes >= 0)
    items = codes[rows, columns] + offsets[columns]
    counts = np.bincount(items, minlength=int(widths.sum()))
    kept = np.sort(np.argsort(-counts, kind="stable")[:MAX_ITEMS])
    kept = kept[counts[kept] > 0]
    place = np.full(len(counts), -1)
    place[kept] = np.arange(len(kept))
    used = place[items] >= 0
    shape = (len(codes), len(kept))
    matrix = csr_array((np.ones(int(used.sum())), (rows[used], place[items[used]])), shape=shape)
    both = (matrix.T @ matrix).toarray()
    column = np.repeat(np.arange(len(widths)), widths)[kept]
    first, second = np.nonzero(column[:, None] < column)
    if first.size == 0:
        raise UndefinedError("fewer than two columns")
    return np.asarray((counts[kept][first] + counts[kept][second] - 2.0 * both[first, second]) / len(codes))


SONG = "Song et al., Automatic recommendation of classification algorithms, Pattern Recognition 2012"

FEATURES = [
    Feature(item_share, SONG, "sort", "item", ("columns",)),
    Feature(either_item_share, SONG, "sort", "item pair", ("columns",)),
]
