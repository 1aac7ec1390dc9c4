"""What a column is, decided once at fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from automl.encoding.categories import CategoryEncoder, IdentifierEncoder
from automl.encoding.columns import (
    NULL_WORDS,
    Column,
    Floats,
    Labels,
    Moments,
    Numbers,
    even_sample,
    text_numbers,
    to_numbers,
)
from automl.encoding.dates import DateEncoder, guess_format, seconds_in
from automl.encoding.text import TextEncoder

Kind = Literal["numeric", "boolean", "categorical", "identifier", "text", "datetime"]
# Share of the cells that must be numbers for a column of texts to be numeric; the rest counts as missing.
_NUMERIC_SHARE = 0.95
# Up to so many distinct texts a column is a set of categories whatever the texts are.
_FEW = 40
# Texts of two words and more are read as text where at least so large a share of the rows is distinct.
_TEXT_SHARE, _WORDS = 0.1, 2.0
# Texts of which a larger share is distinct name the row rather than put it into a category.
_IDENTIFIER_SHARE = 0.5
_LEADING_ZERO = re.compile(r"^[+-]?0\d")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass
class NumberEncoder:
    """Frozen encoder of numbers that arrived as something else."""

    def encode(self, column: Column) -> Floats:
        """Give the numbers, shape (n_rows,); NaN where a cell is none or infinite."""
        values = np.asarray(to_numbers(column), dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)


Encoder = NumberEncoder | CategoryEncoder | IdentifierEncoder | TextEncoder | DateEncoder


@dataclass(frozen=True)
class Dropped:
    """A column that tells nothing, and why."""

    reason: str


def choose(column: Column) -> tuple[Kind, Encoder] | Dropped:
    """Decide the kind of a column outside the plain matrix and fit its encoder."""
    if isinstance(column, Moments):
        return _choose_dates(column, "ISO8601")
    if isinstance(column, Numbers):
        values = NumberEncoder().encode(column)
        reason = _uninformative(values)
        return Dropped(reason) if reason else ("boolean" if column.is_boolean else "numeric", NumberEncoder())
    counts = column.counts
    n_distinct = int((counts > 0).sum())
    if n_distinct == 0:
        return Dropped("all missing")
    if n_distinct == 1 and counts.sum() == len(column.codes):
        return Dropped("constant")
    if column.declared:
        return "categorical", CategoryEncoder.fit(column)
    if _are_numbers(column):
        return choose(Numbers(to_numbers(column)))
    date_format = guess_format(column)
    if date_format is not None:
        return _choose_dates(column, date_format)
    return _choose_texts(column, n_distinct)


def _uninformative(values: Floats) -> str | None:
    missing = np.isnan(values)
    if missing.all():
        return "all missing"
    if not missing.any() and (values == values[0]).all():
        return "constant"
    return None


def _choose_dates(column: Column, date_format: str) -> tuple[Kind, Encoder] | Dropped:
    reason = _uninformative(seconds_in(column, date_format))
    return Dropped(reason) if reason else ("datetime", DateEncoder.fit(column, date_format))


def _are_numbers(column: Labels) -> bool:
    """Whether nearly all cells are numbers; texts such as "007" are names."""
    counts = column.counts
    real = np.asarray([text.lower() not in NULL_WORDS for text in column.texts])
    finite = np.isfinite(text_numbers(column.texts))
    if not finite.any() or counts[finite & real].sum() < _NUMERIC_SHARE * counts[real].sum():
        return False
    return not any(_LEADING_ZERO.match(text) and "." not in text for text in column.texts)


def _choose_texts(column: Labels, n_distinct: int) -> tuple[Kind, Encoder] | Dropped:
    share = n_distinct / int(column.counts.sum())
    if n_distinct <= _FEW:
        return "categorical", CategoryEncoder.fit(column)
    looked_at = even_sample(column.texts, 1000)
    words = sum(len(_WORD.findall(text)) for text in looked_at) / len(looked_at)
    if share >= _TEXT_SHARE and words >= _WORDS:
        encoder = TextEncoder.fit(column)
        if encoder is not None:
            return "text", encoder
    if share <= _IDENTIFIER_SHARE:
        return "categorical", CategoryEncoder.fit(column)
    identifier = IdentifierEncoder.fit(column)
    return ("identifier", identifier) if identifier.counts else Dropped("identifier that never repeats")
