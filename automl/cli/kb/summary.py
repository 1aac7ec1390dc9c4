"""All that is said of a store: counts of each layer, what does not fit, what waits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from automl.cli.kb.current_space import SpaceCheck, check_space, current_spaces
from automl.cli.kb.stores import n_inbox_files
from knowledge_base import KnowledgeBase


@dataclass(frozen=True)
class Summary:
    """What a store and the layers below it hold.

    Parameters
    ----------
    store : Path
        There may be no such file.
    tables : dict of str to DataFrame
        From `KnowledgeBase.stats`; their first column names the layer.
    space_checks : dict of str to SpaceCheck
        By the name of the layer.
    n_inbox_files : int
        Files of outcomes that are not counted.
    """

    store: Path
    tables: dict[str, pd.DataFrame]
    space_checks: dict[str, SpaceCheck]
    n_inbox_files: int

    @property
    def layers(self) -> list[str]:
        """The layers that exist, the store itself first."""
        return list(self.space_checks)

    @property
    def layers_below(self) -> list[str]:
        """The layers that the store is laid over."""
        return [layer for layer in self.layers if layer != str(self.store)]

    def n_outcomes(self, layer: str) -> int:
        """Count the outcomes of one layer."""
        return int(self.of_layer(layer)["totals"]["n_outcomes"].sum())

    def of_layer(self, layer: str) -> dict[str, pd.DataFrame]:
        """The tables of one layer, without its name."""
        return {name: table[table["store"] == layer].drop(columns="store") for name, table in self.tables.items()}


def summarise(store: KnowledgeBase) -> Summary:
    """Count what a store holds, as it stands.

    Raises
    ------
    KnowledgeBaseError
        If a layer cannot be read.
    """
    tables = store.stats()
    layers = list(tables["totals"]["store"])
    spaces = current_spaces() if layers else {}
    checks = {layer: check_space(Path(layer), spaces) for layer in layers}
    return Summary(store.path, tables, checks, n_inbox_files(store.path))


def as_json(summary: Summary) -> dict[str, Any]:
    """Give the summary as JSON values, with all rows of all tables."""
    return {
        "store": str(summary.store),
        "exists": str(summary.store) in summary.layers,
        "n_inbox_files": summary.n_inbox_files,
        "tables": {name: _records(table) for name, table in summary.tables.items()},
        "current_space": [
            {
                "store": layer,
                "n_configurations": check.n_configurations,
                "n_examined": check.n_examined,
                "n_outdated": check.n_outdated,
                "n_outcomes": check.n_outcomes,
                "n_outdated_outcomes": check.n_outdated_outcomes,
                "outdated": _records(check.outdated),
            }
            for layer, check in summary.space_checks.items()
        ],
    }


def _records(table: pd.DataFrame) -> Any:
    return json.loads(table.to_json(orient="records"))
