"""Models that the commands work on: fitted once, by the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import real_tables

from automl.cli import main

QUICK = ["--time-budget", "none", "--max-trials", "3", "--n-jobs", "1", "--seed", "0", "--include", "lightgbm"]
QUICK += ["--knowledge-base", "none", "--quiet"]


def csv_of(name: str) -> Path:
    return real_tables.FOLDER / f"{name}.csv"


def fitted(folder: Path, name: str, target: str) -> Path:
    path = folder / f"{name}.automl"
    assert main(["fit", str(csv_of(name)), "--target", target, "--output", str(path), *QUICK]) == 0
    return path


@pytest.fixture(scope="session")
def classifier_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted(tmp_path_factory.mktemp("models"), "glass", "Type")


@pytest.fixture(scope="session")
def regressor_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted(tmp_path_factory.mktemp("models"), "autompg", "class")
