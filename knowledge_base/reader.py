"""The questions that a knowledge base answers, apart from how it gets to its files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import pandas as pd

from knowledge_base import reading
from knowledge_base.records import key_of


class Reader(ABC):
    """What can be read from a `KnowledgeBase` and from a `Snapshot` of one; all of it as DataFrames."""

    @abstractmethod
    def _asking(self) -> AbstractContextManager[reading.Ask]:
        """Return what puts a query to every layer, for the length of a block."""

    def nearest_tasks(self, metafeatures: Mapping[str, float | None], *, task_type: str, k: int = 10,
                      exclude_content: Sequence[str] = (), metafeatures_version: str | None = None) -> pd.DataFrame:
        """Return the stored tasks most like a new one, nearest first.

        Parameters
        ----------
        metafeatures : dict of str to float or None
            Of the new task.
        task_type : str
            Only tasks of this type are compared.
        k : int, default=10
            How many, at most.
        exclude_content : sequence of str, default=()
            Content hashes of tasks that are left out, of the scaling too.
        metafeatures_version : str, optional
            Compare this version only; by default, of several of a task the last in the order of text.

        Returns
        -------
        DataFrame with columns task_id (int64), content_hash, name, distance (float64 within [0, 1]), n_rows,
        n_features, n_classes, task_type, source
        """
        with self._asking() as ask:
            return reading.nearest_tasks(ask, metafeatures, k, task_type=task_type, version=metafeatures_version,
                                         exclude_content=_listed(exclude_content))

    def outcomes(self, task_ids: Iterable[int] | None = None, *, metric: str | None = None,
                 task_type: str | None = None, space_version: str | None = None, full_fidelity: bool | None = True,
                 status: str | Sequence[str] | None = None, exclude_content: Sequence[str] = ()) -> pd.DataFrame:
        """Return one row for each stored outcome, by study and number; failures too.

        Parameters
        ----------
        task_ids, metric, task_type, space_version, status, exclude_content
            Leave other outcomes out; None and () leave none out.
        full_fidelity : bool or None, default=True
            Whether of full fidelity only, of less only, or all.

        Returns
        -------
        DataFrame
            ``configuration`` is JSON text; ``loss`` NaN unless ``status`` is "ok"; ``fold_losses`` arrays of float32;
            ``metrics`` dicts; ``seconds`` and ``peak_mb`` float32; ``started_at`` UTC.
        """
        with self._asking() as ask:
            return reading.outcomes(
                ask, task_ids=_integers(task_ids), metric=metric, task_type=task_type, space_version=space_version,
                full_fidelity=full_fidelity, status=[status] if isinstance(status, str) else _listed(status),
                exclude_content=_listed(exclude_content))

    def studies(self) -> pd.DataFrame:
        """Return one row for each search that has outcomes, oldest first.

        Returns
        -------
        DataFrame with columns study_id, task_id (int64), content_hash, name, task_type, metric, split, seed, source,
        space_version, started_at (UTC), n_outcomes (int64)
        """
        with self._asking() as ask:
            return reading.studies(ask)

    def recorded_numbers(self, study: str) -> set[int]:
        """Return the numbers of the outcomes that a study of this name has, as given to `KnowledgeBase.writer`."""
        with self._asking() as ask:
            return reading.numbers(ask, key_of(study))

    def matrices(self, *, task_type: str, metric: str, task_ids: Iterable[int] | None = None,
                 space_version: str | None = None, exclude_content: Sequence[str] = (), or_recorded: bool = False
                 ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the best loss of each configuration on each task, at full fidelity, and the seconds that it took.

        Parameters
        ----------
        task_type, metric : str
        task_ids : iterable of int, optional
            Only these tasks: far cheaper on a large store.
        space_version : str, optional
        exclude_content : sequence of str, default=()
        or_recorded : bool, default=False
            Take in tasks that were never searched for the metric too: the negated scores of their trials by it, as
            far as they were recorded. Such a task's values compare with each other alone.

        Returns
        -------
        losses : DataFrame of float64, indexed by task_id, with one column for each configuration_id
            NaN where a configuration has not succeeded on a task. Sorted both ways.
        seconds : DataFrame of float64, of the same rows and columns
            To fit and predict one fold, the mean over the folds; NaN where unknown.
        """
        with self._asking() as ask:
            return reading.matrices(ask, task_type=task_type, metric=metric, task_ids=_integers(task_ids),
                                    space_version=space_version, exclude_content=_listed(exclude_content),
                                    or_recorded=or_recorded)

    def loss_matrix(self, *, task_type: str, metric: str, task_ids: Iterable[int] | None = None,
                    space_version: str | None = None, exclude_content: Sequence[str] = ()) -> pd.DataFrame:
        """Return the losses of `matrices` alone."""
        return self.matrices(task_type=task_type, metric=metric, task_ids=task_ids, space_version=space_version,
                             exclude_content=exclude_content)[0]

    def best_configurations(self, task_ids: Iterable[int], *, metric: str, n_per_task: int = 5,
                            space_version: str | None = None) -> pd.DataFrame:
        """Return the configurations of least loss on each of some tasks, in the order of `task_ids`.

        Returns
        -------
        DataFrame with columns task_id, configuration_id, algorithm, configuration (JSON text), loss, rank (from 1),
        seconds
        """
        with self._asking() as ask:
            return reading.best_configurations(ask, _integers(task_ids) or [], n_per_task,
                                               metric=metric, space_version=space_version)

    def configurations(self, configuration_ids: Sequence[str]) -> pd.DataFrame:
        """Return what configurations are: columns configuration_id (sorted), algorithm, configuration (JSON text)."""
        with self._asking() as ask:
            return reading.configurations(ask, configuration_ids)

    def algorithms(self, task_ids: Iterable[int]) -> set[str]:
        """Return the algorithms that were tried on some of these tasks, at any fidelity and with any success."""
        with self._asking() as ask:
            return reading.algorithms(ask, _integers(task_ids) or [])

    def latest_outcomes(self, task_ids: Iterable[int], *, metric: str, n_per_task: int = 300) -> pd.DataFrame:
        """Return the last outcomes on each of some tasks, of every fidelity and status, by task, oldest first.

        Returns
        -------
        DataFrame with columns task_id, study_id, number, started_at, algorithm, configuration (JSON text), status,
        loss, folds, iterations_fraction, rows_fraction, seconds
        """
        with self._asking() as ask:
            return reading.latest_outcomes(ask, _integers(task_ids) or [], n_per_task, metric=metric)

    def metafeatures(self, *, task_ids: Iterable[int] | None = None, task_type: str | None = None,
                     version: str | None = None) -> pd.DataFrame:
        """Return the meta-features of tasks.

        Parameters
        ----------
        task_ids, task_type : optional
            Leave other tasks out.
        version : str, optional
            This version only; by default, of several of a task the last in the order of text.

        Returns
        -------
        DataFrame of float64, indexed by task_id, with one column for each meta-feature
            NaN where a task lacks one. Sorted both ways.
        """
        with self._asking() as ask:
            return reading.metafeatures(ask, task_ids=_integers(task_ids), task_type=task_type, version=version)

    def trials_of(self, content_hash: str, *, metric: str | None = None, seed: int | None = None) -> pd.DataFrame:
        """Return this very data's own past, of every fidelity and status, in the columns of `outcomes`."""
        with self._asking() as ask:
            return reading.outcomes(ask, content_hash=content_hash, metric=metric, seed=seed)

    def has_content(self, content_hash: str) -> bool:
        """Tell whether there are outcomes on the data with this content hash."""
        with self._asking() as ask:
            found = ask("SELECT 1 FROM task SEMI JOIN study USING (task_id) WHERE content_hash = $hash LIMIT 1",
                        {"hash": content_hash})
        return len(found) > 0


class Snapshot(Reader):
    """A knowledge base as it stands, for several questions in a row. Made by `KnowledgeBase.snapshot`."""

    def __init__(self, ask: reading.Ask) -> None:
        self._ask = ask

    def _asking(self) -> AbstractContextManager[reading.Ask]:
        return nullcontext(self._ask)


def _integers(task_ids: Iterable[int] | None) -> list[int] | None:
    return None if task_ids is None else [int(task_id) for task_id in task_ids]


def _listed(texts: Sequence[str] | None) -> list[str] | None:
    return list(texts) if texts else None
