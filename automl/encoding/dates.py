"""Columns of dates: their parts as numbers, and texts that are dates."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from automl.encoding.columns import NULL_WORDS, Column, Floats, Labels, Moments, Numbers, even_sample, seconds_of

PARTS = ("total_seconds", "year", "month", "day", "weekday", "hour")
# Cheap test before any parsing: three groups of digits, or digits around the name of a month.
_DATE_LIKE = re.compile(
    r"^\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
    r"|\d{1,2}[ .-]*[A-Za-z]{3,9}\.?[ ,.-]*\d{2,4}"
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{2,4})"
)
_N_LOOKED_AT = 500
# Share of the texts that must be dates for a column to be one; the rest counts as missing.
_SHARE = 0.95
# Numbers farther from 1970 than this (30 million years) are no dates.
_FARTHEST_S = 1e15


def date_parts(seconds: Floats) -> Floats:
    """Split moments into `PARTS`, shape (n_rows, 6), in UTC; rows of NaN where missing.

    Examples
    --------
    >>> date_parts(np.array([86400.0 * 31 + 3600])).tolist()  # Sunday 1970-02-01, 01:00
    [[2682000.0, 1970.0, 2.0, 1.0, 6.0, 1.0]]
    """
    whole_days = np.floor(seconds / 86400)
    day_codes, days = pd.factorize(whole_days)  # the calendar is slow: once per day, not per row
    dates = days.astype(np.int64).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    calendar = np.full((len(days) + 1, 4), np.nan)
    calendar[:-1, 0] = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    calendar[:-1, 1] = months.astype(np.int64) % 12 + 1
    calendar[:-1, 2] = (dates - months.astype(dates.dtype)).astype(np.int64) + 1
    calendar[:-1, 3] = (days + 3) % 7  # day 0 was a Thursday; Monday is 0
    hours = np.floor((seconds - whole_days * 86400) / 3600)
    return np.column_stack([seconds, calendar[day_codes], hours])


def guess_format(column: Labels) -> str | None:
    """Find the format in which nearly all texts of a column are dates; None if there is none.

    Day before month or month before day is told by what parses more of the texts, month first when both do.
    """
    if not any(_DATE_LIKE.match(text) for text in column.texts[:20]):
        return None
    texts = even_sample([text for text in column.texts if text.lower() not in NULL_WORDS], _N_LOOKED_AT)
    if sum(_DATE_LIKE.match(text) is not None for text in texts) < _SHARE * len(texts):
        return None
    candidates = {"ISO8601": 0.0}
    for text in even_sample(texts, 20):
        for day_first in (False, True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # tells of the day that comes first; both are tried
                found = guess_datetime_format(text, dayfirst=day_first)
            if found is not None:
                candidates.setdefault(found, 0.0)
    for candidate in candidates:
        candidates[candidate] = float(np.mean(~np.isnan(parse_dates(texts, candidate))))
    best = max(candidates, key=candidates.__getitem__)
    return best if candidates[best] >= _SHARE else None


def parse_dates(texts: list[str], date_format: str) -> Floats:
    """Parse texts as dates, in seconds since 1970 UTC; NaN where a text is none."""
    stamps = pd.to_datetime(pd.Series(texts, dtype=object), format=date_format, errors="coerce", utc=True)
    return seconds_of(stamps)


@dataclass
class DateEncoder:
    """Frozen encoder of one date column.

    `kept` holds the places in `PARTS` that varied over the rows of fit.
    """

    date_format: str
    kept: tuple[int, ...]

    @classmethod
    def fit(cls, column: Column, date_format: str = "ISO8601") -> DateEncoder:
        """Choose the parts that vary."""
        parts = date_parts(seconds_in(column, date_format))
        present = parts[~np.isnan(parts[:, 0])]
        varies = present.min(axis=0) < present.max(axis=0) if len(present) else np.zeros(len(PARTS), dtype=bool)
        return cls(date_format, tuple(np.flatnonzero(varies).tolist()) or (0,))

    @property
    def suffixes(self) -> list[str]:
        """Names of the columns that `encode` gives."""
        return [PARTS[place] for place in self.kept]

    def encode(self, column: Column) -> Floats:
        """Give the kept parts, shape (n_rows, n_kept)."""
        return date_parts(seconds_in(column, self.date_format))[:, list(self.kept)]


def seconds_in(column: Column, date_format: str) -> Floats:
    """Read any column as moments, in seconds since 1970 UTC; NaN where a cell is none."""
    if isinstance(column, Moments):
        return column.seconds
    if isinstance(column, Numbers):  # seconds since 1970
        seconds = np.asarray(column.numbers, dtype=np.float64)
        return np.where(np.abs(seconds) < _FARTHEST_S, seconds, np.nan)
    per_text = parse_dates(column.texts, date_format)
    if date_format != "ISO8601" and np.isnan(per_text).any():
        per_text = np.where(np.isnan(per_text), parse_dates(column.texts, "ISO8601"), per_text)
    return column.spread(per_text, np.nan)
