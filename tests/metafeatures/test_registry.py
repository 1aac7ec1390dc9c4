"""The list of meta-features is complete, unique and described."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

import pytest

import metafeatures
from metafeatures import groups
from metafeatures.core import CORE
from metafeatures.counterparts import OPENML, PYMFE
from metafeatures.feature import CHECKS, REASONS
from metafeatures.registry import GROUPS, describe, names
from metafeatures.summaries import SUMMARIES


def test_every_module_of_groups_is_listed() -> None:
    modules = [name for _, name, _ in pkgutil.iter_modules(groups.__path__)]
    assert sorted(modules) == sorted(GROUPS)
    for name in modules:
        assert GROUPS[name] is importlib.import_module(f"metafeatures.groups.{name}").FEATURES


def test_names_are_unique() -> None:
    counts = Counter(feature.name for features in GROUPS.values() for feature in features)
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("feature", [f for features in GROUPS.values() for f in features], ids=lambda f: f.name)
def test_conformance(feature) -> None:
    assert feature.formula
    assert feature.formula.endswith(".") or ":" in feature.formula
    assert feature.source
    assert feature.version >= 1
    assert set(feature.needs) <= set(CHECKS) == set(REASONS)


def test_core_is_part_of_all() -> None:
    assert set(CORE) == set(names("core"))
    assert set(CORE) <= set(names("all", SUMMARIES))


def test_describe_has_a_row_each() -> None:
    table = describe()
    assert len(table) == sum(map(len, GROUPS.values()))
    assert table["core"].any()
    assert not table[["formula", "source", "cost"]].isin([""]).any(axis=None)


def test_counterparts_exist() -> None:
    known = {feature.name: feature.per for features in GROUPS.values() for feature in features}
    for theirs, ours in (PYMFE | OPENML).items():
        name, _, summary = ours.name.partition(".")
        assert name in known, theirs
        assert not summary or (summary in SUMMARIES and known[name] != "table"), theirs


def test_exported_names() -> None:
    assert all(hasattr(metafeatures, name) for name in metafeatures.__all__)
