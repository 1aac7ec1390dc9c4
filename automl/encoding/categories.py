"""Columns of categories: codes that are frozen at fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from automl.encoding.columns import Column, Floats, Labels, to_labels

# More categories than this are neither learned from nor worth the memory: the rarest become -1.
MAX_CATEGORIES = 10_000
Codes = npt.NDArray[np.int32]


@dataclass
class CategoryEncoder:
    """Frozen map from texts to codes 0, 1, ...; -1 for missing and for what fit did not see."""

    codes: dict[str, int]

    @classmethod
    def fit(cls, column: Labels, min_count: int = 1) -> CategoryEncoder:
        """Number the categories that occur: an ordered column keeps its order, others are sorted as text.

        Of more than `MAX_CATEGORIES` the most frequent are kept, and those below `min_count` rows never.
        """
        counts = column.counts
        kept = [place for place in range(len(column.texts)) if counts[place] >= min_count]
        if len(kept) > MAX_CATEGORIES:
            kept = sorted(kept, key=lambda place: (-counts[place], column.texts[place]))[:MAX_CATEGORIES]
        kept.sort(key=None if column.ordered else column.texts.__getitem__)
        return cls({column.texts[place]: code for code, place in enumerate(kept)})

    def encode(self, column: Column) -> Codes:
        """Give the codes, shape (n_rows,)."""
        found = to_labels(column)
        per_text = np.asarray([self.codes.get(text, -1) for text in found.texts], dtype=np.int32)
        return found.spread(per_text, -1)


@dataclass
class IdentifierEncoder:
    """Frozen encoder of a column of names that seldom repeat: codes of those that do, and how often they do."""

    categories: CategoryEncoder
    counts: dict[str, int]

    @classmethod
    def fit(cls, column: Labels) -> IdentifierEncoder:
        """Keep the names that occur at least twice."""
        counts = column.counts
        repeated = {text: int(n) for text, n in zip(column.texts, counts, strict=True) if n > 1}
        return cls(CategoryEncoder.fit(column, min_count=2), repeated)

    def encode(self, column: Column) -> Codes:
        """Give the codes, shape (n_rows,)."""
        return self.categories.encode(column)

    def frequencies(self, column: Column) -> Floats:
        """Rows of fit with the same name, at least 1, so that new names look like those seen once; NaN if missing."""
        found = to_labels(column)
        per_text = np.asarray([self.counts.get(text, 1) for text in found.texts], dtype=np.float64)
        return found.spread(per_text, np.nan)
