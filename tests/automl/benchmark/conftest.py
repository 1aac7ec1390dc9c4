"""Made-up frameworks, and runs of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_up_frameworks
import pandas as pd
import pytest
import real_tables

from automl.benchmark.execution import Experience, Patience, execute
from automl.benchmark.frameworks import FRAMEWORKS
from automl.benchmark.plan import Conditions, Run
from automl.benchmark.splitting import Split, Splits
from automl.benchmark.suite import BenchmarkTable, Rows, read_suite

Executed = tuple[dict[str, Any], pd.DataFrame | None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes of frameworks take a minute in all, and depend little on the versions of what is below."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.once)


@pytest.fixture(scope="session")
def real() -> dict[str, BenchmarkTable]:
    """The small real tables, by name."""
    return {table.name: table for table in read_suite(str(real_tables.FOLDER))}


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Registers a made-up framework, whose functions `body` replaces; gives its name."""

    def register(body: str = "", name: str = "made_up", **options: Any) -> str:
        framework = made_up_frameworks.made_up(tmp_path, name, body, **options)
        monkeypatch.setitem(FRAMEWORKS, name, framework)  # type: ignore[arg-type]
        return name

    return register


def a_table(X: pd.DataFrame, y: pd.Series, task: str, name: str = "made") -> BenchmarkTable:
    return BenchmarkTable("tests", name, task, lambda: Rows(X, y))


def a_run(framework: str, table: BenchmarkTable, **values: Any) -> Run:
    conditions = Conditions(**{"n_folds": 5, "n_cores": 1, **values.pop("conditions", {})})
    known = {"fold": 0, "budget_s": None, "seed": 0, **values}
    return Run(table.suite, table.name, framework=framework, conditions=conditions, **known)


@pytest.fixture
def run(made_up: Callable[..., str], real: dict[str, BenchmarkTable]) -> Callable[..., Executed]:
    """Runs a made-up framework once, on the first fold of hepatitis."""

    def run(
        body: str = "", table: str = "hepatitis", patience: Patience | None = None,
        experience: Experience | None = None, split: Split | None = None, **values: Any,
    ) -> Executed:  # fmt: skip
        one = a_run(made_up(body), real[table], **values)
        split = split or Splits().of(real[table], one)
        return execute(one, split, None, patience or Patience(), experience)

    return run


@pytest.fixture(name="a_table")
def _a_table() -> Callable[..., BenchmarkTable]:
    return a_table


@pytest.fixture(name="a_run")
def _a_run() -> Callable[..., Run]:
    return a_run
