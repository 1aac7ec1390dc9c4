"""Portfolios of what ships, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from automl.cli import main
from knowledge_base.default import shipped_paths


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "portfolios"
    arguments = ["--store", str(shipped_paths()[0]), "--size", "12", "--time-budgets", "0.5", "none"]
    assert main(["portfolio", "build", str(folder), *arguments]) == 0
    return folder
