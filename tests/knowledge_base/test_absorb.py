from __future__ import annotations

import pytest

from knowledge_base import InvalidRecord, schema
from knowledge_base.absorb import INCOMING, REFERENCES, absorb, refuse_inconsistent
from knowledge_base.connections import Connection

_ROWS = {
    "task": "(1, 'c0', 'binary', NULL, 1, 1, 2, 'fit')",
    "metafeature": "(1, '1', 'size', 2.0)",
    "provenance": "(2, '{}')",
    "configuration": "(3, 'k0', 'knn', '{}')",
    "outcome": "(4, 0, 3, 'ok', 0.5, [], MAP {}, 5, 1, 1, true, 1, 1, 1, 1, 0, NULL, 0), "
               "(4, 1, 3, 'crash', NULL, [], MAP {}, 5, 1, 1, true, 1, 1, 1, 1, 0, 'why', 1)",
    "study": "(4, 1, 'roc_auc', NULL, 0, 'fit', '1', '1', 2, NULL)",
}


def incoming(connection: Connection) -> None:
    for table, rows in _ROWS.items():
        connection.execute(f"CREATE TEMP TABLE {INCOMING}{table} AS FROM {table} LIMIT 0")
        connection.execute(f"INSERT INTO {INCOMING}{table} VALUES {rows}")


def test_rows_come_in_once() -> None:
    with schema.empty() as connection:
        incoming(connection)
        assert absorb(connection) == {"task": 1, "metafeature": 1, "provenance": 1, "configuration": 1, "outcome": 2,
                                      "study": 1}
        refuse_inconsistent(connection)
        assert set(absorb(connection).values()) == {0}
        connection.execute(f"UPDATE {INCOMING}outcome SET number = 7 WHERE number = 1")
        assert absorb(connection)["outcome"] == 1
        assert connection.execute("SELECT number FROM outcome ORDER BY number").fetchall() == [(0,), (1,), (7,)]


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_a_reference_to_nothing_is_refused(table: str, column: str, target: str) -> None:
    with schema.empty() as connection:
        incoming(connection)
        connection.execute(f"DELETE FROM {INCOMING}{target}")
        absorb(connection)
        with pytest.raises(InvalidRecord, match=f"{target}"):
            refuse_inconsistent(connection)


@pytest.mark.parametrize("table", list(_ROWS))
def test_a_key_that_comes_twice_is_refused(table: str) -> None:
    with schema.empty() as connection:
        incoming(connection)
        connection.execute(f"INSERT INTO {INCOMING}{table} FROM {INCOMING}{table}")
        absorb(connection)
        with pytest.raises(InvalidRecord, match=f"table {table} come more than once"):
            refuse_inconsistent(connection)
