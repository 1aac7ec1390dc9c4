"""Where the user's own knowledge base lives, and what ships under it."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import platformdirs

from knowledge_base.store import KnowledgeBase

PATH_VARIABLE = "PRECEDENT_KNOWLEDGE_BASE"
"""Environment variable that moves the user's own knowledge base."""


def default_path() -> Path:
    """Return the path of the user's own knowledge base.

    Examples
    --------
    >>> default_path().suffix
    '.duckdb'
    """
    moved = os.environ.get(PATH_VARIABLE)
    if moved:
        return Path(moved).expanduser()
    return Path(platformdirs.user_data_dir("precedent", appauthor=False)) / "knowledge.duckdb"


def shipped_paths() -> list[Path]:
    """Return the read-only stores that come with the package, sorted by name."""
    return sorted(Path(str(resources.files("knowledge_base"))).joinpath("data").glob("*.duckdb"))


def open_default() -> KnowledgeBase:
    """Open the user's own knowledge base, laid over what ships.

    Raises
    ------
    NotAKnowledgeBase, NewerVersion
        As `KnowledgeBase` does.
    """
    return KnowledgeBase(default_path(), below=shipped_paths())
