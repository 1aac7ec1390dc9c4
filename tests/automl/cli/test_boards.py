from __future__ import annotations

import json

import pandas as pd

from automl.cli.boards import board_for_csv, board_text

BOARD = pd.DataFrame(
    {
        "algorithm": ["lightgbm", "knn"],
        "loss": [0.123456789, float("nan")],
        "status": ["ok", "crash"],
        "weight": [1.0, 0.0],
        "error": [None, "ValueError: too few rows"],
        "configuration": [{"learning_rate": 0.0123456, "n_leaves": 31}, {"n_neighbors": 5}],
    }
)


def test_text_shows_each_row_with_its_configuration_or_its_error():
    header, first, second = board_text(BOARD).splitlines()
    assert header.split() == ["algorithm", "loss", "status", "weight", "details"]
    assert first.split() == ["lightgbm", "0.12346", "ok", "1.00", "learning_rate=0.01235", "n_leaves=31"]
    assert second.split(maxsplit=4) == ["knn", "NaN", "crash", "0.00", "ValueError: too few rows"]


def test_csv_holds_configurations_that_can_be_read_back():
    assert [json.loads(text) for text in board_for_csv(BOARD)["configuration"]] == list(BOARD["configuration"])
