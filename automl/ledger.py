"""Ledger: every outcome of a fit, kept, recorded and shown."""

from __future__ import annotations

import math

import numpy as np

from automl.budget import Budget
from automl.ensemble.selection import Candidate, without_twins
from automl.folds import FoldStore
from automl.metrics import Metric
from automl.progress import ProgressReport
from automl.recording import Recorder
from automl.trial import Configuration, Fidelity, Outcome, Trial

# Of each algorithm and fidelity, so many candidates' learners stay on disk while the search goes on; after so many
# trials the others go.
KEEP_OF_ALGORITHM = 12
_FORGET_EVERY = 60


class Ledger:
    """Takes in every outcome: keeps it, records it, shows it, and forgets learners that no ensemble would take."""

    def __init__(
        self,
        metric: Metric,
        store: FoldStore,
        recorder: Recorder,
        progress: ProgressReport,
        full: Fidelity,
        budget: Budget,
    ):
        self.metric, self.store, self.recorder = metric, store, recorder
        self.progress, self.full, self.budget = progress, full, budget
        self.history: list[tuple[Trial, Outcome]] = []
        self.first_model_s = math.nan
        self.incumbents: list[dict[str, float]] = []
        self.largest_mb = 0.0

    def __call__(self, trial: Trial, outcome: Outcome) -> bool:
        """Steps 8 and 10; says whether the search has reached its goal."""
        if outcome.fold_losses and math.isnan(self.first_model_s):
            self.first_model_s = self.budget.elapsed_s()
        if outcome.fold_losses:
            self.largest_mb = max(self.largest_mb, self.store.model_mb(trial.configuration, trial.fidelity))
        self.history.append((trial, outcome))
        is_stacked = bool(trial.configuration.base)
        if not is_stacked:  # it says nothing without its base
            self.recorder.append(trial, outcome)
        is_full = trial.fidelity == self.full and not is_stacked
        if is_full and outcome.ok and (not self.incumbents or outcome.loss < self.incumbents[-1]["loss"]):
            now_s = self.budget.elapsed_s()
            self.incumbents.append({"trials": len(self.history), "seconds": now_s, "loss": outcome.loss})
        self.progress.update(trial, outcome, full=is_full)
        if len(self.history) % _FORGET_EVERY == 0 and not is_stacked:  # nor may the base be forgotten
            self._forget_the_worst()
        return outcome.ok and is_full and self.metric.is_perfect(outcome.loss)

    def cut_off(self, trial: Trial, outcome: Outcome) -> bool:
        """Take in a trial that the end of the search cut off, if it had finished a fold: else it tells nothing."""
        return bool(outcome.fold_losses) and self(trial, outcome)

    def _forget_the_worst(self) -> None:
        """Losses on one fold and on all, on some rows and on all, do not compare: the best of each kind stay.

        Of twins, equal on every one of several folds, one is enough.
        """
        latest: dict[Configuration, tuple[float, tuple[float, ...]]] = {}
        for trial, outcome in self.history:
            if not all(math.isnan(loss) for loss in outcome.fold_losses):
                latest[trial.configuration] = trial.fidelity.rows, outcome.fold_losses
        kinds: dict[tuple[str, float, int], dict[Configuration, tuple[float, ...]]] = {}
        for configuration, (rows, losses) in latest.items():
            kinds.setdefault((configuration.algorithm, rows, len(losses)), {})[configuration] = losses
        for (_, _, n_folds), found in kinds.items():
            best_first = sorted(found, key=lambda each: float(np.nanmean(found[each])))
            lost = [found[each] for each in best_first]
            kept = set(without_twins(lost, KEEP_OF_ALGORITHM) if n_folds > 1 else range(KEEP_OF_ALGORITHM))
            self.store.drop([each for place, each in enumerate(best_first) if place not in kept])


def candidates_of(history: list[tuple[Trial, Outcome]], store: FoldStore) -> list[Candidate]:
    """Configurations with finished folds, on all rows where there is one such."""
    asked: dict[Configuration, Fidelity] = {}
    for trial, _ in history:
        key = (trial.fidelity.rows, trial.fidelity.iterations, trial.fidelity.folds)
        known = asked.get(trial.configuration)
        if known is None or key > (known.rows, known.iterations, known.folds):
            asked[trial.configuration] = trial.fidelity
    found = [Candidate(c, fidelity, store.finished(c, fidelity)) for c, fidelity in asked.items()]
    found = [c for c in found if c.folds]
    most = max((c.fidelity.rows for c in found), default=1.0)
    return [c for c in found if c.fidelity.rows == most]
