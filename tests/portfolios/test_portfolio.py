from __future__ import annotations

import json
import math

import pytest

from portfolios import Portfolio, load

PORTFOLIO = Portfolio(
    configurations=(
        {"algorithm": "knn", "values": {"n_neighbors": 5, "weights": "distance"}},
        {"algorithm": "linear", "values": {"C": 0.1, "intercept": True, "name": "größe\n"}},
    ),
    task_type="binary",
    metric="roc_auc",
    space_version="3f",
    provenance={"tasks": 40, "built": "2026-01-01"},
)


def test_what_is_saved_is_loaded(tmp_path):
    PORTFOLIO.save(tmp_path / "p.json")
    assert load(tmp_path / "p.json") == PORTFOLIO
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


def test_a_portfolio_that_cannot_be_written_leaves_the_old_file(tmp_path):
    PORTFOLIO.save(tmp_path / "p.json")
    bad = Portfolio(({"algorithm": "knn", "values": {"p": math.nan}},), "binary", "roc_auc", "3f", {})
    with pytest.raises(ValueError, match="JSON"):
        bad.save(tmp_path / "p.json")
    assert load(tmp_path / "p.json") == PORTFOLIO


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "a,b\n1,2\n", '"text"'])
def test_what_is_no_portfolio_is_said_so(tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(ValueError, match="is not a portfolio"):
        load(tmp_path / "p.json")


def test_a_newer_format_and_a_damaged_file_are_said_so(tmp_path):
    PORTFOLIO.save(tmp_path / "p.json")
    content = json.loads((tmp_path / "p.json").read_text())
    (tmp_path / "newer.json").write_text(json.dumps({**content, "format": 99}))
    with pytest.raises(ValueError, match="format 99"):
        load(tmp_path / "newer.json")
    del content["metric"]
    (tmp_path / "damaged.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"damaged.*metric"):
        load(tmp_path / "damaged.json")


def test_a_configuration_needs_an_algorithm_and_values():
    with pytest.raises(ValueError, match=r"configuration 0.*algorithm and values"):
        Portfolio(({"algorithm": "knn"},), "binary", "roc_auc", "3f", {})
