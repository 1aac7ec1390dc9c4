"""The leaderboard: one row per configuration, told as it went."""

from __future__ import annotations

import math
import warnings
from typing import Any

from automl.ensemble.selection import Candidate, Member, Selection
from automl.leaderboard import leaderboard_of
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

COLUMNS = ["algorithm", "loss", "folds", "status", "weight", "seconds", "peak_mb", "origin", "error", "configuration"]
NAN = math.nan


def entry(
    number: int, name: str, fidelity: Fidelity, losses: tuple[float, ...], *, error: str | None = None,
    status: Status = Status.OK, origin: str = "model",
) -> tuple[Trial, Outcome]:  # fmt: skip
    known = [loss for loss in losses if not math.isnan(loss)]
    loss = sum(known) / len(known) if status is Status.OK else NAN
    outcome = Outcome(status, loss, seconds=1.0 + number, peak_mb=100.0, fold_losses=losses, error=error)
    return Trial(number, Configuration(name, {"n": 1}), fidelity, 0, origin), outcome


ONE, FULL = Fidelity(1), Fidelity(3)


def test_an_empty_history_has_the_columns() -> None:
    board = leaderboard_of([], None)
    assert list(board.columns) == COLUMNS
    assert board.empty


def test_full_evaluations_come_first_then_the_lower_loss() -> None:
    board = leaderboard_of(
        [
            entry(0, "quick", ONE, (0.1,)),
            entry(1, "poor", FULL, (0.5, 0.5, 0.5)),
            entry(2, "crash", ONE, (), status=Status.CRASH, error="ValueError: no"),
            entry(3, "good", FULL, (0.3, 0.3, 0.3)),
        ],
        None,
    )
    assert board["algorithm"].tolist() == ["good", "poor", "quick", "crash"]
    assert board["folds"].tolist() == [3, 3, 1, 0]
    assert board["loss"].tolist()[:3] == [0.3, 0.5, 0.1]
    assert math.isnan(board["loss"].iloc[3])
    assert board["error"].iloc[3] == "ValueError: no"
    assert board["status"].tolist() == ["ok", "ok", "ok", "crash"]
    assert board["configuration"].iloc[0] == {"n": 1}


def test_a_configuration_is_told_once_at_its_highest_fidelity() -> None:
    """However the outcomes came in, and with the time of all its trials."""
    steps = [
        entry(0, "forest", Fidelity(1, rows=0.2), (0.9,), origin="warm"),
        entry(1, "forest", ONE, (0.6,), origin="promotion"),
        entry(2, "forest", FULL, (0.6, 0.4, 0.2), origin="promotion"),
    ]
    for history in (steps, steps[::-1]):
        [row] = leaderboard_of(history, None).to_dict("records")
        assert (row["folds"], row["seconds"], row["origin"]) == (3, 6.0, "warm")
        assert math.isclose(row["loss"], 0.4)


def test_a_cut_off_trial_shows_the_folds_it_finished() -> None:
    [row] = leaderboard_of(
        [entry(0, "svm", FULL, (0.2, 0.4), status=Status.TIMEOUT, error="2 folds within its time limit")], None
    ).to_dict("records")
    assert (row["status"], row["folds"]) == ("timeout", 2)
    assert math.isclose(row["loss"], 0.3)


def test_folds_without_a_defined_loss_are_left_out_of_the_mean_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        board = leaderboard_of(
            [entry(0, "a", FULL, (NAN, 0.2, 0.4)), entry(1, "b", FULL, (NAN, NAN, NAN), status=Status.INVALID)], None
        )
    assert math.isclose(board["loss"].iloc[0], 0.3)
    assert math.isnan(board["loss"].iloc[1])


def test_weights_are_those_of_the_ensemble() -> None:
    history = [entry(k, name, FULL, (0.1, 0.1, 0.1)) for k, name in enumerate("abc")]
    members: list[Any] = [
        Member(Candidate(trial.configuration, FULL, {}), weight)
        for (trial, _), weight in zip(history, (0.75, 0.0, 0.25), strict=True)
        if weight
    ]
    board = leaderboard_of(history, Selection(tuple(members), 0.1, None))
    assert dict(zip(board["algorithm"], board["weight"], strict=True)) == {"a": 0.75, "b": 0.0, "c": 0.25}
