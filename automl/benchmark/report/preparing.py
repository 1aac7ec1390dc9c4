"""One row a run that counts: names made fit to be shown, failures imputed, scores scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from automl.benchmark.report.wording import shown

NEEDED = (
    "run_id", "suite", "table", "content_hash", "task", "metric", "n_rows", "n_features", "n_classes", "fold",
    "n_folds", "seed", "framework", "version", "budget_s", "max_trials", "n_cores", "memory_limit_mb",
    "knowledge_base", "left_out", "status", "error", "score", "constant_score", "prepare_s", "fit_s", "predict_s",
    "n_test", "wall_s", "overhead_s", "peak_mb", "started", "commit", "machine",
)  # fmt: skip
_NUMBERS = (
    "n_rows", "n_features", "n_classes", "fold", "n_folds", "seed", "budget_s", "max_trials", "n_cores",
    "memory_limit_mb", "score", "constant_score", "prepare_s", "fit_s", "predict_s", "n_test", "wall_s", "overhead_s",
    "peak_mb",
)  # fmt: skip
_TEXTS = ("suite", "task", "metric", "version", "commit", "machine")
SPLIT = ["table", "fold", "seed"]
LATE_FACTOR, LATE_S = 1.02, 1.0
FLOOR = -1.0
_NAME_LENGTH = 40


@dataclass(frozen=True)
class Results:
    """The runs of a report.

    Parameters
    ----------
    runs : DataFrame
        One row a run, with the columns of `NEEDED` and: ``counted``, the score or what it is imputed by;
        ``is_imputed``; ``scaled``, from 0 for the constant predictor to 1 for the best score of any framework at any
        budget on the same outer fold, not below `FLOOR`; ``used_s``, the seconds that a fit took; ``limit_s``, what
        it may take, and ``is_late``.
    n_dropped : int
        Runs that came more than once, or on whose fold no run has any score.
    """

    runs: pd.DataFrame
    n_dropped: int

    @property
    def frameworks(self) -> tuple[str, ...]:
        """By name, so that their order says nothing."""
        return tuple(sorted(self.runs["framework"].unique(), key=lambda name: (name.lower(), name)))

    @property
    def budgets(self) -> tuple[float | None, ...]:
        """In seconds, ascending; only None where no run has a budget."""
        return tuple(sorted(self.runs["budget_s"].dropna().unique().tolist())) or (None,)

    def at(self, budget_s: float | None) -> pd.DataFrame:
        """The runs with that budget, and those of frameworks that take none."""
        budgets = self.runs["budget_s"]
        return self.runs[budgets.isna() | (budgets == budget_s)]


def prepare(results: pd.DataFrame) -> Results:
    """Work out what counts.

    Parameters
    ----------
    results : DataFrame
        One row a run, with the columns of `NEEDED` at least.

    Returns
    -------
    Results

    Raises
    ------
    ValueError
        If a column is missing or there is no run.
    """
    missing = [name for name in NEEDED if name not in results]
    if missing:
        raise ValueError(
            f"the results lack the columns {', '.join(missing)}: are they those of `automl benchmark run`?"
        )
    runs = results.loc[~results["run_id"].duplicated(), list(NEEDED)].reset_index(drop=True)
    if runs.empty:
        raise ValueError("there are no results to report; `automl benchmark run` makes them")
    for name in _NUMBERS:
        runs[name] = pd.to_numeric(runs[name], errors="coerce").astype(np.float64)
    for name in _TEXTS:
        runs[name] = runs[name].map(shown).astype(object)
    runs["table"], runs["framework"] = _table_names(runs), _framework_names(runs)
    runs = _with_counted(runs)
    runs = runs[runs["counted"].notna()].reset_index(drop=True)
    if runs.empty:
        raise ValueError("none of the runs has a score, nor the score of the constant predictor")
    runs["scaled"] = _scaled(runs)
    runs["used_s"] = runs["fit_s"].fillna(runs["wall_s"] - runs["prepare_s"].fillna(0.0))
    runs["limit_s"] = LATE_FACTOR * runs["budget_s"] + LATE_S
    runs["is_late"] = runs["budget_s"].notna() & ((runs["used_s"] > runs["limit_s"]) | (runs["status"] == "timeout"))
    return Results(runs, len(results) - len(runs))


def _table_names(runs: pd.DataFrame) -> pd.Series[str]:
    """Names of tables, with what else is needed to tell two of the same name apart."""
    names = runs["table"].map(lambda name: shown(name, _NAME_LENGTH)).astype(object)
    parts = {
        "metric": runs["metric"],
        "n_folds": runs["n_folds"].map("{:g} folds".format),
        "content_hash": runs["content_hash"].map(lambda text: shown(text)[:8]),
    }
    for part in parts.values():
        ambiguous = part.groupby(names).transform("nunique") > 1
        names = names.where(~ambiguous, names + " [" + part.astype(object) + "]")
    return names


def _framework_names(runs: pd.DataFrame) -> pd.Series[str]:
    """Names of frameworks; those bounded by trials say so."""
    names = runs["framework"].map(lambda name: shown(name, _NAME_LENGTH)).astype(object)
    trials = runs["max_trials"].map("{:g} trials".format).astype(object)
    return names.where(runs["max_trials"].isna(), names + " (" + trials + ")")


def _with_counted(runs: pd.DataFrame) -> pd.DataFrame:
    """Failed runs have the score of the constant predictor; where that is not known, the worst of their fold.

    Counted to ten digits: what differs by less is a tie.
    """
    is_scored = (runs["status"] == "ok") & np.isfinite(runs["score"])
    score = runs["score"].where(is_scored)
    constant = runs["constant_score"].where(np.isfinite(runs["constant_score"]))
    on_split = [runs[name] for name in SPLIT]
    constant = constant.fillna(constant.groupby(on_split).transform("mean"))
    constant = constant.fillna(constant.groupby(on_split[:2]).transform("mean"))
    worst = score.groupby(on_split).transform("min")
    counted = score.fillna(constant).fillna(worst).map(lambda value: float(f"{value:.10g}"))
    constant = constant.map(lambda value: float(f"{value:.10g}"))
    return runs.assign(counted=counted, constant_score=constant, is_imputed=~is_scored)


def _scaled(runs: pd.DataFrame) -> pd.Series[float]:
    """Missing where no run beats the constant predictor, whose distance would be the unit."""
    best = runs["counted"].groupby([runs[name] for name in SPLIT]).transform("max")
    unit = best - runs["constant_score"]
    return ((runs["counted"] - runs["constant_score"]) / unit.where(unit > 0.0)).clip(lower=FLOOR)
