"""Columns of free text: latent semantic analysis of their character n-grams.

Source: Deerwester et al., "Indexing by latent semantic analysis", 1990; on dirty categories and short texts see
Cerda and Varoquaux, "Encoding high-cardinality string categorical variables", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from automl.encoding.columns import Column, Floats, Labels, even_sample, to_labels

N_COMPONENTS = 12
# Character n-grams of more text than this take seconds; words are ten times as quick.
_MAX_CHARACTERS = 1_500_000
_N_FITTED = 10_000
_MAX_TERMS = 20_000
_CHUNK = 20_000


@dataclass
class TextEncoder:
    """Frozen encoder of one text column.

    Fitted on distinct texts in sorted order, each once, so that neither the order nor the repetition of rows
    changes the result.
    """

    vectorizer: Any
    components: Floats
    scale: float

    @classmethod
    def fit(cls, column: Labels) -> TextEncoder | None:
        """Learn terms and components; None when the texts share no terms."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        sample = sorted(even_sample(column.texts, _N_FITTED))
        mean_length = sum(map(len, sample)) / len(sample)
        by_characters = mean_length * len(column.texts) <= _MAX_CHARACTERS
        vectorizer = TfidfVectorizer(
            analyzer="char_wb" if by_characters else "word",
            ngram_range=(3, 4) if by_characters else (1, 1),
            min_df=2,
            max_features=_MAX_TERMS,
            sublinear_tf=True,
            dtype=np.float32,
        )
        try:
            matrix = vectorizer.fit_transform(sample)
        except ValueError:  # no term occurs in two texts
            return None
        n_components = min(N_COMPONENTS, min(matrix.shape) - 1)
        if n_components < 1:
            return None
        svd = TruncatedSVD(n_components, random_state=0).fit(matrix)
        spread = float(np.sqrt(svd.explained_variance_.sum()))
        return cls(vectorizer, svd.components_.T.astype(np.float64), spread if spread > 0 else 1.0)

    @property
    def suffixes(self) -> list[str]:
        """Names of the columns that `encode` gives."""
        return [f"text{k}" for k in range(self.components.shape[1])]

    def encode(self, column: Column) -> Floats:
        """Give the components, shape (n_rows, n_components); rows of NaN where missing."""
        found = to_labels(column)
        n_components = self.components.shape[1]
        per_text = np.full((len(found.texts) + 1, n_components), np.nan)
        for start in range(0, len(found.texts), _CHUNK):
            chunk = found.texts[start : start + _CHUNK]
            per_text[start : start + len(chunk)] = self.vectorizer.transform(chunk) @ self.components / self.scale
        return per_text.astype(np.float32).astype(np.float64)[found.codes]
