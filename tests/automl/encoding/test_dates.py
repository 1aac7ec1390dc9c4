"""Parts of dates, and texts that are dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from automl.encoding.columns import Labels, Moments, Numbers, factorised
from automl.encoding.dates import PARTS, DateEncoder, date_parts, guess_format, parse_dates


def test_parts_agree_with_pandas():
    rng = np.random.default_rng(0)
    seconds = np.concatenate([rng.integers(-4_000_000_000, 4_000_000_000, 500) + 0.25, [0.0, -1.0, 86399.0, np.nan]])
    stamps = pd.Series(pd.to_datetime(np.floor(seconds), unit="s"))
    found = date_parts(seconds)
    for place, part in enumerate(PARTS[1:], start=1):
        name = {"weekday": "day_of_week"}.get(part, part)
        assert np.array_equal(found[:, place], getattr(stamps.dt, name).to_numpy(), equal_nan=True), part
    assert np.array_equal(found[:, 0], seconds, equal_nan=True)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("%Y-%m-%d", "2020-02-25"),
        ("%Y-%m-%dT%H:%M:%S", "2020-02-25"),
        ("%Y-%m-%dT%H:%M:%SZ", "2020-02-25"),
        ("%Y/%m/%d", "2020-02-25"),
        ("%d/%m/%Y", "2020-02-25"),
        ("%m/%d/%Y", "2020-02-25"),
        ("%d.%m.%Y %H:%M", "2020-02-25"),
        ("%d %b %Y", "2020-02-25"),
        ("%B %d, %Y", "2020-02-25"),
    ],
)
def test_formats(written, day):
    days = pd.date_range(day, periods=60, freq="11D")
    texts = [stamp.strftime(written) for stamp in days]
    found = guess_format(factorised(np.array(texts, dtype=object)))
    assert found is not None
    assert np.array_equal(parse_dates(texts, found), (days - pd.Timestamp(0)).total_seconds())


def test_mixed_iso_and_words_for_missing():
    column = factorised(np.array(["2020-01-01", "2020-01-02 10:00", "NA", None, "2020-01-03T11:12:13.5"], dtype=object))
    assert guess_format(column) == "ISO8601"


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        "1.2.3 10.0.7",
        "12-34-56 99-99-99",
        "2020-01-01 soon later",
        "12 13",
        "NA",
        "",
        "555-123-4567 555-321-7654",
    ],
)
def test_no_dates(text):
    texts = text.split()
    assert guess_format(Labels(np.arange(len(texts)), texts)) is None


def test_encoder_keeps_what_varies():
    seconds = pd.date_range("2020-01-01", periods=5, freq="D").to_numpy().astype("datetime64[s]").astype(float)
    encoder = DateEncoder.fit(Moments(seconds))
    assert encoder.suffixes == ["total_seconds", "day", "weekday"]
    assert encoder.encode(Moments(seconds)).shape == (5, 3)
    assert np.isnan(encoder.encode(Moments(np.array([np.nan])))).all()


def test_encoder_takes_other_forms():
    seconds = np.array([0.0, 86400.0, 86400.0 * 40])
    encoder = DateEncoder.fit(Moments(seconds), "%d/%m/%Y")
    expected = encoder.encode(Moments(seconds))
    assert np.array_equal(encoder.encode(Numbers(seconds)), expected)
    assert np.array_equal(
        encoder.encode(factorised(np.array(["01/01/1970", "02/01/1970", "1970-02-10"], dtype=object))), expected
    )
    assert np.isnan(encoder.encode(Numbers(np.array([1e300, -np.inf])))).all()
