"""Outcomes of tuning on many tasks, in a DuckDB file that many processes write and read at once."""

from __future__ import annotations

from knowledge_base.checking import CheckReport
from knowledge_base.default import PATH_VARIABLE, default_path, open_default
from knowledge_base.errors import (
    InvalidRecord,
    KnowledgeBaseError,
    Locked,
    NewerVersion,
    NotAKnowledgeBase,
    ReadOnly,
)
from knowledge_base.inbox import Writer
from knowledge_base.reader import Reader, Snapshot
from knowledge_base.store import KnowledgeBase

__all__ = [
    "PATH_VARIABLE",
    "CheckReport",
    "InvalidRecord",
    "KnowledgeBase",
    "KnowledgeBaseError",
    "Locked",
    "NewerVersion",
    "NotAKnowledgeBase",
    "ReadOnly",
    "Reader",
    "Snapshot",
    "Writer",
    "default_path",
    "open_default",
]
