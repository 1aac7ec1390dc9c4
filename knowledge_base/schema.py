"""The tables, as numbered migrations that are applied in order, each in a transaction of its own.

Keys are 63-bit hashes of what they identify, so two stores that never met agree on them: merging, laying one
store under another and importing need no renumbering. The outcome table is the one that grows to billions of
rows; it has narrow types, no index, and refers to its study and configuration, which are stored once. DuckDB
keeps columns that repeat (study, status, fidelity) in next to no space.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import duckdb

from knowledge_base.errors import KnowledgeBaseError, NewerVersion, NotAKnowledgeBase


class Migration(NamedTuple):
    """One step from version ``number - 1`` to version ``number``."""

    number: int
    name: str
    sql: str


_FIRST = """
CREATE TABLE task (             -- one supervised problem: a table of data and what is predicted from it
    task_id BIGINT NOT NULL,    -- hash of (content_hash, task_type)
    content_hash VARCHAR NOT NULL,
    task_type VARCHAR NOT NULL,
    name VARCHAR,
    n_rows BIGINT,
    n_features BIGINT,
    n_classes BIGINT,
    source VARCHAR              -- where the data were first met: 'fit', 'openml', ...
);
CREATE TABLE metafeature (
    task_id BIGINT NOT NULL,
    version VARCHAR NOT NULL,   -- of the meta-feature extractor
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL
);
CREATE TABLE provenance (       -- who, on what machine, with which libraries; shared by many studies
    provenance_key BIGINT NOT NULL,
    provenance VARCHAR NOT NULL -- JSON
);
CREATE TABLE study (            -- one search on one task, by one writer
    study_key BIGINT NOT NULL,  -- hash of the name that its writer drew
    task_id BIGINT NOT NULL,
    metric VARCHAR NOT NULL,
    split VARCHAR,
    seed BIGINT,
    source VARCHAR,
    space_version VARCHAR,
    metafeatures_version VARCHAR,
    provenance_key BIGINT NOT NULL,
    started_at TIMESTAMP        -- UTC by the writer's clock; for people, nothing is decided by it
);
CREATE TABLE configuration (
    configuration_key BIGINT NOT NULL,  -- hash of the three columns below
    configuration_id VARCHAR NOT NULL,
    algorithm VARCHAR NOT NULL,
    configuration VARCHAR NOT NULL      -- JSON
);
CREATE TABLE outcome (
    study_key BIGINT NOT NULL,
    number BIGINT NOT NULL,             -- with study_key the outcome's identity
    configuration_key BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    loss DOUBLE,
    fold_losses FLOAT[],                -- infinite where beyond 3e38
    metrics MAP(VARCHAR, DOUBLE),
    folds BIGINT,
    iterations_fraction FLOAT,
    rows_fraction FLOAT,
    is_full_fidelity BOOLEAN NOT NULL,
    seconds FLOAT,
    fit_seconds FLOAT,
    predict_seconds FLOAT,
    peak_mb FLOAT,
    seed BIGINT,
    error VARCHAR,
    trial_number BIGINT,
    CHECK (CASE WHEN status = 'ok' THEN loss IS NOT NULL AND isfinite(loss) ELSE loss IS NULL END)
);
"""

MIGRATIONS: tuple[Migration, ...] = (Migration(1, "tasks, studies, configurations, outcomes", _FIRST),)

TABLES: dict[str, tuple[str, ...]] = {
    # table -> its identity, in the order in which rows are added
    "task": ("task_id",),
    "metafeature": ("task_id", "version", "name"),
    "provenance": ("provenance_key",),
    "configuration": ("configuration_key",),
    "outcome": ("study_key", "number"),
    "study": ("study_key",),
}

_VERSIONS = "precedent_migration"


def version_of(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Return the version of an open store; at most that of this package.

    Raises
    ------
    NotAKnowledgeBase
        The database holds something else.
    NewerVersion
        A newer version of this package wrote it.
    """
    try:
        rows = connection.execute(f"SELECT coalesce(max(number), 0) FROM {_VERSIONS}").fetchall()
    except duckdb.CatalogException as error:
        raise NotAKnowledgeBase(f"{path} is a DuckDB database, but not a knowledge base: give another path.") from error
    version = int(rows[0][0])
    if version > len(MIGRATIONS):
        raise NewerVersion(f"{path} has version {version} of the knowledge base, this package reads up to "
                           f"{len(MIGRATIONS)}: upgrade precedent-automl.")
    return version


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make an empty store of the current version in an empty database."""
    connection.execute(f"CREATE TABLE {_VERSIONS} (number INTEGER, name VARCHAR, applied_at TIMESTAMP)")
    upgrade(connection, 0)


def upgrade(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Apply every migration after `version`, each in its own transaction.

    Raises
    ------
    KnowledgeBaseError
        The database refused one; those before it are applied.
    """
    for migration in MIGRATIONS[version:]:
        connection.execute("BEGIN")
        try:
            connection.execute(migration.sql)
            connection.execute(f"INSERT INTO {_VERSIONS} VALUES (?, ?, now()::TIMESTAMP)",
                               [migration.number, migration.name])
            connection.execute("COMMIT")
        except duckdb.Error as error:
            with suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise KnowledgeBaseError(f"Migration {migration.number} ({migration.name}) failed: "
                                     f"{error}") from error


@contextmanager
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty store in memory for the length of the block."""
    connection = duckdb.connect()
    try:
        create(connection)
        yield connection
    finally:
        connection.close()
