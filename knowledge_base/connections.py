"""Opening the database file: for reading, for the few milliseconds of a write, and on a copy for a long one.

DuckDB lets either one process write a file or many read it. So nobody keeps a connection: a reader opens,
asks and closes; who folds an inbox in holds the file for the length of one transaction; and whatever takes
long (import, merge, migration) works on a copy that replaces the file in one step, while readers go on with
the old one. Writers exclude each other by a lock file, never by DuckDB's own lock alone.

The file itself is never opened but through DuckDB: POSIX drops all of a process's record locks on a file as
soon as that process closes any descriptor of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from knowledge_base import schema
from knowledge_base.errors import KnowledgeBaseError, Locked, NewerVersion, NotAKnowledgeBase
from knowledge_base.layout import Layout
from knowledge_base.locks import as_store_error, backoff, held

Connection = duckdb.DuckDBPyConnection

_READER_WAIT_S = 2.0
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
# The oldest format with every compression that the outcome table profits from: DuckDB 1.2 and later read it.
_STORAGE = {"storage_compatibility_version": "v1.2.0"}
_HELD_ELSEWHERE = ("could not set lock", "different configuration", "already attached", "used by another process")
_NEWER = ("version number", "newer version", "storage version")


@contextmanager
def reading(path: Path, *, wait_s: float = _READER_WAIT_S) -> Iterator[Connection]:
    """Open a store for reading for the length of the block.

    Raises
    ------
    NotAKnowledgeBase, NewerVersion
        The file is not one that can be read.
    Locked
        Someone held it for writing for more than `wait_s` seconds.
    """
    with _connected(path, read_only=True, wait_s=wait_s) as connection:
        version = schema.version_of(connection, path)
        if version < len(schema.MIGRATIONS):
            raise KnowledgeBaseError(f"{path} has version {version} of the knowledge base: open it once with "
                                     "read_only=False to bring it up to date.")
        try:
            yield connection
        except duckdb.Error as error:
            raise KnowledgeBaseError(f"{path} cannot be read: {error}") from error


@contextmanager
def writing(layout: Layout, *, wait_s: float) -> Iterator[Connection]:
    """Open a store for one short transaction, made where it is missing. The caller holds the lock file."""
    path = layout.database
    if not os.path.exists(path):
        with copied(layout, wait_s=wait_s):
            pass
    with _connected(path, read_only=False, wait_s=wait_s) as connection:
        version = schema.version_of(connection, path)
        if version < len(schema.MIGRATIONS):
            raise KnowledgeBaseError(f"{path} has version {version} of the knowledge base: open it anew.")
        with _transaction(connection):
            yield connection


@contextmanager
def copied(layout: Layout, *, wait_s: float) -> Iterator[Connection]:
    """Open a transaction on an up-to-date copy of a store that replaces it when the block ends well.

    Readers see the old store until then and the new one after; a process killed half way leaves the old one.
    The caller holds the lock file.
    """
    path, scratch = layout.database, layout.scratch
    _discard(scratch)
    try:
        with _opened(scratch, {**_CONFIG, **_STORAGE}) as connection:
            if os.path.exists(path):
                # A log left by a killed writer would be replayed on top of the new file: fold it in first.
                if os.path.exists(_log_of(path)):
                    with _connected(path, read_only=False, wait_s=wait_s) as old:
                        old.execute("CHECKPOINT")
                schema.upgrade(connection, _copy(path, connection, wait_s=wait_s))
            else:
                _log_of(path).unlink(missing_ok=True)  # of a file that someone removed
                schema.create(connection)
            with _transaction(connection):
                yield connection
        os.replace(scratch, path)
    except OSError as error:
        raise as_store_error(error, path) from error
    finally:
        _discard(scratch)


def bring_up_to_date(layout: Layout, *, wait_s: float) -> None:
    """Apply the migrations that a store of an older version lacks, on a copy.

    Raises
    ------
    Locked
        Another process holds the store; at once if only to see its version, else after `wait_s` seconds.
    """
    with _connected(layout.database, read_only=True, wait_s=0.0) as connection:
        version = schema.version_of(connection, layout.database)
    if version < len(schema.MIGRATIONS):
        with held(layout.lock, wait_s=wait_s), copied(layout, wait_s=wait_s):
            pass


def quoted(text: str) -> str:
    """Quote a path as an SQL string literal, for the few statements that take no parameter."""
    return "'" + text.replace("'", "''") + "'"


def _copy(path: Path, connection: Connection, *, wait_s: float) -> int:
    """Copy the store at `path` into an empty database; return its version."""
    with _connected(path, read_only=True, wait_s=wait_s) as old:
        version = schema.version_of(old, path)
    target = connection.execute("SELECT current_database()").fetchall()[0][0].replace('"', '""')
    with _translated(path):
        connection.execute(f"ATTACH {quoted(str(path))} AS the_old_store (READ_ONLY)")
    try:
        connection.execute(f'COPY FROM DATABASE the_old_store TO "{target}"')
    finally:
        connection.execute("DETACH the_old_store")
    return version


@contextmanager
def _connected(path: Path, *, read_only: bool, wait_s: float) -> Iterator[Connection]:
    error: Locked | None = None
    for _ in backoff(wait_s):
        try:
            with _translated(path):
                connection = duckdb.connect(str(path), read_only=read_only, config=_CONFIG)
            break
        except Locked as locked:
            error = locked
    else:
        assert error is not None
        raise error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _opened(path: Path, config: dict[str, str | bool | int | float | list[str]]) -> Iterator[Connection]:
    with _translated(path):
        connection = duckdb.connect(str(path), config=config)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        if isinstance(error, duckdb.OperationalError | duckdb.InternalError):
            raise KnowledgeBaseError(f"The knowledge base could not be written to; nothing in it changed: {error}"
                                     ) from error
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Raise DuckDB's refusals to open a file as errors of this package."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error).lower()
        if any(part in text for part in _HELD_ELSEWHERE):
            raise Locked(f"Another process holds {path} for writing: close it there, or try again later.") from error
        if any(part in text for part in _NEWER):
            raise NewerVersion(f"{path} was written by a newer DuckDB: upgrade the package duckdb.") from error
        if os.path.exists(path) and not os.access(path, os.R_OK):
            raise NotAKnowledgeBase(f"{path} cannot be read: mend its permissions.") from error
        raise NotAKnowledgeBase(f"{path} is no knowledge base, or is damaged: move it away or give another path; "
                                "outcomes in the inbox beside it go into the new one.") from error


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _discard(path: Path) -> None:
    for leftover in (path, _log_of(path)):
        leftover.unlink(missing_ok=True)
