"""Landmarkers: fold scores of simple learners in ten-fold cross-validation.

Classification is scored by accuracy on stratified folds in the order of the rows, regression by R² held to [-1, 1]
on shuffled folds. Where there are fewer than ten rows, or no class has ten, there are as many folds as that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from metafeatures.arrays import FloatArray, IntArray
from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.intermediates import Intermediates

N_FOLDS = 10
# A tree of rows excludes hardly any of them by their distance in more columns than these.
MAX_TREE_COLUMNS = 15
TargetArray = FloatArray | IntArray


class Fold(NamedTuple):
    """Rows to fit on and rows to score."""

    train: IntArray
    test: IntArray


def folds_of(t: Intermediates) -> list[Fold]:
    """Split the model sample."""
    from sklearn.model_selection import KFold, StratifiedKFold

    target = t.model_sample.target
    if t.is_classification:
        n_folds = min(N_FOLDS, int(np.bincount(target).max()))
        splitter = StratifiedKFold(n_folds) if n_folds > 1 else None
    else:
        n_folds = min(N_FOLDS, len(target))
        splitter = KFold(n_folds, shuffle=True, random_state=t.random_state) if n_folds > 1 else None
    if splitter is None:
        raise UndefinedError("too few rows to cross-validate")
    return [Fold(train, test) for train, test in splitter.split(t.model_matrix, target)]


def importance_order(t: Intermediates) -> list[IntArray]:
    """Columns of each fold from the least to the most important in a full decision tree."""
    x, y = t.model_matrix.astype(np.float32), t.model_sample.target
    orders: list[IntArray] = []
    for fold in t.once(folds_of):
        t.check_time()
        tree = _tree(t, None).fit(x[fold.train], y[fold.train], check_input=False)
        orders.append(np.argsort(tree.feature_importances_))
    return orders


def best_node(t: Intermediates) -> FloatArray:
    """Score of a decision tree of depth 1."""
    return _cross_validate(t, partial(_stump, t))


def random_node(t: Intermediates) -> FloatArray:
    """Score of a decision tree of depth 1 on one column drawn at random."""
    column = int(t.rng(20).integers(t.model_matrix.shape[1]))
    return _cross_validate(t, partial(_stump, t), [column] * len(t.once(folds_of)))


def worst_node(t: Intermediates) -> FloatArray:
    """Score of a decision tree of depth 1 on the column least important in a full tree."""
    return _cross_validate(t, partial(_stump, t), [int(order[0]) for order in t.once(importance_order)])


def linear(t: Intermediates) -> FloatArray:
    """Score of linear discriminant analysis; of linear regression for a numeric target."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LinearRegression

    model = LinearDiscriminantAnalysis() if t.is_classification else LinearRegression()
    return _cross_validate(t, partial(_fit_predict, model))


def naive_bayes(t: Intermediates) -> FloatArray:
    """Score of Gaussian naive Bayes."""
    from sklearn.naive_bayes import GaussianNB

    return _cross_validate(t, partial(_fit_predict, GaussianNB()))


def nearest_neighbour(t: Intermediates) -> FloatArray:
    """Score of the nearest neighbour by Euclidean distance on the columns as they are."""
    return _cross_validate(t, partial(_fit_predict, _neighbour(t, t.model_matrix.shape[1])))


def elite_nearest_neighbour(t: Intermediates) -> FloatArray:
    """Score of the nearest neighbour on the column most important in a full tree."""
    columns = [int(order[-1]) for order in t.once(importance_order)]
    return _cross_validate(t, partial(_fit_predict, _neighbour(t, 1)), columns)


def _tree(t: Intermediates, depth: int | None) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if t.is_classification else DecisionTreeRegressor
    return kind(max_depth=depth, random_state=t.random_state)


def _neighbour(t: Intermediates, n_columns: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    kind = KNeighborsClassifier if t.is_classification else KNeighborsRegressor
    return kind(n_neighbors=1, algorithm="kd_tree" if n_columns <= MAX_TREE_COLUMNS else "brute")


def _stump(t: Intermediates, x: FloatArray, y: TargetArray, test: FloatArray) -> TargetArray:
    """Prediction of a decision tree of depth 1; the checks of its input would take longer than the tree."""
    tree = _tree(t, 1).fit(x.astype(np.float32), y, check_input=False)
    return np.asarray(tree.predict(test.astype(np.float32), check_input=False))


def _fit_predict(model: Any, x: FloatArray, y: TargetArray, test: FloatArray) -> TargetArray:
    return np.asarray(model.fit(x, y).predict(test))


def _cross_validate(
    t: Intermediates,
    predict: Callable[[FloatArray, TargetArray, FloatArray], TargetArray],
    column: list[int] | None = None,
) -> FloatArray:
    """Score on each fold, on all columns or on one per fold."""
    import sklearn

    x, y = t.model_matrix, t.model_sample.target
    scores = []
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for index, (train, test) in enumerate(t.once(folds_of)):
            t.check_time()
            used = x if column is None else x[:, column[index], None]
            try:
                predicted = predict(used[train], y[train], used[test])
            except (ValueError, IndexError, np.linalg.LinAlgError) as error:
                raise UndefinedError(f"a fold cannot be fitted: {error}") from error
            scores.append(_accuracy(y[test], predicted) if t.is_classification else _r2(y[test], predicted))
    return np.array(scores)


def _accuracy(target: TargetArray, predicted: TargetArray) -> float:
    return float(np.mean(predicted == target))


def _r2(target: TargetArray, predicted: TargetArray) -> float:
    total = float(np.square(target - target.mean()).sum())
    return float(np.clip(1.0 - np.square(target - predicted).sum() / total, -1.0, 1.0)) if total > 0 else np.nan


PFAHRINGER = "Pfahringer et al., Meta-learning by landmarking various learning algorithms, ICML 2000"
BENSUSAN = "Bensusan and Giraud-Carrier, Discovering task neighbourhoods through landmark performances, PKDD 2000"
_ROWS: tuple[Need, ...] = ("columns", "two rows")

FEATURES = [
    Feature(best_node, BENSUSAN, "model", "fold", _ROWS),
    Feature(random_node, BENSUSAN, "model", "fold", _ROWS),
    Feature(linear, PFAHRINGER, "model", "fold", _ROWS),
    Feature(naive_bayes, PFAHRINGER, "model", "fold", ("classification", *_ROWS)),
    Feature(nearest_neighbour, BENSUSAN, "model", "fold", _ROWS),
    Feature(worst_node, BENSUSAN, "model", "fold", _ROWS),
    Feature(elite_nearest_neighbour, BENSUSAN, "model", "fold", _ROWS),
]
