"""The knowledge base: what many searches found out on many tasks, to be read by the next one."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from knowledge_base import checking, exchange, folding, leaving_out, reading, schema, statistics
from knowledge_base.connections import bring_up_to_date
from knowledge_base.connections import reading as open_to_read
from knowledge_base.errors import KnowledgeBaseError, Locked, NotAKnowledgeBase, ReadOnly
from knowledge_base.inbox import Writer
from knowledge_base.layout import Layout
from knowledge_base.reader import Reader, Snapshot
from knowledge_base.records import canonical_json, study_record

_LOGGER = logging.getLogger(__name__)
_LONG_WAIT_S = 30.0


class KnowledgeBase(Reader):
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
               provenance: Mapping[str, object], study_name: str | None = None, fold: bool = True) -> Writer:
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
        study_name : str, optional
            For outcomes that come from elsewhere and may come again: the n-th outcome of a study of the same name
            is the same outcome, and is stored once. By default the study is a new one.
        fold : bool, default=True
            Whether closing the writer folds the inbox in; without it, who writes many studies does so by `fold`.

        Returns
        -------
        Writer

        Raises
        ------
        InvalidRecord
            The task, the meta-features or the name cannot be stored as they are.
        ReadOnly
            The store was opened for reading, or its folder cannot be written to.
        """
        self._refuse_if_read_only()
        study = study_record(task, metafeatures, metafeatures_version=metafeatures_version,
                             space_version=space_version, provenance=provenance)
        canonical_json(study_name, "study_name")  # refuses what is no text
        return Writer(self._layout.inbox, study, self._fold_if_free if fold else _nothing, study_name)

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

    def copy_without(self, path: str | os.PathLike[str], *, names: Collection[str] = (),
                     content_hashes: Collection[str] = ()) -> list[str]:
        """Write this store and what lies under it to a new file, without some tasks; return what was left out.

        For testing experience on tables that it comes from. What waits in the inbox is not in the copy.

        Parameters
        ----------
        path : str or path-like
            Must not exist.
        names : collection of str
            Tasks of these names are left out, whatever the case of their letters.
        content_hashes : collection of str
            And tasks of these data.

        Raises
        ------
        KnowledgeBaseError
            The file exists.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     KnowledgeBase(f"{folder}/a.duckdb").copy_without(f"{folder}/b.duckdb", names=["iris"])
        []
        """
        return leaving_out.copy_without(self._layers(), Path(path), names=names, content_hashes=content_hashes,
                                        wait_s=_LONG_WAIT_S)

    # Reading, beside what every Reader can

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open the store once for several questions, which is faster and lets them see the same state.

        For the length of the block others' folds have to wait (their appends do not): keep it short.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with KnowledgeBase(f"{folder}/knowledge.duckdb").snapshot() as view:
        ...         near = view.nearest_tasks({"log10_n_rows": 2.5}, task_type="binary")
        ...         view.best_configurations(near["task_id"], metric="roc_auc").empty
        True
        """
        with self._asking() as ask:
            yield Snapshot(ask)

    def trials_of(self, content_hash: str, *, metric: str | None = None, seed: int | None = None) -> pd.DataFrame:
        """Return this very data's own past, of every fidelity and status, in the columns of `outcomes`.

        What a killed search left in the inbox is folded in first, if that can be done at once.
        """
        if not self._read_only:
            self._fold_if_free()
        return super().trials_of(content_hash, metric=metric, seed=seed)

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
        if not os.path.exists(self.path):
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
        return [path for path in dict.fromkeys((self.path, *self._below)) if os.path.exists(path)]


def _nothing() -> None:
    """What is done when a writer closes whose maker folds the inbox in."""
