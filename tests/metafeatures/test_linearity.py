"""Linear classes against classes that no line divides."""

from __future__ import annotations

import numpy as np
from metafeatures_tables import blobs, shared

from metafeatures.groups import linearity

ALL = (linearity.linear_error, linearity.linear_error_distance, linearity.linear_nonlinearity)


def test_separate_classes_have_no_error() -> None:
    t = shared(*blobs(3, apart=12.0))
    for feature in ALL:
        assert feature(t).tolist() == [0.0, 0.0, 0.0]


def test_exclusive_or_is_not_linear() -> None:
    X = np.random.default_rng(0).uniform(-1, 1, size=(400, 2))
    t = shared(X, (X[:, 0] > 0) != (X[:, 1] > 0))
    assert linearity.linear_error(t)[0] > 0.25
    assert linearity.linear_error_distance(t)[0] > 0.1
    assert linearity.linear_nonlinearity(t)[0] > 0.2


def test_scale_does_not_matter() -> None:
    X, y = blobs(2, apart=1.0)
    np.testing.assert_allclose(
        linearity.linear_error(shared(X * [1e6, 1, 1e-6], y)), linearity.linear_error(shared(X, y)), atol=0.02
    )
