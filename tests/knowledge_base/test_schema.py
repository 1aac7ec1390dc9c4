from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from knowledge_base import KnowledgeBase, KnowledgeBaseError, schema
from knowledge_base.schema import MIGRATIONS, Migration

Fill = Callable[..., None]
_NEXT = Migration(len(MIGRATIONS) + 1, "remember the weather", "ALTER TABLE study ADD COLUMN weather VARCHAR")
_BROKEN = Migration(len(MIGRATIONS) + 1, "half way", "ALTER TABLE study ADD COLUMN weather VARCHAR; SELECT nonsense")


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_every_table_has_its_keys() -> None:
    with schema.empty() as connection:
        for table, keys in schema.TABLES.items():
            assert set(keys) <= {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
        names = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert names == {*schema.TABLES, "precedent_migration"}


def test_an_older_store_is_brought_up_to_date_when_opened_for_writing(kb: KnowledgeBase, fill: Fill,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    fill(kb)
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, _NEXT))
    with pytest.raises(KnowledgeBaseError, match="read_only=False"):
        KnowledgeBase(kb.path, read_only=True)
    newer = KnowledgeBase(kb.path)
    assert len(newer.outcomes()) == 1
    fill(newer, "c1")
    assert len(newer.outcomes()) == 2
    with duckdb.connect(str(kb.path), read_only=True) as connection:
        assert connection.execute("SELECT weather FROM study").fetchall() == [(None,), (None,)]
        assert connection.execute("SELECT number FROM precedent_migration ORDER BY 1").fetchall() == [(1,), (2,)]


def test_a_migration_that_fails_changes_nothing(kb: KnowledgeBase, fill: Fill,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    fill(kb)
    content = kb.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, _BROKEN))
        with pytest.raises(KnowledgeBaseError):
            KnowledgeBase(kb.path)
    assert kb.path.read_bytes() == content
    assert len(KnowledgeBase(kb.path).outcomes()) == 1
