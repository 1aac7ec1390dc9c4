from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def outcome(connection: Connection, **columns: str) -> dict[str, Any]:
    """Absorb the first outcome with some columns set by SQL; return it as the store has it."""
    incoming(connection)
    connection.execute(f"DELETE FROM {INCOMING}outcome WHERE number > 0")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {INCOMING}outcome AS SELECT * REPLACE ("
                       f"{', '.join(f'{value} AS {name}' for name, value in columns.items())}) FROM {INCOMING}outcome")
    absorb(connection)
    names = [name for name, *_ in connection.execute("DESCRIBE outcome").fetchall()]
    return dict(zip(names, connection.execute("FROM outcome").fetchall()[0], strict=True))


def test_digits_that_say_nothing_are_cut_off_but_not_those_of_a_loss() -> None:
    with schema.empty() as connection:
        row = outcome(connection, loss="0.123456789012345::DOUBLE", fold_losses="[0.123456789]",
                      metrics="MAP {'r2': -0.123456789, 'auc': 0.99999994, 'mse': 123456789.0, 'tiny': 1.23456789e-12}",
                      seconds="12.345678", fit_seconds="0.00004", predict_seconds="0.00123", peak_mb="158.640625")
    assert row["loss"] == 0.123456789012345
    assert row["fold_losses"] == [float(np.float32(0.123456789))]
    assert row["metrics"] == {"r2": -0.1234568, "auc": 0.9999999, "mse": 123456800.0, "tiny": 1.234568e-12}
    times = [row[name] for name in ("seconds", "fit_seconds", "predict_seconds", "peak_mb")]
    assert times == pytest.approx([12.3457, 0.0, 0.0012, 158.6], rel=1e-7)


@pytest.mark.parametrize(("given", "kept"), [
    ("MAP {'a': 0.0, 'b': NULL}", {"a": 0.0, "b": None}), ("MAP {'a': 'inf'::DOUBLE}", {"a": math.inf}),
    ("MAP {'a': 7}", {"a": 7.0}), ("MAP {'a': 5e-324}", {"a": 5e-324}), ("MAP {}", {}),
    ("NULL::MAP(VARCHAR, DOUBLE)", None),
])
def test_what_has_no_digits_to_cut_stays(given: str, kept: dict[str, Any] | None) -> None:
    with schema.empty() as connection:
        assert outcome(connection, metrics=given)["metrics"] == kept


@settings(max_examples=10, deadline=None)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=20))
def test_seven_digits_are_kept_of_any_metric_and_of_those_none_is_lost_a_second_time(values: list[float]) -> None:
    with schema.empty() as connection:
        kept = outcome(connection, metrics=f"map(range({len(values)})::VARCHAR[], {values}::DOUBLE[])")["metrics"]
    with schema.empty() as connection:
        again = outcome(connection, metrics=f"map({list(kept)}, {list(kept.values())}::DOUBLE[])")["metrics"]
    assert list(kept.values()) == pytest.approx(values, rel=5.1e-7)
    assert again == pytest.approx(kept, rel=1e-15)


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
