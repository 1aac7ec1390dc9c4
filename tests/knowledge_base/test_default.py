from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase, default, default_path, open_default


def test_the_users_own_store_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(default.PATH_VARIABLE)
    assert default_path().name == "knowledge.duckdb"
    assert default_path().parent.name == "precedent"
    monkeypatch.setenv(default.PATH_VARIABLE, "~/team.duckdb")
    assert default_path() == Path.home() / "team.duckdb"


def test_the_users_own_store_lies_over_what_ships(tmp_path: Path, kb: KnowledgeBase, fill: Callable[..., None],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    fill(kb, "shipped")
    monkeypatch.setattr(default, "shipped_paths", lambda: [kb.path])
    monkeypatch.setenv(default.PATH_VARIABLE, str(tmp_path / "own" / "knowledge.duckdb"))
    own = open_default()
    fill(own, "own")
    assert own.path == tmp_path / "own" / "knowledge.duckdb"
    assert own.outcomes()["content_hash"].tolist() == ["shipped", "own"]
    assert kb.outcomes()["content_hash"].tolist() == ["shipped"]


def test_every_store_that_ships_can_be_read() -> None:
    for path in default.shipped_paths():
        assert KnowledgeBase(path, read_only=True).check().is_ok
