from __future__ import annotations

import numpy as np
import pytest

from automl.preprocessing.categorical import CodesEncoder, OneHot, TargetMeans


def codes_of(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)[:, None]


def test_the_most_frequent_categories_get_columns_and_the_rest_share_one() -> None:
    codes = codes_of(0, 0, 0, 1, 1, 2, 3, -1)
    encoder = OneHot(2).fit((6,), codes, None)
    encoded = encoder.transform(codes_of(0, 1, 2, 3, 5, -1)).toarray()
    np.testing.assert_array_equal(encoded, np.eye(3)[[1, 2, 0, 0, 0, 0]])


def test_weights_decide_which_categories_are_frequent() -> None:
    encoder = OneHot(1).fit((2,), codes_of(0, 0, 1), np.array([1.0, 1.0, 9.0]))
    np.testing.assert_array_equal(encoder.transform(codes_of(0, 1)).toarray(), [[1, 0], [0, 1]])


def test_target_means_shrink_towards_the_overall_mean() -> None:
    codes, y = codes_of(0, 0, 1, 1, 1, 1), np.array([1.0, 3.0, 10.0, 10.0, 10.0, 10.0])
    means = TargetMeans(0, seed=0, smoothing=2.0)
    means.fit_transform((3,), codes, y, None)
    overall = y.mean()
    expected = [(4 + 2 * overall) / 4, (40 + 2 * overall) / 6, overall, overall]
    np.testing.assert_allclose(means.transform(codes_of(0, 1, 2, -1)).ravel(), expected)


def test_a_training_row_does_not_see_its_own_target() -> None:
    rng = np.random.default_rng(0)
    codes, y = np.arange(500, dtype=np.int32)[:, None], rng.normal(size=500)
    encoded = TargetMeans(0, seed=0).fit_transform((500,), codes, y, None)
    # Each category occurs once: an encoding by its own row would follow the target exactly.
    assert abs(np.corrcoef(encoded.ravel(), y)[0, 1]) < 0.2


def test_target_means_take_weights_as_repeated_rows() -> None:
    codes, y, times = codes_of(0, 1, 1, 2), np.array([0, 1, 0, 1]), np.array([1, 3, 2, 1])
    weighted, repeated = TargetMeans(2, seed=0), TargetMeans(2, seed=0)
    weighted.fit_transform((3,), codes, y, times.astype(float))
    repeated.fit_transform((3,), np.repeat(codes, times, axis=0), np.repeat(y, times), None)
    np.testing.assert_allclose(weighted.transform(codes), repeated.transform(codes))


@pytest.mark.parametrize(("n_classes", "n_outputs"), [(0, 1), (2, 1), (4, 4)])
def test_one_output_per_class_past_two(n_classes: int, n_outputs: int) -> None:
    y = np.arange(8) % n_classes if n_classes else np.arange(8.0)
    codes = np.zeros((8, 3), dtype=np.int32)
    assert TargetMeans(n_classes, seed=0).fit_transform((1, 1, 1), codes, y, None).shape == (8, 3 * n_outputs)


def test_a_wide_column_is_encoded_both_ways() -> None:
    codes = np.column_stack([np.arange(40) % 3, np.arange(40)]).astype(np.int32)
    encoder = CodesEncoder("onehot", 5, 2, 0)
    numbers, asis = encoder.fit_transform((3, 40), codes, np.arange(40) % 2, None)
    assert numbers.shape == (40, 1)
    assert asis.shape == (40, 4 + 6)
