"""What our warm start may know of a table that it is tested on: nothing of it, and nothing of its family."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from automl.benchmark.execution import Experience
from knowledge_base import KnowledgeBase, KnowledgeBaseError
from knowledge_base.default import default_path, shipped_paths

SHIPPED, DEFAULT = "shipped", "default"


def read_families(path: str | Path | None = None) -> dict[str, str]:
    """Read which tables share rows or columns, by name: ``name,family`` lines of a CSV file.

    Parameters
    ----------
    path : path, optional
        By default what is known of the tables that ship with the package.

    Raises
    ------
    ValueError
        If the file lacks one of the columns, or a line a value.

    Examples
    --------
    >>> families = read_families()
    >>> families["heart-c"] == families["heart-h"]
    True
    """
    source = Path(str(resources.files("automl.benchmark"))) / "families.csv" if path is None else Path(path)
    with source.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        known = set(reader.fieldnames or ())
        rows = list(reader)
    if not {"name", "family"} <= known:
        raise ValueError(f"{source} needs the columns name and family")
    if not all(row["name"] and row["family"] for row in rows):
        raise ValueError(f"{source} has a line that lacks a name or a family")
    return {row["name"].strip().lower(): row["family"].strip().lower() for row in rows}


class Experiences:
    """Makes the store that a warm start has on each table.

    Parameters
    ----------
    source : str
        "shipped", "default" (with the user's own store over it), or the path of a knowledge base.
    families : mapping of str to str
        Family of a table by its name in small letters; a table that is not in it is a family of its own. Tasks of the
        table's family, of its name and of its content are left out. A store may hold a table cut to fewer rows, which
        its content does not tell.

    Raises
    ------
    KnowledgeBaseError
        If there is no knowledge base at the path.
    """

    def __init__(self, source: str, families: Mapping[str, str]):
        self.source, self._families = source, families
        self._store = _open(source)
        self._folder = tempfile.TemporaryDirectory(prefix="automl-benchmark-", ignore_cleanup_errors=True)
        self._made: dict[tuple[str, str], tuple[Path, tuple[str, ...]]] = {}

    def of(self, table: str, content_hash: str) -> Experience:
        """Give the experience that may be used on a table."""
        key = (table, content_hash)
        if key not in self._made:
            path = Path(self._folder.name) / f"{len(self._made)}.duckdb"
            left_out = self._store.copy_without(path, names=self._relatives(table), content_hashes=[content_hash])
            self._made[key] = path, tuple(left_out)
        path, left_out_names = self._made[key]
        return Experience(path.read_bytes(), self.source, left_out_names)

    def _relatives(self, table: str) -> list[str]:
        family = self._families.get(table.lower())
        return [table, *(name for name, other in self._families.items() if family is not None and other == family)]


def _open(source: str) -> KnowledgeBase:
    """Open for reading alone: what is the user's own stays as it is."""
    if source not in (DEFAULT, SHIPPED):
        return KnowledgeBase(source, read_only=True)
    own = [default_path()] if source == DEFAULT and default_path().exists() else []
    if not (layers := [*own, *shipped_paths()]):
        raise KnowledgeBaseError("No knowledge base ships with this installation: give the path of one.")
    first, *others = layers
    return KnowledgeBase(first, read_only=True, below=others)
