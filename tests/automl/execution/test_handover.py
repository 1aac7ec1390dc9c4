"""An evaluator arrives whole, with its arrays mapped."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl.execution.handover import dump, load
from automl.trial import Outcome, Status, Trial


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        return Outcome(Status.OK, 0.0, 0.1)


def hand_over(held: Any, folder: Path) -> Any:
    dump(Holder(held), folder)
    return load(folder).held  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
        np.arange(10)[::3],
        np.array([1, "a", None], dtype=object),
        np.array(["a", "long"]),
        np.empty((0, 4)),
        np.array([True]),
        np.array("2020-01-01", dtype="datetime64[D]"),
    ],
    ids=str,
)
def test_arrays_of_any_kind(array: np.ndarray[Any, Any], tmp_path: Path) -> None:
    found = hand_over({"array": array, "again": [array]}, tmp_path)
    np.testing.assert_array_equal(found["array"], array)
    assert found["array"].dtype == array.dtype
    assert found["again"][0] is found["array"]


def test_contiguous_arrays_are_read_only_views_of_the_mapped_file(tmp_path: Path) -> None:
    found = hand_over([np.arange(5.0), np.arange(3, dtype=np.int8), np.ones((4, 4), order="F")], tmp_path)
    for array in found:
        assert not array.flags.writeable
        assert array.ctypes.data % 64 == 0
        root = array
        while isinstance(root, np.ndarray):
            root = root.base
        assert isinstance(memoryview(root).obj, mmap.mmap)
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 1.0


def test_frames_and_sparse_matrices(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"], "c": pd.Categorical(["u", "v"])})
    matrix = sparse.csr_array(np.eye(4))
    found_frame, found_matrix = hand_over((frame, matrix), tmp_path)
    pd.testing.assert_frame_equal(found_frame, frame)
    assert (found_matrix != matrix).nnz == 0


def test_nothing_to_map(tmp_path: Path) -> None:
    assert hand_over("no arrays", tmp_path) == "no arrays"


def test_closures(tmp_path: Path) -> None:
    offset = 3
    assert hand_over(lambda value: value + offset, tmp_path)(4) == 7


def test_what_cannot_be_pickled_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"cannot be sent to worker processes .*generator.*top level"):
        dump(Holder(each for each in ()), tmp_path)
