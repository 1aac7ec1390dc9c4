"""Recording: every outcome of a fit becomes a row of the knowledge base. A store that fails never stops a fit."""

from __future__ import annotations

import json
import logging
import math
import platform
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import sklearn

from automl.evaluation import outcome_of_folds
from automl.folds import FoldStore
from automl.space import Space
from automl.task import Shape, Task
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial
from knowledge_base import KnowledgeBase, open_default

logger = logging.getLogger(__name__)

# What a fit chose in the end is an outcome too: of this algorithm, its values being the members' weights.
ENSEMBLE = "ensemble"


def open_knowledge_base(source: Any) -> KnowledgeBase | None:
    """Open what the user gave as `knowledge_base`; says so and gives None when that fails."""
    if source is None or isinstance(source, KnowledgeBase):
        return source
    try:
        return open_default() if source == "default" else KnowledgeBase(source)
    except Exception as error:  # whatever is wrong with a store, the fit goes on
        warnings.warn(f"fitting without a knowledge base: {error}", UserWarning, stacklevel=4)
        return None


@dataclass(frozen=True)
class TaskRow:
    """What the store is told about the task of a fit."""

    content_hash: str
    task: Task
    shape: Shape
    space_version: str
    metafeatures: Mapping[str, float]
    metafeatures_version: str
    name: str | None = None
    source: str = "fit"


class Recorder:
    """Appends outcomes to a knowledge base; without one, or once it has failed, does nothing.

    Parameters
    ----------
    knowledge_base : KnowledgeBase or None
    row : TaskRow
    """

    def __init__(self, knowledge_base: KnowledgeBase | None, row: TaskRow):
        self._row = row
        self._writer = None
        if knowledge_base is None:
            return
        try:
            self._writer = knowledge_base.writer(
                task=_task_fields(row),
                metafeatures=dict(row.metafeatures),
                metafeatures_version=row.metafeatures_version,
                space_version=row.space_version,
                provenance=_provenance(),
            )
        except Exception as error:  # whatever is wrong with a store, the fit goes on
            warnings.warn(f"the outcomes of this fit are not recorded: {error}", UserWarning, stacklevel=5)

    def append(self, trial: Trial, outcome: Outcome) -> None:
        """Write one outcome; on failure say so once and stop recording."""
        self._append(lambda: outcome_fields(trial, outcome, self._row.task))

    def append_ensemble(self, weights: Mapping[str, float], loss: float) -> None:
        """Write what the fit chose in the end.

        Parameters
        ----------
        weights : mapping of str to float
            Of the members, by the identifiers of their configurations.
        loss : float
            Out of fold; optimistic by the selection, so no outcome of full fidelity.
        """
        if not weights or not math.isfinite(loss):
            return
        ensemble = Configuration(ENSEMBLE, weights)
        fields = {
            "configuration_id": ensemble.id,
            "algorithm": ENSEMBLE,
            "configuration": dict(ensemble.values),
            "status": Status.OK.value,
            "loss": loss,
            "metric": self._row.task.metric,
            "is_full_fidelity": False,
        }
        self._append(lambda: fields)

    def _append(self, fields: Callable[[], Mapping[str, Any]]) -> None:
        """Write a row, whose making is guarded too and left out where nothing is recorded."""
        if self._writer is None:
            return
        try:
            self._writer.append(fields())
        except Exception as error:  # whatever is wrong with a store, the fit goes on
            logger.warning("recording stopped: %s", error)
            self._writer = None

    def close(self) -> None:
        """Hand what was written to the store."""
        if self._writer is None:
            return
        try:
            self._writer.close()
        except Exception as error:  # whatever is wrong with a store, the fit goes on
            logger.warning("the outcomes wait beside the knowledge base: %s", error)
        self._writer = None


def outcome_fields(trial: Trial, outcome: Outcome, task: Task) -> dict[str, Any]:
    """One outcome as the fields of a row."""
    fidelity = trial.fidelity
    return {
        "configuration_id": trial.configuration.id,
        "algorithm": trial.configuration.algorithm,
        "configuration": dict(trial.configuration.values),
        "status": outcome.status.value,
        "loss": outcome.loss if outcome.ok else None,
        "metric": task.metric,
        "fold_losses": list(outcome.fold_losses),
        "metrics": dict(outcome.metrics),
        "fidelity": {
            "folds": fidelity.folds,
            "iterations_fraction": fidelity.iterations,
            "rows_fraction": fidelity.rows,
        },
        "is_full_fidelity": fidelity == Fidelity(task.n_folds),
        "seconds": outcome.seconds,
        "fit_seconds": outcome.fit_seconds,
        "predict_seconds": outcome.predict_seconds,
        "peak_mb": outcome.peak_mb,
        "seed": trial.seed,
        "error": None if outcome.error is None else outcome.error.encode(errors="backslashreplace").decode(),
        "trial_number": trial.number,
    }


def configuration_of(row: Mapping[Any, Any]) -> Configuration:
    """Rebuild a configuration from a row with `algorithm` and `configuration`."""
    values = row["configuration"]
    return Configuration(row["algorithm"], json.loads(values) if isinstance(values, str) else values)


def fidelity_of(row: Mapping[Any, Any]) -> Fidelity:
    """Rebuild a fidelity from a row; the store keeps shares in single precision."""
    shares = [round(float(row[name]), 6) for name in ("iterations_fraction", "rows_fraction")]
    return Fidelity(int(row["folds"]), *shares)


def past_trials(
    knowledge_base: KnowledgeBase, row: TaskRow, space: Space, ladder: Sequence[Fidelity], store: FoldStore
) -> list[tuple[Trial, Outcome]]:
    """Rebuild the trials of an earlier fit of the same data and ladder whose folds are still in the store.

    A knowledge base that cannot be read gives none.
    """
    try:
        rows = knowledge_base.trials_of(row.content_hash, metric=row.task.metric)
    except Exception as error:  # whatever is wrong with a store, the fit goes on
        logger.warning("the earlier trials cannot be read: %s", error)
        return []
    found = []
    for number, past in enumerate(rows.to_dict("records")):
        configuration = configuration_of(past)
        fidelity = fidelity_of(past)
        if fidelity not in ladder:
            continue
        folds = store.finished(configuration, fidelity)
        if len(folds) < fidelity.folds or space.why_invalid(configuration) is not None:
            continue
        outcome = outcome_of_folds(list(folds.values()), float(past["seconds"]))
        found.append((Trial(number, configuration, fidelity, int(past["seed"]), "resumed"), outcome))
    return found


def _task_fields(row: TaskRow) -> dict[str, Any]:
    return {
        "content_hash": row.content_hash,
        "task_type": row.task.problem,
        "name": row.name,
        "n_rows": row.shape.n_rows,
        "n_features": row.shape.n_numeric + row.shape.n_categorical,
        "n_classes": row.task.n_classes,
        "source": row.source,
        "metric": row.task.metric,
        "split": row.task.split,
        "seed": row.task.seed,
    }


def _provenance() -> dict[str, Any]:
    try:
        own = version("precedent-automl")
    except PackageNotFoundError:
        own = "source"
    return {
        "precedent": own,
        "scikit-learn": sklearn.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()}-{platform.machine()}",
    }
