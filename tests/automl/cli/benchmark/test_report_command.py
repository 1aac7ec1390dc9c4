from __future__ import annotations

from pathlib import Path

import pytest
from benchmark_results import some_runs

from automl.benchmark.results import ResultsFolder
from automl.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    results = ResultsFolder(tmp_path / "results")
    with results.locked():
        for number, run in enumerate(some_runs({"iris": {"ours": 0.9, "other": 0.8}}).to_dict("records")):
            results.write({**run, "run_id": f"{number:016x}"}, None)
    return results.folder


def test_it_says_what_it_wrote(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "new" / "report.html"
    assert main(["benchmark", "report", str(folder), str(folder), "--output", str(output)]) == 0
    assert output.is_file() and output.with_suffix(".md").is_file()
    assert str(output) in capsys.readouterr().out
    assert "2 runs" in output.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["nothing"], "has no results of `automl benchmark run`"), ([".", "--output", "report.pdf"], "ends in .html")],
)
def test_what_cannot_be_is_said(
    folder: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["benchmark", "report", *words]) == 2
    assert said in capsys.readouterr().err
