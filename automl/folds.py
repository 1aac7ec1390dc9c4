"""FoldStore: the finished folds of a fit on disk; a finished fold is already a model."""

from __future__ import annotations

import os
import pickle
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.trial import Configuration, Fidelity


@dataclass(frozen=True)
class FoldResult:
    """What one finished fold gave.

    Parameters
    ----------
    prediction : ndarray of float32, shape (n_valid,) or (n_valid, n_classes)
        On the fold's validation rows.
    loss : float
        By the task's metric; NaN where the fold's rows leave it undefined.
    metrics : dict of str to float
        Scores by the recorded metrics.
    fit_seconds, predict_seconds, model_mb : float
    """

    prediction: npt.NDArray[np.float32]
    loss: float
    metrics: dict[str, float]
    fit_seconds: float
    predict_seconds: float
    model_mb: float


class FoldStore:
    """Finished folds in a folder, one pair of files a fold, each complete or absent.

    Worker processes write, the parent reads, and a later fit resumes from it. The files are this fit's own and are
    removed with it: their pickles are never read from elsewhere.

    Parameters
    ----------
    folder : path
        Made if missing.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _stem(self, configuration: Configuration, fidelity: Fidelity, fold: int) -> str:
        return f"{configuration.id}-{fidelity.rows:.4g}-{fidelity.iterations:.4g}-{fold}"

    def write(
        self, configuration: Configuration, fidelity: Fidelity, fold: int, result: FoldResult, model: bytes
    ) -> None:
        """Keep a finished fold; the result's file appears last and marks the fold as finished."""
        stem = self._stem(configuration, fidelity, fold)
        self._put(f"{stem}.model", model)
        self._put(f"{stem}.fold", pickle.dumps(result, protocol=5))

    def _put(self, name: str, content: bytes) -> None:
        part = self.folder / f"{name}.{os.getpid()}.part"
        part.write_bytes(content)
        part.replace(self.folder / name)

    def read(self, configuration: Configuration, fidelity: Fidelity, fold: int) -> FoldResult | None:
        """Give a finished fold, or None."""
        try:
            content = (self.folder / f"{self._stem(configuration, fidelity, fold)}.fold").read_bytes()
            result: FoldResult = pickle.loads(content)
        except (FileNotFoundError, EOFError, pickle.UnpicklingError):  # a power cut may leave an empty file
            return None
        return result

    def finished(self, configuration: Configuration, fidelity: Fidelity) -> dict[int, FoldResult]:
        """All finished folds of a configuration up to `fidelity.folds`."""
        found = {fold: self.read(configuration, fidelity, fold) for fold in range(fidelity.folds)}
        return {fold: result for fold, result in found.items() if result is not None}

    def in_order(self, configuration: Configuration, fidelity: Fidelity) -> list[FoldResult | None]:
        """Give the folds of a configuration up to the last that has finished; None for one that has not."""
        found = self.finished(configuration, fidelity)
        return [found.get(fold) for fold in range(max(found, default=-1) + 1)]

    def model(self, configuration: Configuration, fidelity: Fidelity, fold: int) -> Any:
        """Load the learner of a finished fold."""
        return pickle.loads(self.model_bytes(configuration, fidelity, fold))

    def model_bytes(self, configuration: Configuration, fidelity: Fidelity, fold: int) -> bytes:
        """The pickled learner of a finished fold."""
        return (self.folder / f"{self._stem(configuration, fidelity, fold)}.model").read_bytes()

    def model_mb(self, configuration: Configuration, fidelity: Fidelity) -> float:
        """Size of the learners of all finished folds up to `fidelity.folds`."""
        stems = (self._stem(configuration, fidelity, fold) for fold in range(fidelity.folds))
        paths = (self.folder / f"{stem}.model" for stem in stems)
        return sum(path.stat().st_size for path in paths if path.exists()) / 1e6

    def drop(self, configurations: Collection[Configuration]) -> None:
        """Forget the folds of configurations; learners are large."""
        ids = {configuration.id for configuration in configurations}
        files = [path for path in self.folder.iterdir() if path.name.split("-")[0] in ids]
        for path in sorted(files, key=lambda path: path.suffix != ".fold"):  # no mark outlives its model
            path.unlink(missing_ok=True)
