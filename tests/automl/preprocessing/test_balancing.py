from __future__ import annotations

import numpy as np

from automl.preprocessing import balanced_weights


def test_classes_weigh_the_same_and_the_sum_stays() -> None:
    y, weight = np.array([0, 0, 0, 2, 2, 3]), np.array([1.0, 2.0, 3.0, 1.0, 1.0, 0.5])
    balanced = balanced_weights(y, weight)
    np.testing.assert_allclose([balanced[y == k].sum() for k in (0, 2, 3)], weight.sum() / 3)
    # Inside a class the given weights keep their proportion.
    np.testing.assert_allclose(balanced[:3] / balanced[0], [1, 2, 3])
