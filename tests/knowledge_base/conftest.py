"""Records of the right form, and stores in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge_base import KnowledgeBase, Writer


def a_task(content_hash: str = "c0", **changes: Any) -> dict[str, Any]:
    return {"content_hash": content_hash, "task_type": "binary", "name": None, "n_rows": 150, "n_features": 4,
            "n_classes": 2, "source": "fit", "metric": "roc_auc", "split": "5-fold stratified", "seed": 0, **changes}


def an_outcome(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {"configuration_id": f"k{number}", "algorithm": "knn", "configuration": {"n_neighbors": number},
            "status": "ok", "loss": 0.25, "metric": "roc_auc", "fold_losses": [0.5, 0.0], "metrics": {"accuracy": 0.75},
            "fidelity": {"folds": 5, "iterations_fraction": 1.0, "rows_fraction": 1.0}, "is_full_fidelity": True,
            "seconds": 1.5, "fit_seconds": 1.0, "predict_seconds": 0.25, "peak_mb": 96.0, "seed": 0, "error": None,
            "trial_number": number, **changes}


def start(kb: KnowledgeBase, content_hash: str = "c0", metafeatures: dict[str, float | None] | None = None,
          space_version: str = "1", metafeatures_version: str = "1", **changes: Any) -> Writer:
    return kb.writer(task=a_task(content_hash, **changes), metafeatures=metafeatures or {}, space_version=space_version,
                     metafeatures_version=metafeatures_version, provenance={"host": "a"})


def fill(kb: KnowledgeBase, content_hash: str = "c0", losses: dict[str, float | None] | None = None,
         **changes: Any) -> None:
    """Write one study: an outcome for each configuration, a crash where the loss is None."""
    with start(kb, content_hash, **changes) as writer:
        for number, (configuration, loss) in enumerate((losses or {"k0": 0.25}).items()):
            writer.append(an_outcome(number, configuration_id=configuration, loss=loss, metric=None,
                                     configuration={"name": configuration},
                                     status="crash" if loss is None else "ok"))


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge.duckdb")


@pytest.fixture(name="a_task")
def a_task_fixture() -> Callable[..., dict[str, Any]]:
    return a_task


@pytest.fixture(name="an_outcome")
def an_outcome_fixture() -> Callable[..., dict[str, Any]]:
    return an_outcome


@pytest.fixture(name="start")
def start_fixture() -> Callable[..., Writer]:
    return start


@pytest.fixture(name="fill")
def fill_fixture() -> Callable[..., None]:
    return fill
