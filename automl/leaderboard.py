"""The leaderboard: what was tried, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from automl.ensemble.selection import Selection
from automl.trial import Outcome, Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS = [
    "algorithm", "loss", "folds", "status", "weight", "seconds", "peak_mb", "origin", "error", "configuration",
]  # fmt: skip


def leaderboard_of(history: Sequence[tuple[Trial, Outcome]], selection: Selection | None) -> pd.DataFrame:
    """One row per configuration at its highest fidelity, full evaluations first, then by loss.

    Parameters
    ----------
    history : sequence of (Trial, Outcome)
    selection : Selection or None
        Gives the weights.

    Returns
    -------
    DataFrame
        Columns algorithm, loss, folds, status, weight, seconds, peak_mb, origin, error, configuration.
    """
    weights = {m.candidate.configuration.id: m.weight for m in selection.members} if selection else {}
    rows: dict[str, dict[str, object]] = {}
    for trial, outcome in sorted(history, key=lambda pair: (pair[0].fidelity.rows, pair[0].fidelity.folds)):
        key = trial.configuration.id
        known = rows.get(key)
        losses = [loss for loss in outcome.fold_losses if not np.isnan(loss)]
        rows[key] = {
            "algorithm": trial.configuration.algorithm,
            "loss": float(np.mean(losses)) if losses else np.nan,
            "folds": len(losses),
            "status": outcome.status.value,
            "weight": weights.get(key, 0.0),
            "seconds": outcome.seconds + (float(known["seconds"]) if known else 0.0),  # type: ignore[arg-type]
            "peak_mb": outcome.peak_mb,
            "origin": known["origin"] if known else trial.origin,
            "error": outcome.error,
            "configuration": dict(trial.configuration.values),
        }
    board = pd.DataFrame(list(rows.values()), columns=_COLUMNS)
    order = board.assign(_short=-board["folds"]).sort_values(["_short", "loss"], kind="stable", na_position="last")
    return order.drop(columns="_short").reset_index(drop=True)
