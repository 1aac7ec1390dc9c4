"""Whatever the cells of a frame hold, it is encoded, and encoded alike the next time."""

from __future__ import annotations

import warnings

import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings

from automl.encoding import TableEncoder

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["1", "2.5", "2020-01-01", "a b c", "?", ""]),
)
SAME = st.sampled_from(
    [
        st.floats(),
        st.integers(-5, 5),
        st.booleans(),
        st.text(max_size=3),
        st.datetimes(),
        st.sampled_from(["1", "2", "x"]),
    ]
)


@st.composite
def frames(draw) -> pd.DataFrame:
    n = draw(st.integers(1, 12))
    columns = {}
    for name in draw(st.lists(st.text(max_size=3), min_size=1, max_size=4, unique=True)):
        cells = CELLS if draw(st.booleans()) else st.one_of(st.none(), draw(SAME))
        values = np.empty(n, dtype=object)
        values[:] = draw(st.lists(cells, min_size=n, max_size=n))
        columns[name] = values
    frame = pd.DataFrame(columns)
    return frame.infer_objects() if draw(st.booleans()) else frame


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames(), frames())
def test_any_frame_makes_a_round_trip(frame, later):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder = TableEncoder()
        table = encoder.fit_transform(frame)
        again = encoder.transform(frame)
        assert np.array_equal(again.numeric, table.numeric, equal_nan=True)
        assert np.array_equal(again.codes, table.codes)
        assert not np.isinf(table.numeric).any()
        assert table.numeric.flags.c_contiguous
        assert len(table) == len(frame)
        assert table.codes.dtype == np.int32
        assert (table.codes < np.array(table.cardinalities, dtype=np.int32)).all() if table.cardinalities else True
        assert len(encoder.kinds) + len(encoder.dropped) == frame.shape[1]
        renamed = later.iloc[:, [k % later.shape[1] for k in range(frame.shape[1])]]
        renamed = renamed.set_axis(frame.columns, axis=1)
        other = encoder.transform(renamed)
        assert other.cardinalities == table.cardinalities
        assert not np.isinf(other.numeric).any()
