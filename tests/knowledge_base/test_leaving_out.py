from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase, KnowledgeBaseError

Fill = Callable[..., None]


def test_a_copy_lacks_the_tasks_of_these_names_and_contents_and_all_that_goes_with_them(
        tmp_path: Path, kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb, "c0", {"k0": 0.3}, name="Iris", metafeatures={"size": 1.0})
    fill(kb, "c1", {"k0": 0.2, "k1": 0.1}, name="wine")
    below = KnowledgeBase(tmp_path / "below.duckdb")
    fill(below, "c2", {"k0": 0.4}, name="iris")
    fill(below, "c3", {"k5": 0.5})
    both = KnowledgeBase(kb.path, below=[below.path])
    left_out = both.copy_without(tmp_path / "copy.duckdb", names=["IRIS", "unknown"], content_hashes=["c3"])
    assert left_out == ["Iris", "c3", "iris"]
    copy = KnowledgeBase(tmp_path / "copy.duckdb")
    assert sorted(copy.outcomes()["loss"]) == [0.1, 0.2]
    assert copy.nearest_tasks({"size": 1.0}, task_type="binary").empty  # its meta-features have gone too
    assert copy.check().is_ok
    assert len(both.outcomes()) == 5


def test_a_copy_of_nothing_is_an_empty_store(tmp_path: Path, kb: KnowledgeBase) -> None:
    assert kb.copy_without(tmp_path / "copy.duckdb", names=["iris"]) == []
    assert KnowledgeBase(tmp_path / "copy.duckdb").outcomes().empty


def test_a_copy_overwrites_nothing(tmp_path: Path, kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb)
    with pytest.raises(KnowledgeBaseError, match="exists already"):
        kb.copy_without(kb.path)
    assert len(kb.outcomes()) == 1


def test_names_are_values_and_never_sql(tmp_path: Path, kb: KnowledgeBase, fill: Fill) -> None:
    name = "x'); DROP TABLE outcome; --"
    fill(kb, "c0", name=name)
    fill(kb, "c1", name="other")
    assert kb.copy_without(tmp_path / "copy.duckdb", names=[name]) == [name]
    assert len(KnowledgeBase(tmp_path / "copy.duckdb").outcomes()) == 1


@pytest.mark.parametrize("name", ["Ünï", "İstanbul", "ẞ", "ΣΑΣ"])
def test_a_name_is_itself_in_any_script(tmp_path: Path, kb: KnowledgeBase, fill: Fill, name: str) -> None:
    fill(kb, "c0", name=name)
    assert kb.copy_without(tmp_path / "copy.duckdb", names=[name]) == [name]
