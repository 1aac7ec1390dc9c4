"""Cheap landmarkers: how well simple learners do on at most 1,000 rows.

Classification is scored by accuracy, regression by R² held to [-1, 1]. All but the stump leave one row out,
in closed form; the stump is cross-validated.
"""

from __future__ import annotations

import numpy as np

from metafeatures import loo
from metafeatures.arrays import FloatArray, IntArray
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates

N_FOLDS = 3
EXPLAINED = 0.95


def subsample_nearest_neighbour(t: Intermediates) -> float:
    """Leave-one-out score of the nearest neighbour on standardised columns."""
    target = t.subsample.target
    return _score(t, target[loo.nearest_neighbour(t.subsample_matrix)])


def subsample_linear(t: Intermediates) -> float:
    """Leave-one-out score of ridge regression (penalty 1), on class indicators for classification."""
    target = t.subsample.target
    if not t.is_classification:
        return _score(t, loo.ridge(t.subsample_matrix, target[:, None])[:, 0])
    indicators = (target[:, None] == np.arange(t.n_classes)).astype(np.float64)
    return _score(t, loo.ridge(t.subsample_matrix, indicators).argmax(axis=1))


def subsample_naive_bayes(t: Intermediates) -> float:
    """Leave-one-out score of Gaussian naive Bayes on standardised columns."""
    return _score(t, loo.naive_bayes(t.subsample_matrix, t.subsample.target))


def subsample_stump(t: Intermediates) -> float:
    """Three-fold cross-validated score of a decision tree of depth 1."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    x, y = t.subsample_matrix, t.subsample.target
    kind = DecisionTreeClassifier if t.is_classification else DecisionTreeRegressor
    n_folds = min(N_FOLDS, len(y))
    fold = np.argsort(np.argsort(y, kind="stable"), kind="stable") % n_folds
    predicted = np.empty_like(y)
    for k in range(n_folds):
        train = fold != k
        predicted[~train] = kind(max_depth=1, random_state=t.random_state).fit(x[train], y[train]).predict(x[~train])
    return _score(t, predicted)


def subsample_linear_advantage(t: Intermediates) -> float:
    """Score of the linear landmarker less that of the nearest neighbour."""
    return subsample_linear(t) - subsample_nearest_neighbour(t)


def subsample_principal_share(t: Intermediates) -> float:
    """Share of the principal components of the standardised columns needed for 95 % of the variance."""
    x = t.subsample_matrix
    gram = x.T @ x if x.shape[1] <= x.shape[0] else x @ x.T
    variances = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0)
    needed = int(np.searchsorted(np.cumsum(variances), EXPLAINED * variances.sum())) + 1
    return float(needed / x.shape[1])


def subsample_first_component_share(t: Intermediates) -> float:
    """Share of the variance of the standardised columns on their first principal component."""
    x = t.subsample_matrix
    gram = x.T @ x if x.shape[1] <= x.shape[0] else x @ x.T
    return float(np.linalg.eigvalsh(gram)[-1] / np.trace(gram))


def _score(t: Intermediates, predicted: FloatArray | IntArray) -> float:
    target = t.subsample.target
    if t.is_classification:
        return float(np.mean(predicted == target))
    total = np.square(target - target.mean()).sum()
    return float(np.clip(1.0 - np.square(target - predicted).sum() / total, -1.0, 1.0)) if total > 0 else np.nan


PFAHRINGER = "Pfahringer et al., Meta-learning by landmarking various learning algorithms, ICML 2000"
BENSUSAN = "Bensusan and Giraud-Carrier, Discovering task neighbourhoods through landmark performances, PKDD 2000"
FURNKRANZ = "Fürnkranz and Petrak, An evaluation of landmarking variants, IDDM 2001"
FEURER = "Feurer et al., Initializing Bayesian hyperparameter optimization via meta-learning, AAAI 2015"
_ROWS: tuple[Need, ...] = ("columns", "two rows")

FEATURES = [
    Feature(subsample_nearest_neighbour, BENSUSAN, "model", needs=_ROWS),
    Feature(subsample_linear, PFAHRINGER, "model", needs=_ROWS),
    Feature(subsample_naive_bayes, PFAHRINGER, "model", needs=("classification", *_ROWS)),
    Feature(subsample_stump, FURNKRANZ, "model", needs=_ROWS),
    Feature(subsample_linear_advantage, FURNKRANZ, "model", needs=_ROWS),
    Feature(subsample_principal_share, FEURER, "model", needs=_ROWS),
    Feature(subsample_first_component_share, FEURER, "model", needs=_ROWS),
]
