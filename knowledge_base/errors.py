"""What can go wrong with a knowledge base; each message says what to do about it."""

from __future__ import annotations


class KnowledgeBaseError(Exception):
    """Base class of every error that this package raises on purpose."""


class NotAKnowledgeBase(KnowledgeBaseError):
    """The file is missing, is no DuckDB database, or is a database of something else."""


class NewerVersion(KnowledgeBaseError):
    """The store, or one of its inbox files, was written by a newer version of this package or of DuckDB."""


class ReadOnly(KnowledgeBaseError):
    """The store was opened for reading, or its folder cannot be written to."""


class Locked(KnowledgeBaseError):
    """Another process holds the database and did not let go of it in time."""


class InvalidRecord(KnowledgeBaseError, ValueError):
    """A task, an outcome or an imported row cannot be stored as it is."""
