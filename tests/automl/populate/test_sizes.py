from __future__ import annotations

import math

import pytest

from automl.populate.sizes import Sizes, sizes_of

# Of OpenML's tasks 3 (kr-vs-kp), 9985 and 3512 as recorded.
KR_VS_KP = {
    "NumberOfInstances": 3196.0, "NumberOfNumericFeatures": 0.0, "NumberOfSymbolicFeatures": 37.0,
    "MeanNominalAttDistinctValues": 2.027027027027027, "MaxNominalAttDistinctValues": 3.0, "NumberOfMissingValues": 0.0,
}  # fmt: skip
FIRST_ORDER = {
    "NumberOfInstances": 6118.0, "NumberOfNumericFeatures": 51.0, "NumberOfSymbolicFeatures": 1.0,
    "MeanNominalAttDistinctValues": -1.0, "MaxNominalAttDistinctValues": -1.0, "NumberOfMissingValues": 3.0,
}  # fmt: skip
SYNTHETIC_CONTROL = FIRST_ORDER | {"NumberOfNumericFeatures": 60.0, "NumberOfSymbolicFeatures": 2.0}


def test_the_target_is_left_out() -> None:
    assert sizes_of(KR_VS_KP, "binary") == Sizes(3196, 0, 36, 73, 3, has_missing=False)
    assert sizes_of(FIRST_ORDER, "multiclass") == Sizes(6118, 51)
    regression = KR_VS_KP | {"NumberOfNumericFeatures": 9.0, "NumberOfSymbolicFeatures": 0.0}
    assert sizes_of(regression, "regression") == Sizes(3196, 8, has_missing=False)


def test_a_symbolic_column_without_values_is_no_predictor() -> None:
    assert sizes_of(SYNTHETIC_CONTROL, "multiclass") == Sizes(6118, 60)


@pytest.mark.parametrize("name", ["NumberOfInstances", "NumberOfNumericFeatures", "NumberOfSymbolicFeatures"])
@pytest.mark.parametrize("value", [math.nan, None, -3.0])
def test_without_a_count_the_sizes_are_unknown(name: str, value: float | None) -> None:
    qualities = {key: known for key, known in KR_VS_KP.items() if key != name}
    assert sizes_of(qualities | ({} if value is None else {name: value}), "binary") is None


def test_whether_values_are_missing_may_be_unknown() -> None:
    qualities = {key: known for key, known in KR_VS_KP.items() if key != "NumberOfMissingValues"}
    sizes = sizes_of(qualities, "binary")
    assert sizes is not None and sizes.has_missing
