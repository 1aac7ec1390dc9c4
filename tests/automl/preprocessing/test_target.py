from __future__ import annotations

import numpy as np
import pytest

from automl.preprocessing import TargetTransform

RNG = np.random.default_rng(0)
TARGETS = {
    "normal": RNG.normal(5, 2, 300),
    "heavy": np.exp(4 * RNG.normal(size=300)),
    "signed": RNG.standard_cauchy(300),
    "few": RNG.integers(0, 3, 300).astype(float),
    "large": 1e12 + RNG.normal(size=300),
    "constant": np.full(10, 2.5),
    "one": np.array([3.0]),
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("kind", ["standard", "log", "quantile"])
def test_round_trip(kind: str, name: str) -> None:
    y = TARGETS[name]
    transform = TargetTransform(kind)
    z = transform.fit_transform(y, None)
    assert np.isfinite(z).all()
    np.testing.assert_allclose(transform.transform(y), z)
    # 500 knots of a quantile transform are exact for up to 500 targets.
    np.testing.assert_allclose(transform.inverse(z), y, rtol=1e-6, atol=1e-6 * np.ptp(y))


@pytest.mark.parametrize("kind", ["standard", "log", "quantile"])
def test_scale_and_order(kind: str) -> None:
    y = TARGETS["heavy"]
    z = TargetTransform(kind).fit_transform(y, None)
    assert abs(z.mean()) < 1e-9
    assert abs(z.std() - 1) < 1e-9
    assert (np.diff(z[np.argsort(y)]) >= -1e-12).all()


@pytest.mark.parametrize("kind", ["standard", "log", "quantile"])
def test_predictions_are_finite_and_held_near_the_training_targets(kind: str) -> None:
    transform = TargetTransform(kind)
    transform.fit_transform(np.array([0.0, 1.0, 2.0]), None)
    y = transform.inverse(np.array([-np.inf, -1e300, 0.0, 1e300, np.inf, np.nan]))
    assert np.isfinite(y).all()
    assert y.min() >= -2.0
    assert y.max() <= 4.0


def test_log_and_quantile_tame_heavy_tails() -> None:
    y = TARGETS["heavy"]
    largest = {kind: TargetTransform(kind).fit_transform(y, None).max() for kind in ("standard", "log", "quantile")}
    assert largest["log"] < 4 < largest["standard"]
    assert largest["quantile"] < 4


def test_weights_count_as_repeated_rows() -> None:
    y, times = RNG.normal(size=30), RNG.integers(1, 4, 30)
    weighted = TargetTransform("standard").fit_transform(y, times.astype(float))
    repeated = TargetTransform("standard").fit_transform(np.repeat(y, times), None)
    np.testing.assert_allclose(np.repeat(weighted, times), repeated)
