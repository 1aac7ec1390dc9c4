"""Export to Parquet, import from it, and merging another store: the same keys, the same rows, none twice."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

import duckdb

from knowledge_base import schema
from knowledge_base.absorb import INCOMING, absorb, refuse_inconsistent
from knowledge_base.connections import Connection, copied, quoted, reading
from knowledge_base.errors import InvalidRecord, KnowledgeBaseError
from knowledge_base.layout import Layout
from knowledge_base.locks import held


def export(source: Path, target: Path) -> None:
    """Write every table of the store at `source` as ``<table>.parquet`` into a new folder, all or nothing."""
    if target.exists():
        raise KnowledgeBaseError(f"{target} exists already: give the path of a folder to be made.")
    draft = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
    try:
        draft.mkdir(parents=True)
        with reading(source) as connection:
            for table, keys in schema.TABLES.items():
                connection.execute(f"COPY (FROM {table} ORDER BY {', '.join(keys)}) TO ? "
                                   "(FORMAT parquet, COMPRESSION zstd)", [str(draft / f"{table}.parquet")])
        os.replace(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def bring_in(source: Path, layout: Layout, *, wait_s: float) -> dict[str, int]:
    """Add what a store or an exported folder holds to a store; return the new rows of each table.

    Raises
    ------
    InvalidRecord
        The rows contradict each other, or have other columns or types; nothing was added.
    """
    is_folder = source.is_dir()
    if is_folder:
        missing = [table for table in schema.TABLES if not (source / f"{table}.parquet").is_file()]
        if missing:
            raise InvalidRecord(f"{source} is no exported knowledge base: it lacks {missing[0]}.parquet.")
    else:
        with reading(source):
            pass
    with held(layout.lock, wait_s=wait_s), copied(layout, wait_s=wait_s) as connection:
        try:
            (_views_of_folder if is_folder else _views_of_store)(connection, source)
            connection.execute("SET threads = 1")  # row groups written by one thread share blocks: 4 % less on disk
            added = absorb(connection)
            connection.execute("RESET threads")
            refuse_inconsistent(connection)
        except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError, duckdb.NotSupportedError) as error:
            raise InvalidRecord(f"{source} holds rows that do not fit: {error}") from error
    return added


def _views_of_folder(connection: Connection, source: Path) -> None:
    for table in schema.TABLES:
        file = quoted(str(source / f"{table}.parquet"))
        connection.execute(f"CREATE TEMP VIEW {INCOMING}{table} AS FROM read_parquet({file})")


def _views_of_store(connection: Connection, source: Path) -> None:
    connection.execute(f"ATTACH {quoted(str(source))} AS the_other_store (READ_ONLY)")
    for table in schema.TABLES:
        connection.execute(f"CREATE TEMP VIEW {INCOMING}{table} AS FROM the_other_store.{table}")
