from __future__ import annotations

import os
from collections.abc import Callable

import duckdb
import pytest

from knowledge_base import KnowledgeBase, ReadOnly, Writer

Fill = Callable[..., None]


def test_a_sound_store_has_no_problems(kb: KnowledgeBase, fill: Fill) -> None:
    assert kb.check().is_ok
    fill(kb, "c0", {"k0": 0.3, "k1": None}, metafeatures={"size": 1.0})
    report = kb.check()
    assert report.is_ok
    assert report.rows == {"task": 1, "metafeature": 1, "provenance": 1, "configuration": 2, "outcome": 2, "study": 1}


@pytest.mark.parametrize(("statement", "message"), [
    ("DELETE FROM study", "refer to no study"),
    ("DELETE FROM configuration", "refer to no configuration"),
    ("UPDATE task SET content_hash = 'other'", "key that is not theirs"),
    ("UPDATE configuration SET configuration = '{'", "no JSON"),
    ("INSERT INTO outcome FROM outcome", "come more than once"),
])
def test_tables_that_contradict_each_other_are_found(kb: KnowledgeBase, fill: Fill, statement: str,
                                                     message: str) -> None:
    fill(kb)
    with duckdb.connect(str(kb.path)) as connection:
        connection.execute(statement)
    report = kb.check()
    assert not report.is_ok
    assert any(message in problem for problem in report.problems)


def test_a_damaged_block_is_found(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb, losses={f"k{number}": 0.5 for number in range(2000)})
    content = bytearray(kb.path.read_bytes())
    for place in range(3 * 4096 + 300, len(content), 997):
        content[place] ^= 0x5A
    kb.path.write_bytes(content)
    report = kb.check()
    assert not report.is_ok


def test_repair_folds_in_and_takes_out_what_comes_twice(kb: KnowledgeBase, fill: Fill, start: Callable[..., Writer],
                                                        an_outcome: Callable[..., dict[str, object]]) -> None:
    fill(kb)
    with duckdb.connect(str(kb.path)) as connection:
        connection.execute("INSERT INTO outcome FROM outcome")
    writer = start(kb, "c1")
    writer.append(an_outcome())
    assert kb.check().live == 1
    os.close(writer._descriptor or -1)  # as when its process is killed
    assert kb.check().waiting == 1
    report = kb.check(repair=True)
    assert report.is_ok
    assert report.waiting == 0
    assert len(report.repaired) == 2
    assert sorted(kb.outcomes()["content_hash"]) == ["c0", "c1"]
    assert kb.check(repair=True).repaired == []


def test_a_store_opened_for_reading_is_not_repaired(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb)
    with pytest.raises(ReadOnly):
        KnowledgeBase(kb.path, read_only=True).check(repair=True)
