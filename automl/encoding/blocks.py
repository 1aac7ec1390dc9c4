"""The frozen ways from a raw table to the two blocks of a `Table`: one dense, one sparse."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from automl.encoding.categories import CategoryEncoder, IdentifierEncoder
from automl.encoding.columns import Labels
from automl.encoding.containers import RawTable
from automl.encoding.dates import DateEncoder
from automl.encoding.kinds import Dropped, Encoder, Kind, NumberEncoder, choose
from automl.encoding.matrix import clean_csr, copy_columns, matrix_stats, read_only, usable_as_is
from automl.encoding.text import TextEncoder
from automl.table import Table

Array = npt.NDArray[Any]
_LOG = logging.getLogger(__name__)


@dataclass
class Part:
    """One encoded column: its place in the user's table, how it is encoded, and where that goes in the blocks."""

    place: int
    name: str
    encoder: Encoder
    numeric_at: list[int]
    code_at: int | None


@dataclass
class DenseBlocks:
    """Frozen encoding of a table whose numeric block is dense.

    `places` are the columns that were plain numbers at fit and `targets` where each goes in the numeric block.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    numeric_names: list[str] = field(default_factory=list)
    code_names: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    places: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    targets: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    dtype: str = "float64"

    @classmethod
    def fit(cls, raw: RawTable, labels: list[str]) -> DenseBlocks:
        """Decide the kind of every column and the layout of the blocks, in the order of the table."""
        self = cls()
        stats = matrix_stats(raw.matrix)
        all_missing, constant = stats.all_missing, stats.constant
        at_of = {int(place): at for at, place in enumerate(raw.places)}
        places, targets = [], []
        for place, label in enumerate(labels):
            at = at_of.get(place)
            if at is None:
                self._add(place, label, choose(raw.others[place]))
            elif all_missing[at] or constant[at]:
                self.dropped[label] = "all missing" if all_missing[at] else "constant"
            else:
                self.kinds[label] = "boolean" if place in raw.booleans else "numeric"
                places.append(place)
                targets.append(len(self.numeric_names))
                self.numeric_names.append(label)
        self.places, self.targets = np.asarray(places, dtype=np.int64), np.asarray(targets, dtype=np.int64)
        wide = any(isinstance(part.encoder, (DateEncoder, NumberEncoder)) for part in self.parts)
        self.dtype = "float32" if stats.fits_float32 and not wide else "float64"
        if not self.numeric_names and not self.code_names:
            # A table that tells nothing keeps one column of zeros, so that every learner has something to fit.
            self.numeric_names = ["zero"]
        return self

    def _add(self, place: int, label: str, choice: tuple[Kind, Encoder] | Dropped) -> None:
        if isinstance(choice, Dropped):
            self.dropped[label] = choice.reason
            return
        self.kinds[label], encoder = choice
        code_at = None
        suffixes = [""]
        if isinstance(encoder, (CategoryEncoder, IdentifierEncoder)):
            code_at = len(self.code_names)
            self.code_names.append(label)
            suffixes = [":frequency"] if isinstance(encoder, IdentifierEncoder) else []
        elif isinstance(encoder, (DateEncoder, TextEncoder)):
            suffixes = [f":{suffix}" for suffix in encoder.suffixes]
        first = len(self.numeric_names)
        self.numeric_names.extend(label + suffix for suffix in suffixes)
        self.parts.append(Part(place, label, encoder, list(range(first, len(self.numeric_names))), code_at))

    @property
    def categories(self) -> dict[str, list[str]]:
        """Categories of every column of codes, in the order of their codes."""
        found = {}
        for part in self.parts:
            encoder = part.encoder.categories if isinstance(part.encoder, IdentifierEncoder) else part.encoder
            if isinstance(encoder, CategoryEncoder):
                found[part.name] = list(encoder.codes)
        return found

    def encode(self, raw: RawTable, columns: Array) -> Table:
        """Encode; `columns` tells where each column of fit is in `raw`."""
        raw = raw.densified()
        wanted = columns[self.places]
        codes = np.empty((raw.n_rows, len(self.code_names)), dtype=np.int32)
        if self._is_whole(raw, wanted) and usable_as_is(raw.matrix, self.dtype):
            return Table(read_only(raw.matrix), codes, ())
        numeric = np.zeros((raw.n_rows, len(self.numeric_names)), dtype=self.dtype)
        plain = np.isin(wanted, raw.places)
        copy_columns(raw.matrix, np.searchsorted(raw.places, wanted[plain]), numeric, self.targets[plain])
        for place, target in zip(wanted[~plain], self.targets[~plain], strict=True):
            values = _as_numbers(raw, int(place), self.numeric_names[target])
            copy_columns(values.reshape(-1, 1), np.zeros(1, dtype=np.int64), numeric, np.asarray([target]))
        for part in self.parts:
            column = raw.column(int(columns[part.place]))
            encoder = part.encoder
            if isinstance(encoder, IdentifierEncoder):
                numeric[:, part.numeric_at[0]] = encoder.frequencies(column)
            if part.code_at is not None:
                codes[:, part.code_at] = encoder.encode(column)
            else:
                numeric[:, part.numeric_at] = encoder.encode(column).reshape(raw.n_rows, -1)
        return Table(numeric, codes, tuple(len(found) for found in self.categories.values()))

    def _is_whole(self, raw: RawTable, wanted: Array) -> bool:
        """Whether the numeric block is the matrix itself."""
        n = raw.n_columns
        return not self.parts and len(wanted) == n == len(raw.places) and bool((wanted == np.arange(n)).all())


def _as_numbers(raw: RawTable, place: int, name: str) -> Array:
    """Read a column that was numeric at fit and has come as something else."""
    column = raw.column(place)
    values = NumberEncoder().encode(column)
    if isinstance(column, Labels):
        n_lost = int((np.isnan(values) & (column.codes >= 0)).sum())
        if n_lost:
            _LOG.warning("column %r: %d of %d cells are not numbers and count as missing", name, n_lost, len(values))
    return values


@dataclass
class SparseBlocks:
    """Frozen encoding of a sparse table; columns without a single value other than 0 are dropped."""

    kinds: dict[str, Kind]
    dropped: dict[str, str]
    numeric_names: list[str]
    places: Array
    dtype: str

    @classmethod
    def fit(cls, raw: RawTable, labels: list[str]) -> SparseBlocks:
        """Find the columns that hold something."""
        csr = clean_csr(raw.matrix)
        filled = np.bincount(csr.indices, minlength=csr.shape[1]) > 0
        places = np.flatnonzero(filled) if filled.any() else np.zeros(1, dtype=np.int64)
        names = [labels[place] for place in places]
        dropped = {labels[place]: "constant" for place in np.flatnonzero(~filled)}
        return cls(dict.fromkeys(names, "numeric"), dropped, names, places, str(csr.dtype))

    @property
    def code_names(self) -> list[str]:
        """A sparse table has no categories."""
        return []

    @property
    def categories(self) -> dict[str, list[str]]:
        """A sparse table has no categories."""
        return {}

    def encode(self, raw: RawTable, columns: Array) -> Table:
        """Encode; `columns` tells where each column of fit is in `raw`."""
        csr = clean_csr(raw.matrix) if raw.is_sparse else _csr_of_columns(raw)
        wanted = columns[self.places]
        if len(wanted) < csr.shape[1] or (wanted != np.arange(len(wanted))).any():
            csr = sparse.csr_array(csr[:, wanted])
        return Table(csr.astype(self.dtype), np.zeros((raw.n_rows, 0), dtype=np.int32), ())


def _csr_of_columns(raw: RawTable) -> sparse.csr_array:
    if len(raw.places) == raw.n_columns:
        return clean_csr(raw.matrix)
    columns = [NumberEncoder().encode(raw.column(place)) for place in range(raw.n_columns)]
    return clean_csr(np.column_stack(columns))
