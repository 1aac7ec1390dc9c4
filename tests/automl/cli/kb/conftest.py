"""Stores that the tests fill as a fit does, and the command itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from automl.cli import main
from automl.cli.kb.current_space import current_spaces
from automl.space import Space
from knowledge_base import PATH_VARIABLE, KnowledgeBase


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def spaces() -> dict[str, Space]:
    return current_spaces()


@pytest.fixture(autouse=True)
def own_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the user's own store, in a folder of the test's own."""
    path = tmp_path / "own" / "knowledge.duckdb"
    monkeypatch.setenv(PATH_VARIABLE, str(path))
    monkeypatch.setattr("knowledge_base.default.shipped_paths", list)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return path


@pytest.fixture(scope="session")
def fill(spaces: dict[str, Space]) -> Callable[..., None]:
    """Add one study: the default of k-NN, a linear model that crashed, and what else is given."""

    def add(path: Path, content: str = "c0", *extra: dict[str, Any], task_type: str = "binary", **task: Any) -> None:
        known = [spaces[task_type].default(name) for name in ("knn", "linear")]
        outcomes: list[dict[str, Any]] = [
            {"configuration_id": c.id, "algorithm": c.algorithm, "configuration": dict(c.values)} for c in known
        ]
        outcomes[1] |= {"status": "crash", "loss": None}
        with KnowledgeBase(path).writer(
            task={"content_hash": content, "task_type": task_type, "metric": "roc_auc", "source": "fit", **task},
            metafeatures={"log10_n_rows": 2.0},
            metafeatures_version="1",
            space_version="v1",
            provenance={"machine": "a"},
        ) as writer:
            for outcome in (*outcomes, *extra):
                writer.append({"status": "ok", "loss": 0.25, "seconds": 0.5, "is_full_fidelity": True, **outcome})

    return add


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None]) -> Path:
    path = tmp_path_factory.mktemp("filled") / "store.duckdb"
    fill(path)
    return path


@pytest.fixture
def store(tmp_path: Path, filled: Path) -> Path:
    """A store with one study: a copy, because making one takes longer."""
    return Path(shutil.copy(filled, tmp_path))


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run(*arguments: object) -> Done:
        code = main(["kb", *map(str, arguments)])
        return Done(code, *capsys.readouterr())

    return run
