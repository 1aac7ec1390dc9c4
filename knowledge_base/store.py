"""The knowledge base: what many searches found out on many tasks, to be read by the next one."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from knowledge_base import checking, exchange, folding, reading, schema, statistics
from knowledge_base.connections import bring_up_to_date
from knowledge_base.connections import reading as open_to_read
from knowledge_base.errors import KnowledgeBaseError, Locked, NotAKnowledgeBase, ReadOnly
from knowledge_base.inbox import Writer
from knowledge_base.layout import Layout
from knowledge_base.records import study_record

_LOGGER = logging.getLogger(__name__)
_LONG_WAIT_S = 30.0


class KnowledgeBase:
    """A store of tasks, configurations and outcomes that many processes write and read at once.

    It keeps no connection and no lock between calls: a read opens the file for some milliseconds, an outcome is
    appended to a file of its writer's own in the inbox beside it, and whoever closes a writer folds the inbox in.

    Parameters
    ----------
    path : str or path-like
        The DuckDB file; made, with its folder, when the first outcomes are folded in. The inbox stands beside it
        as ``<path>.inbox``.
    read_only : bool, default=False
        Refuse everything that writes; the file has to exist.
    below : sequence of path-like, default=()
        Stores laid under this one: reads see the union, writes go to `path`.

    Raises
    ------
    NotAKnowledgeBase
        There is a file, but no knowledge base, or none where one is to be read.
    NewerVersion
        A newer version of this package or of DuckDB wrote the file.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> kb = KnowledgeBase(f"{folder.name}/knowledge.duckdb")
    >>> with kb.writer(task={"content_hash": "c1", "task_type": "binary", "metric": "roc_auc", "n_rows": 150},
    ...                metafeatures={"log10_n_rows": 2.2}, metafeatures_version="1", space_version="1",
    ...                provenance={"host": "a"}) as writer:
    ...     writer.append({"configuration_id": "k1", "algorithm": "knn", "configuration": {"k": 5}, "status": "ok",
    ...                    "loss": 0.25, "is_full_fidelity": True, "seconds": 0.5})
    >>> near = kb.nearest_tasks({"log10_n_rows": 2.5}, task_type="binary", k=1)
    >>> kb.best_configurations(near["task_id"], metric="roc_auc")[["algorithm", "loss"]]
      algorithm  loss
    0       knn  0.25
    >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False,
                 below: Sequence[str | os.PathLike[str]] = ()) -> None:
        self._layout = Layout.of(path)
        self._read_only = read_only
        self._below = tuple(Layout.of(layer).database for layer in below)
        self._open()

    @property
    def path(self) -> Path:
        """The database file."""
        return self._layout.database

    @property
    def inbox(self) -> Path:
        """The folder of outcomes that have not been folded in yet."""
        return self._layout.inbox

    @property
    def read_only(self) -> bool:
        """Whether everything that writes is refused."""
        return self._read_only

    def __enter__(self) -> KnowledgeBase:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        """Nothing is held between calls, so nothing is to be let go."""

    def __repr__(self) -> str:
        return f"KnowledgeBase({str(self.path)!r}, read_only={self._read_only})"

    # Writing

    def writer(self, *, task: Mapping[str, object], metafeatures: Mapping[str, float | None],
               metafeatures_version: str | None, space_version: str | None,
               provenance: Mapping[str, object]) -> Writer:
        """Start a study: one search on one task, whose outcomes are appended one by one.

        Parameters
        ----------
        task : dict
            ``content_hash``, ``task_type`` ("binary", "multiclass" or "regression") and ``metric`` are needed;
            ``name``, ``n_rows``, ``n_features``, ``n_classes``, ``source``, ``split`` and ``seed`` may be left out.
        metafeatures : dict of str to float or None
            None, NaN and infinite values are not stored.
        metafeatures_version, space_version : str or None
            Versions of the extractor and of the search space.
        provenance : dict of JSON values
            Who, on what machine, with which libraries.

        Returns
        -------
        Writer

        Raises
        ------
        InvalidRecord
            The task or the meta-features cannot be stored as they are.
        ReadOnly
            The store was opened for reading, or its folder cannot be written to.
        """
        self._refuse_if_read_only()
        study = study_record(task, metafeatures, metafeatures_version=metafeatures_version,
                             space_version=space_version, provenance=provenance)
        return Writer(self._layout.inbox, study, self._fold_if_free)

    def fold(self, *, wait_s: float = _LONG_WAIT_S) -> int:
        """Fold the inbox in, as closing a writer does; return the number of outcomes that were new.

        Raises
        ------
        Locked
            Another process held the store for all of `wait_s` seconds; nothing is lost.
        """
        self._refuse_if_read_only()
        return folding.fold(self._layout, wait_s=wait_s)

    def import_(self, path: str | os.PathLike[str]) -> dict[str, int]:
        """Add what `export` wrote to a folder; return the number of new rows of each table. See `merge`."""
        return self._bring_in(path)

    def merge(self, other_path: str | os.PathLike[str]) -> dict[str, int]:
        """Add another store's rows that this one lacks; return the number of new rows of each table.

        Readers see the store without them until all are in. Merging twice adds nothing the second time.

        Raises
        ------
        InvalidRecord
            The other's rows contradict each other; nothing was added.
        """
        return self._bring_in(other_path)

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write this store, without what lies under it, as Parquet files into a folder that is made."""
        exchange.export(self.path, Path(path))

    # Reading

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
                                         exclude_content=exclude_content or None)

    def outcomes(self, task_ids: Sequence[int] | None = None, *, metric: str | None = None,
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
                ask, task_ids=task_ids, metric=metric, task_type=task_type, space_version=space_version,
                full_fidelity=full_fidelity, status=(status,) if isinstance(status, str) else status,
                exclude_content=exclude_content or None)

    def loss_matrix(self, *, task_type: str, metric: str, task_ids: Sequence[int] | None = None,
                    space_version: str | None = None, exclude_content: Sequence[str] = ()) -> pd.DataFrame:
        """Return the best loss of each configuration on each task, at full fidelity.

        Parameters
        ----------
        task_type, metric : str
        task_ids : sequence of int, optional
            Only these tasks: far cheaper on a large store.
        space_version : str, optional
        exclude_content : sequence of str, default=()

        Returns
        -------
        DataFrame of float64, indexed by task_id, with one column for each configuration_id
            NaN where a configuration has not succeeded on a task. Sorted both ways.
        """
        with self._asking() as ask:
            return reading.matrix(ask, "loss", task_type=task_type, metric=metric, task_ids=task_ids,
                                  space_version=space_version, exclude_content=exclude_content or None)

    def runtime_matrix(self, *, task_type: str, metric: str, task_ids: Sequence[int] | None = None,
                       space_version: str | None = None, exclude_content: Sequence[str] = ()) -> pd.DataFrame:
        """Return the seconds that the outcomes in `loss_matrix` took: same arguments, rows and columns."""
        with self._asking() as ask:
            return reading.matrix(ask, "seconds", task_type=task_type, metric=metric, task_ids=task_ids,
                                  space_version=space_version, exclude_content=exclude_content or None)

    def best_configurations(self, task_ids: Sequence[int], *, metric: str, n_per_task: int = 5,
                            space_version: str | None = None) -> pd.DataFrame:
        """Return the configurations of least loss on each of some tasks, in the order of `task_ids`.

        Returns
        -------
        DataFrame with columns task_id, configuration_id, algorithm, configuration (JSON text), loss, rank (from 1),
        seconds
        """
        with self._asking() as ask:
            return reading.best_configurations(ask, [int(task_id) for task_id in task_ids], n_per_task,
                                               metric=metric, space_version=space_version)

    def trials_of(self, content_hash: str, *, metric: str | None = None, seed: int | None = None) -> pd.DataFrame:
        """Return this very data's own past, of every fidelity and status, in the columns of `outcomes`.

        What a killed search left in the inbox is folded in first, if that can be done at once.
        """
        if not self._read_only:
            self._fold_if_free()
        with self._asking() as ask:
            return reading.outcomes(ask, content_hash=content_hash, metric=metric, seed=seed)

    def has_content(self, content_hash: str) -> bool:
        """Tell whether there are outcomes on the data with this content hash."""
        with self._asking() as ask:
            found = ask("SELECT 1 FROM task SEMI JOIN study USING (task_id) WHERE content_hash = $hash LIMIT 1",
                        {"hash": content_hash})
        return len(found) > 0

    def stats(self) -> dict[str, pd.DataFrame]:
        """Count what there is, in each layer.

        Returns
        -------
        dict of str to DataFrame
            ``totals``, ``task_types``, ``statuses``, ``algorithms``, ``space_versions``, ``sources``, ``months`` and
            ``coverage`` (of the loss matrices); the first column of each, ``store``, names the layer.
        """
        parts: dict[str, list[pd.DataFrame]] = {name: [] for name in statistics.QUERIES}
        for path in self._layers():
            with open_to_read(path) as connection:
                for name, frame in statistics.stats(connection).items():
                    frame.insert(0, "store", str(path))
                    parts[name].append(frame)
        return {name: pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"store": []})
                for name, frames in parts.items()}

    def check(self, *, repair: bool = False) -> checking.CheckReport:
        """Read everything that this store holds, and what waits in its inbox.

        Parameters
        ----------
        repair : bool, default=False
            First fold the inbox in, remove rows that come more than once and clear what killed processes left.

        Raises
        ------
        Locked, ReadOnly
            It is to be repaired, and another process holds it, or it was opened for reading.
        """
        done: list[str] = []
        if repair:
            self._refuse_if_read_only()
            done = checking.repair(self._layout, wait_s=_LONG_WAIT_S)
        report = checking.check(self._layout)
        report.repaired = done
        return report

    # Within

    def _open(self) -> None:
        if not self.path.exists():
            if self._read_only:
                raise NotAKnowledgeBase(f"There is no knowledge base at {self.path}: check the path.")
            return
        if not self.path.is_file():
            raise NotAKnowledgeBase(f"{self.path} is no file: give the path of a knowledge base.")
        if self._read_only:
            with contextlib.suppress(Locked), open_to_read(self.path, wait_s=0.0):
                return
        with contextlib.suppress(Locked):  # who holds it has brought it up to date
            bring_up_to_date(self._layout, wait_s=_LONG_WAIT_S)

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise ReadOnly(f"{self.path} was opened for reading: open it with read_only=False.")

    def _fold_if_free(self) -> None:
        try:
            folding.fold(self._layout, wait_s=0.0)
        except KnowledgeBaseError as error:
            _LOGGER.debug("The inbox is left for the next one: %s", error)

    def _bring_in(self, source: str | os.PathLike[str]) -> dict[str, int]:
        self._refuse_if_read_only()
        return exchange.bring_in(Path(os.path.realpath(source)), self._layout, wait_s=_LONG_WAIT_S)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[reading.Ask]:
        """Open each layer that exists, or an empty store where none does, for one question."""
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(open_to_read(path)) for path in self._layers()]
            opened = opened or [stack.enter_context(schema.empty())]

            def ask(query: str, values: Mapping[str, Any]) -> pd.DataFrame:
                frames = [connection.execute(query, dict(values)).df() for connection in opened]
                filled = [frame for frame in frames if len(frame)] or frames[:1]
                return pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0]

            yield ask

    def _layers(self) -> list[Path]:
        return [path for path in dict.fromkeys((self.path, *self._below)) if path.exists()]
