"""Leaderboards for a terminal and for a pipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def board_text(board: pd.DataFrame) -> str:
    """Lay a leaderboard out for a terminal.

    Parameters
    ----------
    board : DataFrame
        From `leaderboard()`; its columns ``configuration`` and ``error`` share the last one here.

    Returns
    -------
    str
        One line per row below a line of names.
    """
    details = [
        error if isinstance(error, str) else configuration_text(values)
        for error, values in zip(board["error"], board["configuration"], strict=True)
    ]
    places = {"loss": 5, "weight": 2, "seconds": 2, "peak_mb": 0}
    formatters = {name: f"{{:.{n}f}}".format for name, n in places.items() if name in board}
    numbers = board.drop(columns=["error", "configuration"]).to_string(index=False, formatters=formatters)
    lines = zip(numbers.splitlines(), ["details", *details], strict=True)
    return "\n".join(f"{line}  {detail}" for line, detail in lines)


def board_for_csv(board: pd.DataFrame) -> pd.DataFrame:
    """Write the configurations of a leaderboard as JSON, so that it fits in a CSV file."""
    return board.assign(configuration=[json.dumps(values) for values in board["configuration"]])


def configuration_text(values: Mapping[str, Any]) -> str:
    """Name and value of each hyperparameter, numbers in four digits.

    Examples
    --------
    >>> configuration_text({"weights": "distance", "p": 1.23456})
    'weights=distance p=1.235'
    """
    return " ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in values.items())
