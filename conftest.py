"""What holds for every test and doctest: none reads or writes the user's own knowledge base."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def private_knowledge_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("knowledge") / "knowledge.duckdb"
        patch.setenv("PRECEDENT_KNOWLEDGE_BASE", str(path))
        yield
