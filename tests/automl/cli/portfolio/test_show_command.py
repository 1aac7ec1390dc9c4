from __future__ import annotations

import json

from automl.cli import main
from portfolios import load


def test_it_prints_a_line_each(built, capsys):
    path = built / "binary-roc_auc.json"
    assert main(["portfolio", "show", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    portfolio = load(path)
    assert lines[0].startswith("binary, roc_auc; built 20")
    assert len(lines) == len(portfolio) + 2
    assert portfolio.configurations[0]["algorithm"] in lines[2]


def test_it_takes_what_others_wrote(tmp_path, capsys):
    """A portfolio may have any provenance, and hostile texts."""
    content = {"format": 1, "task_type": "bin\x1b[31m", "metric": "m", "space_version": "1"}
    content["provenance"] = {"tasks": 40}
    content["configurations"] = [{"algorithm": "k\x1bnn", "values": {"p": 1}}]
    (tmp_path / "p.json").write_text(json.dumps(content))
    assert main(["portfolio", "show", str(tmp_path / "p.json")]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "k?nn p=1" in out
    assert main(["portfolio", "show", str(tmp_path / "missing.json")]) == 2
