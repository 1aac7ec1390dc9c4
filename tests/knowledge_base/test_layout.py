from __future__ import annotations

import os
from pathlib import Path

import pytest

from knowledge_base.layout import Layout


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_store_has_one_layout_by_whatever_name_it_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    assert Layout.of("link/../link/a.duckdb") == Layout.of(tmp_path / "real" / "a.duckdb")


def test_what_replaces_the_database_is_on_its_file_system(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path / "a.duckdb")
    assert layout.inbox.parent == layout.database.parent
    assert {layout.lock.parent, layout.scratch.parent, layout.quarantine.parent} == {layout.inbox}
    assert len({layout.lock, layout.scratch, layout.quarantine, layout.database}) == 4
