"""The report as it is written: for people, whatever stands in the results."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest
from benchmark_results import a_run, a_whole_benchmark, some_runs

from automl.benchmark.report import write_report

HOSTILE = "<script>alert(1)</script> | `x` \n **b** ![i](http://evil.example/x.png) \x1b[31m"
VOID = {"meta", "br", "hr", "img", "link", "input", "use", "path", "circle", "line", "rect"}


class Page(HTMLParser):
    """Checks that tags nest, and gathers what the page asks for."""

    def __init__(self):
        super().__init__()
        self.open, self.requests, self.texts, self.images, self.described = [], [], [], 0, 0

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.requests += [found[name] for name in ("src", "href", "xlink:href", "action") if name in found]
        self.images += tag == "svg"
        self.described += tag == "svg" and bool(found.get("aria-label") or found.get("aria-labelledby"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.requests += [value for name, value in attributes if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(text):
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_report(a_whole_benchmark(), tmp_path_factory.mktemp("report") / "report.html")


def test_the_page_is_whole_and_asks_for_nothing(whole):
    text = whole.html.read_text(encoding="utf-8")
    page = read(text)
    assert all(target.startswith("#") for target in page.requests)
    assert "<script" not in text and "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert page.images >= 5 and page.described == page.images


def test_it_says_what_a_reader_needs_to_trust_it(whole):
    text = whole.markdown.read_text(encoding="utf-8")
    for said in (
        "No framework saw the outer test rows", "1.02 times its budget and 1 s", "constant predictor",
        "shipped, 2,576 studies", "58fc021", "2 cores, Linux", "Friedman", "Nemenyi",
    ):  # fmt: skip
        assert said in text, said
    for framework in ("precedent", "lightgbm-defaults", "autogluon-best"):
        assert framework in text


def test_figures_stand_beside_the_markdown(whole):
    text = whole.markdown.read_text(encoding="utf-8")
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert sorted(named) == sorted(f"report-figures/{path.name}" for path in whole.figures)
    assert all(path.read_text(encoding="utf-8").lstrip().startswith(("<svg", "<?xml")) for path in whole.figures)


@pytest.mark.parametrize(
    "results",
    [
        some_runs({"iris": {"ours": 0.9}}),
        some_runs({"iris": {"ours": 0.9, "other": 0.8}, "wine": {"ours": 0.7, "other": 0.8}}),
        some_runs({"iris": {"ours": None, "other": None}}),
        some_runs({"iris": {"ours": 0.9, "other": 0.8, "third": 0.7}}, budget_s=None),
        some_runs({"iris": {"ours": 0.5, "other": 0.5, "third": 0.5}}, constant_score=0.5),
        some_runs({"a": {"x": 0.9, "y": 0.8}, "b": {"x": 0.7}, "c": {"y": 0.7}}),
        some_runs({"a": {"x": 0.9}, "b": {"y": 0.7}}),
        pd.DataFrame([a_run(budget_s=None, max_trials=20, knowledge_base=None)]),
        pd.DataFrame([a_run(budget_s=10.0), a_run(budget_s=60.0)]),
    ],
    ids=["one run", "two", "failed", "no budget", "alike", "holes", "none in common", "trials", "one framework"],
)  # fmt: skip
def test_whatever_was_run_can_be_reported(results, tmp_path):
    written = write_report(results, tmp_path / "report.html")
    page = read(written.html.read_text(encoding="utf-8"))
    assert "nan" not in re.findall(r"[a-z]+", " ".join(page.texts).lower())


def test_hostile_texts_are_texts(tmp_path):
    runs = [
        a_run(table=HOSTILE, framework=HOSTILE, version=HOSTILE, machine=HOSTILE, commit=HOSTILE, suite=HOSTILE),
        a_run(framework="other", status="crash", score=None, error=HOSTILE, knowledge_base=HOSTILE, left_out=[HOSTILE]),
    ]
    written = write_report(pd.DataFrame(runs), tmp_path / "report.html")
    text = written.html.read_text(encoding="utf-8")
    page = read(text)
    assert "<script" not in text and "\x1b" not in text
    assert any("<script>alert(1)</script>" in each for each in page.texts)
    assert all(target.startswith("#") for target in page.requests)
    markdown = written.markdown.read_text(encoding="utf-8")
    assert "<script" not in markdown and "http://evil" not in markdown
    grids = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert all(line.rstrip().endswith("|") for line in grids)
    for path in written.figures:
        assert "<script" not in path.read_text(encoding="utf-8")


def test_a_missing_package_is_named_with_the_remedy(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("automl.benchmark.report.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scikit_posthocs", None)
    with pytest.raises(ImportError, match=r"scikit_posthocs.*pip install 'precedent-automl\[benchmark\]'"):
        write_report(some_runs({"iris": {"ours": 0.9}}), tmp_path / "report.html")


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.html"):
        write_report(some_runs({"iris": {"ours": 0.9}}), tmp_path / "report.pdf")
