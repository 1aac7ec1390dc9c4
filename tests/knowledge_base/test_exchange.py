from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from knowledge_base import InvalidRecord, KnowledgeBase, KnowledgeBaseError, NotAKnowledgeBase, Writer

Fill = Callable[..., None]


@pytest.fixture
def filled(kb: KnowledgeBase, fill: Fill) -> KnowledgeBase:
    fill(kb, "c0", {"k0": 0.3, "k1": None}, metafeatures={"size": 1.0})
    fill(kb, "c1", {"k0": 0.2})
    return kb


def test_export_and_import_give_the_same_store(tmp_path: Path, filled: KnowledgeBase) -> None:
    filled.export(tmp_path / "exported")
    copy = KnowledgeBase(tmp_path / "copy.duckdb")
    assert copy.import_(tmp_path / "exported") == {"task": 2, "metafeature": 1, "provenance": 1, "configuration": 2,
                                                   "outcome": 3, "study": 2}
    pd.testing.assert_frame_equal(copy.outcomes(), filled.outcomes())
    assert sum(copy.import_(tmp_path / "exported").values()) == 0
    assert copy.check().is_ok
    with duckdb.connect(str(copy.path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone() == (0,)


def test_an_export_is_whole_or_not_there(tmp_path: Path, filled: KnowledgeBase) -> None:
    filled.export(tmp_path / "exported")
    with pytest.raises(KnowledgeBaseError, match="exists already"):
        filled.export(tmp_path / "exported")
    with pytest.raises(KnowledgeBaseError):
        KnowledgeBase(tmp_path / "nothing.duckdb").export(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["exported", "knowledge.duckdb.inbox"]


def test_merging_counts_nothing_twice(tmp_path: Path, filled: KnowledgeBase, fill: Fill) -> None:
    left, right = KnowledgeBase(tmp_path / "left.duckdb"), KnowledgeBase(tmp_path / "right.duckdb")
    left.merge(filled.path)
    right.merge(filled.path)
    fill(left, "c0", {"k0": 0.1, "k7": 0.5})
    fill(right, "c5", {"k0": 0.9})
    assert left.merge(right.path)["outcome"] == 1
    assert right.merge(left.path)["outcome"] == 2
    assert left.merge(left.path)["outcome"] == 0
    columns = ["study_id", "number"]
    pd.testing.assert_frame_equal(left.outcomes().sort_values(columns, ignore_index=True),
                                  right.outcomes().sort_values(columns, ignore_index=True))
    assert len(left.outcomes()) == 6


def test_a_study_that_went_on_brings_its_new_outcomes_only(
        tmp_path: Path, kb: KnowledgeBase, start: Callable[..., Writer], an_outcome: Callable[..., dict[str, object]],
) -> None:
    with start(kb) as writer:
        for number in range(4):
            writer.append(an_outcome(number))
    part = KnowledgeBase(tmp_path / "part.duckdb")
    part.merge(kb.path)
    with duckdb.connect(str(part.path)) as connection:
        connection.execute("DELETE FROM outcome WHERE number >= 2")
    assert part.merge(kb.path)["outcome"] == 2
    assert part.outcomes()["number"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("table", "query", "message"), [
    ("outcome", "FROM t UNION ALL FROM t", "more than once"),
    ("study", "FROM t LIMIT 0", "refer by study_key"),
    ("configuration", "FROM t LIMIT 0", "refer by configuration_key"),
    ("task", "FROM t LIMIT 0", "refer by task_id"),
    ("outcome", "SELECT * REPLACE (NULL AS status) FROM t", "do not fit"),
    ("outcome", "SELECT * REPLACE ('ok' AS status, NULL AS loss) FROM t", "do not fit"),
    ("outcome", "SELECT * REPLACE ('many' AS seconds) FROM t", "do not fit"),
    ("outcome", "SELECT *, 1 AS colour FROM t", "do not fit"),
])
def test_rows_that_contradict_each_other_are_refused_whole(tmp_path: Path, filled: KnowledgeBase, table: str,
                                                           query: str, message: str) -> None:
    filled.export(tmp_path / "exported")
    path = str(tmp_path / "exported" / f"{table}.parquet")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS FROM read_parquet(?)", [path])
        connection.execute(f"COPY ({query}) TO ? (FORMAT parquet)", [path])
    target = KnowledgeBase(tmp_path / "target.duckdb")
    with pytest.raises(InvalidRecord, match=message):
        target.import_(tmp_path / "exported")
    assert len(target.outcomes()) == 0


def test_what_is_no_export_is_refused(tmp_path: Path, kb: KnowledgeBase) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("no store")
    with pytest.raises(InvalidRecord, match=r"lacks task\.parquet"):
        kb.import_(tmp_path / "folder")
    with pytest.raises(NotAKnowledgeBase):
        kb.merge(tmp_path / "file")
    with pytest.raises(KnowledgeBaseError):
        kb.merge(tmp_path / "nowhere")
