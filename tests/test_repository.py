"""What the documentation says of the repository holds, and the house rules that a machine can check."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("automl", "knowledge_base", "metafeatures", "portfolios")
DOCUMENTS = ("README.md", "CONTRIBUTING.md")
MAX_LINES = 500
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_marked_as_typed(package):
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    paths = re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|scripts|\.ci)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    links = re.findall(r"\]\(([^):]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_is_named_is_there(document):
    text = (ROOT / document).read_text()
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    used = set(re.findall(r"(?:`|\$ )make (\w+)", text))
    assert used
    assert used - targets == set()


def test_ci_runs_the_test_command_of_the_readme():
    assert "\n$ make test " in (ROOT / "README.md").read_text()
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()


def test_no_file_is_long():
    assert [str(path) for path in MODULES + TESTS if len(path.read_text().splitlines()) > MAX_LINES] == []
