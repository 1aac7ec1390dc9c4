from __future__ import annotations

import io
import json

import pandas as pd

import automl
from automl.cli import main


def test_csv_holds_every_row_and_column(classifier_path, capsys):
    assert main(["leaderboard", str(classifier_path), "--csv"]) == 0
    shown = pd.read_csv(io.StringIO(capsys.readouterr().out))
    board = automl.load(classifier_path).leaderboard()
    assert list(shown) == list(board)
    assert len(shown) == len(board) >= 1
    assert [json.loads(text) for text in shown["configuration"]] == list(board["configuration"])


def test_text_starts_with_the_best(classifier_path, capsys):
    assert main(["leaderboard", str(classifier_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    board = automl.load(classifier_path).leaderboard()
    assert len(lines) == len(board) + 1
    assert lines[1].split()[0] == board["algorithm"].iloc[0]
