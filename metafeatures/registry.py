"""The explicit list of all meta-features, by group, and the core set."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from metafeatures.core import CORE
from metafeatures.counterparts import OPENML, PYMFE
from metafeatures.feature import Feature
from metafeatures.groups import (
    clustering,
    concept,
    dimensionality,
    discriminant,
    information,
    itemset,
    landmarking,
    landmarking_subsample,
    linearity,
    model_based,
    neighbourhood,
    network,
    overlap,
    regression_complexity,
    relative,
    simple,
    statistical,
    target,
)
from metafeatures.summaries import DEFAULT_SUMMARIES, SUMMARIES, summary_names

VERSION = "1"

# In the order in which they are computed: worth per second, the cheap and telling ones first.
GROUPS: dict[str, list[Feature]] = {
    "simple": simple.FEATURES,
    "target": target.FEATURES,
    "statistical": statistical.FEATURES,
    "information": information.FEATURES,
    "landmarking_subsample": landmarking_subsample.FEATURES,
    "dimensionality": dimensionality.FEATURES,
    "discriminant": discriminant.FEATURES,
    "model_based": model_based.FEATURES,
    "overlap": overlap.FEATURES,
    "regression_complexity": regression_complexity.FEATURES,
    "clustering": clustering.FEATURES,
    "neighbourhood": neighbourhood.FEATURES,
    "concept": concept.FEATURES,
    "network": network.FEATURES,
    "landmarking": landmarking.FEATURES,
    "relative": relative.FEATURES,
    "linearity": linearity.FEATURES,
    "itemset": itemset.FEATURES,
}


def describe() -> pd.DataFrame:
    """Every meta-feature with what there is to know about it.

    Returns
    -------
    DataFrame
        One row each: name, group, formula (in words), source, cost, per (what the elements of an
        array-valued one stand for), needs, version, core (whether the core set uses it), pymfe and openml (what
        they call it).

    Examples
    --------
    >>> table = describe().set_index("name")
    >>> table.loc["n_classes", ["group", "cost", "per"]].tolist()
    ['simple', 'linear', 'table']
    """
    in_core = {_base(name) for name in CORE}
    rows = [
        {
            "name": feature.name,
            "group": group,
            "formula": feature.formula,
            "source": feature.source,
            "cost": feature.cost,
            "per": feature.per,
            "needs": ", ".join(feature.needs),
            "version": feature.version,
            "core": feature.name in in_core,
            "pymfe": ", ".join(theirs for theirs, ours in PYMFE.items() if ours.name == feature.name),
            "openml": ", ".join(theirs for theirs, ours in OPENML.items() if _base(ours.name) == feature.name),
        }
        for group, features in GROUPS.items()
        for feature in features
    ]
    return pd.DataFrame(rows)


def _base(name: str) -> str:
    """Name of the feature, without the summary."""
    return name.partition(".")[0]


def select(groups: str | Iterable[str] | None, summaries: Iterable[str]) -> dict[str, list[tuple[Feature, list[str]]]]:
    """Features to compute by group, each with its summaries (none for a number).

    Raises
    ------
    ValueError
        If a group or summary is unknown.
    """
    wanted = list(summaries)
    if unknown := [name for name in wanted if name not in SUMMARIES]:
        raise ValueError(f"unknown summaries {unknown}; known are {sorted(SUMMARIES)}")
    if groups is None or groups == "core":
        return _select_core()
    names = list(GROUPS) if groups == "all" else [groups] if isinstance(groups, str) else list(groups)
    if unknown := [name for name in names if name not in GROUPS]:
        raise ValueError(f"unknown groups {unknown}; known are {list(GROUPS)}, 'core' and 'all'")
    return {
        group: [(feature, [] if feature.per == "table" else wanted) for feature in features]
        for group, features in GROUPS.items()
        if group in names
    }


def _select_core() -> dict[str, list[tuple[Feature, list[str]]]]:
    summaries: dict[str, list[str]] = {}
    for name in CORE:
        base, _, summary = name.partition(".")
        summaries.setdefault(base, []).extend([summary] if summary else [])
    chosen = {
        group: [(feature, summaries[feature.name]) for feature in features if feature.name in summaries]
        for group, features in GROUPS.items()
    }
    return {group: features for group, features in chosen.items() if features}


def names(groups: str | Iterable[str] | None = "core", summaries: Iterable[str] = DEFAULT_SUMMARIES) -> list[str]:
    """Names that `extract` gives a value or a reason for, with the same `groups` and `summaries`.

    Examples
    --------
    >>> names(["simple"])[:2]
    ['n_rows', 'log_n_rows']
    """
    return [name for features in select(groups, summaries).values() for item in features for name in full_names(*item)]


def full_names(feature: Feature, summaries: Iterable[str]) -> list[str]:
    """Names of the values of one feature."""
    if feature.per == "table":
        return [feature.name]
    return [f"{feature.name}.{suffix}" for suffix in summary_names(summaries)]
