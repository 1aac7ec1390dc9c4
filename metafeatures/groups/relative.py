"""Relative landmarkers: how each landmarker stands among the others on the same table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

from metafeatures.arrays import FloatArray
from metafeatures.feature import Feature, UndefinedError
from metafeatures.groups import landmarking
from metafeatures.intermediates import Intermediates


def landmark_scores(t: Intermediates) -> dict[str, FloatArray]:
    """Fold scores of the landmarkers that the table can have, by name."""
    usable = (feature for feature in landmarking.FEATURES if feature.unmet(t) is None)
    return {feature.name: np.asarray(t.once(feature.compute), dtype=np.float64) for feature in usable}


def _ranking(landmark: Feature, summary: str, of: Callable[[FloatArray], float]) -> Feature:
    def rank(t: Intermediates) -> float:
        scores = {name: of(folds[np.isfinite(folds)]) for name, folds in t.once(landmark_scores).items()}
        if landmark.name not in scores or not np.isfinite(scores[landmark.name]):
            raise UndefinedError("the landmarker has no score")
        names = [name for name, value in scores.items() if np.isfinite(value)]
        return float(rankdata([scores[name] for name in names])[names.index(landmark.name)])

    rank.__name__ = f"{landmark.name}_{summary}_rank"
    rank.__doc__ = f"Rank of the {summary} of {landmark.name} among the landmarkers; 1 is the lowest, ties share."
    return Feature(rank, FURNKRANZ, "model", needs=landmark.needs)


def _mean(folds: FloatArray) -> float:
    return float(folds.mean()) if folds.size else np.nan


def _sd(folds: FloatArray) -> float:
    return float(folds.std(ddof=1)) if folds.size > 1 else np.nan


FURNKRANZ = "Fürnkranz and Petrak, An evaluation of landmarking variants, IDDM 2001"

FEATURES = [
    _ranking(landmark, summary, of)
    for summary, of in (("mean", _mean), ("sd", _sd))
    for landmark in landmarking.FEATURES
]
