"""Adding rows to the tables, each at most once: the one way in for an inbox, a Parquet folder and another store."""

from __future__ import annotations

from knowledge_base import schema
from knowledge_base.connections import Connection
from knowledge_base.errors import InvalidRecord

INCOMING = "incoming_"
"""Rows to add to table ``t`` are expected in a relation named ``incoming_t`` with columns of the same names."""

REFERENCES = (
    ("study", "task_id", "task"), ("study", "provenance_key", "provenance"), ("outcome", "study_key", "study"),
    ("outcome", "configuration_key", "configuration"), ("metafeature", "task_id", "task"),
)
"""Which column of which table names a row of which other table."""


# Rows of the two long tables are looked up only among those of studies and tasks that are in both stores: as a rule
# none, and so without a pass over billions.
_KNOWN = {
    "outcome": "(SELECT study_key, number FROM outcome WHERE study_key IN "
               f"(SELECT study_key FROM study SEMI JOIN {INCOMING}study USING (study_key)))",
    "metafeature": f"(SELECT task_id, version, name FROM metafeature SEMI JOIN {INCOMING}task USING (task_id))",
}

# Digits that say nothing would be a quarter of what the long table takes on disk. Seven of a metric are more than
# chance leaves of any score, and DuckDB packs decimals of few digits into few bits. A loss is kept as it is.
_SEVEN_DIGITS = "CASE WHEN isfinite(x) AND x <> 0 THEN round(x, 6 - floor(log10(abs(x)))::INTEGER) ELSE x END"
_KEPT = {
    "outcome": f"""REPLACE (
        map(map_keys(metrics), list_transform(map_values(metrics)::DOUBLE[], lambda x: {_SEVEN_DIGITS})) AS metrics,
        round(seconds, 4) AS seconds, round(fit_seconds, 4) AS fit_seconds,
        round(predict_seconds, 4) AS predict_seconds, round(peak_mb, 1) AS peak_mb)""",
}


def absorb(connection: Connection) -> dict[str, int]:
    """Add the incoming rows that the store lacks, by their keys; return how many of each table were new.

    Of the metrics of an outcome seven digits are kept, of its seconds four decimals, of its megabytes one; its loss is
    kept as it is, the losses of its folds in single precision.
    """
    return {table: _add(connection, table, keys) for table, keys in schema.TABLES.items()}


def _add(connection: Connection, table: str, keys: tuple[str, ...]) -> int:
    same = " AND ".join(f"known.{key} = new.{key}" for key in keys)
    rows = connection.execute(
        f"INSERT INTO {table} BY NAME SELECT new.* {_KEPT.get(table, '')} FROM {INCOMING}{table} AS new "
        f"WHERE NOT EXISTS (SELECT 1 FROM {_KNOWN.get(table, table)} AS known WHERE {same})").fetchall()
    return int(rows[0][0])


def refuse_inconsistent(connection: Connection) -> None:
    """Raise where incoming rows of unknown origin repeat a key or refer to rows that nobody has.

    Raises
    ------
    InvalidRecord
        Names the table and the column. The caller's transaction is to be rolled back.
    """
    for table, keys in schema.TABLES.items():
        columns = ", ".join(keys)
        if _any(connection, f"SELECT 1 FROM {INCOMING}{table} GROUP BY {columns} HAVING count(*) > 1"):
            raise InvalidRecord(f"rows of table {table} come more than once (same {columns}): nothing was imported.")
    for table, column, target in REFERENCES:
        if _any(connection, f"SELECT 1 FROM {INCOMING}{table} ANTI JOIN {target} USING ({column})"):
            raise InvalidRecord(f"rows of table {table} refer by {column} to no {target}: nothing was imported.")


def _any(connection: Connection, query: str) -> bool:
    return bool(connection.execute(query + " LIMIT 1").fetchall())
