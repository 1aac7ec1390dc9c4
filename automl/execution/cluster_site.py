"""What stands on a Dask worker during a fit: a pool whose processes can be killed, and its finished folds."""

from __future__ import annotations

import math
import pickle
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.execution.cluster_messages import Answer, Errand, KeepsFolds, SiteSettings, versions
from automl.execution.pool import PoolExecutor, WorkerStartError
from automl.execution.resources import default_memory_limit_mb
from automl.folds import FoldResult, FoldStore
from automl.trial import Outcome, Status, Trial

# Longest time until another thread's trial, a cancellation or the end of the fit is noticed.
_POLL_S = 0.05
_WATCH_S = 0.25
# A thread that serves the pool lets go of it within this.
_SERVE_S = 0.5
_ENDED = ("closing", "closed", "failed")
_SHARE = 0.8


class Site:
    """The pool of one Dask worker.

    It is the result of a Dask task and ends when Dask lets go of it, at the latest when the fit's own process has gone.
    Elsewhere it is of no use: where Dask moves it, or reads it back from a disk, it is closed.

    Parameters
    ----------
    settings : SiteSettings
    key : str
        Under which Dask keeps the site: once it no longer does, nobody waits for the trials.
    """

    def __init__(self, settings: SiteSettings, key: str) -> None:
        self._settings, self._key = settings, key
        self._asked: deque[tuple[Errand, Future[Outcome]]] = deque()
        self._running: dict[int, tuple[Errand, Future[Outcome]]] = {}
        self._serving = threading.Lock()
        self._cancelled_before: float = 0
        self._closed = True

    def __reduce__(self) -> tuple[type[Site], tuple[SiteSettings, str]]:
        return Site, (self._settings, self._key)

    def open(self) -> None:
        """Start the pool, whose imports go on meanwhile.

        Raises
        ------
        WorkerStartError
            If this machine has other versions than the one that fits.
        """
        from distributed import get_worker

        differing = [name for name, there in self._settings.versions.items() if versions().get(name) != there]
        if differing:
            there = ", ".join(f"{name} {self._settings.versions[name]}" for name in differing)
            raise WorkerStartError(f"the Dask worker needs the versions of the machine that fits: {there}")
        self._worker = get_worker()
        n_threads = self._worker.state.nthreads
        limit_mb = self._settings.memory_limit_mb or _memory_limit_mb(self._worker, n_threads)
        self._pool = PoolExecutor(
            n_threads,
            memory_limit_mb=limit_mb,
            grace_s=self._settings.grace_s,
            preload=self._settings.preload,
            work_dir=self._worker.local_directory,
        )
        self._closed = False

    def load(self, payload: npt.NDArray[np.uint8]) -> bool:
        """Give the pool its evaluator; whether the site was open.

        Raises
        ------
        WorkerStartError
            If the disk is full. What unpickling raises passes.
        """
        if self._closed:
            return False
        self._folds = self._pool.folder / "folds"
        evaluator = pickle.loads(payload.data)
        self._keeps_folds = isinstance(evaluator, KeepsFolds)
        if self._keeps_folds:
            evaluator.store = FoldStore(self._folds)
        self._pool.start(evaluator)
        threading.Thread(target=_end_in_time, args=(weakref.ref(self),), daemon=True).start()
        return True

    def evaluate(self, errand: Errand) -> Answer | None:
        """Run a trial in the pool, in the thread of a Dask task.

        Returns
        -------
        Answer or None
            None from a site that is closed.

        Raises
        ------
        WorkerStartError
            If the pool cannot start processes here.
        """
        if self._closed:
            return None
        if not self._keeps_folds:
            return Answer(self._outcome(errand), {})
        store, trial = FoldStore(self._folds), errand.trial
        for fold, result in errand.finished.items():
            store.write(trial.configuration, trial.fidelity, fold, result, b"")
        outcome = self._outcome(errand)
        finished = {fold: result for fold, result in _finished(store, trial).items() if fold not in errand.finished}
        folds = {
            fold: (result, store.model_bytes(trial.configuration, trial.fidelity, fold))
            for fold, result in finished.items()
        }
        with suppress(FileNotFoundError):
            store.drop([trial.configuration])
        return Answer(outcome, folds)

    def _outcome(self, errand: Errand) -> Outcome:
        """Wait for the trial's outcome; of the waiting threads one at a time serves the pool, for all of them."""
        found: Future[Outcome] = Future()
        self._asked.append((errand, found))
        while not found.done():
            if self._serving.acquire(blocking=False):
                try:
                    self._serve()
                finally:
                    self._serving.release()
            else:
                wait([found], _POLL_S)
        return found.result()

    def _serve(self) -> None:
        try:
            self._hand_over()
            if not self._is_wanted():
                self._cancelled_before = math.inf
            if any(errand.ticket < self._cancelled_before for errand, _ in self._running.values()):
                self._cancel()
            for trial, outcome in self._pool.collect(_POLL_S):
                self._take(trial)[1].set_result(outcome)
        except Exception as error:
            self._closed = True
            self._fail(error)
        if self._closed:
            self._fail(WorkerStartError("the executor was closed"))

    def _fail(self, error: Exception) -> None:
        """End the pool, and with it the trials that wait for it."""
        self._pool.close()
        while self._asked:
            self._asked.popleft()[1].set_exception(error)
        for _, found in self._running.values():
            found.set_exception(error)
        self._running.clear()

    def _hand_over(self) -> None:
        while self._asked:
            errand, found = self._asked.popleft()
            if errand.ticket < self._cancelled_before:
                found.set_result(Outcome.failed(Status.TIMEOUT, "cancelled", 0.0))
                continue
            self._running[id(errand.trial)] = errand, found
            self._pool.submit(errand.trial, errand.time_limit_s)

    def _take(self, trial: Trial) -> tuple[Errand, Future[Outcome]]:
        return self._running.pop(id(trial))  # the pool gives back the very trial that it was given

    def _cancel(self) -> None:
        for trial, outcome in self._pool.cancel():
            errand, found = self._take(trial)
            if errand.ticket < self._cancelled_before:
                found.set_result(outcome)
            else:  # submitted since: starts anew
                self._asked.append((errand, found))

    def end_if_unwanted(self) -> bool:
        """Close once the worker has closed, whose process may live on, or Dask no longer keeps the site."""
        if not self._is_wanted():
            self.close()
        return self._closed

    def _is_wanted(self) -> bool:
        return self._worker.status.name not in _ENDED and self._key in self._worker.data

    def cancel(self, before: float) -> None:
        """Let the trials with smaller tickets end with status timeout; what they had finished is given."""
        self._cancelled_before = before

    def close(self) -> None:
        """End the pool; trials that wait for it raise."""
        if self._closed:
            return
        self._closed = True
        if self._serving.acquire(timeout=_SERVE_S):
            try:
                self._fail(WorkerStartError("the executor was closed"))
            finally:
                self._serving.release()


def open_site(settings: SiteSettings, key: str) -> Site:
    """Make a site, as a Dask task."""
    site = Site(settings, key)
    site.open()
    return site


def load_site(site: Site, payload: npt.NDArray[np.uint8]) -> bool:
    """Give a site the pickled evaluator, as a Dask task; whether the site was open."""
    return site.load(payload)


def run_errand(site: Site, errand: Errand) -> Answer | None:
    """Evaluate a trial, as a Dask task."""
    return site.evaluate(errand)


def cancel_on_worker(prefix: str, before: int, dask_worker: Any) -> None:
    """Reach the sites of a worker, by how their keys begin, beside its tasks: those may hang."""
    for site in _sites(dask_worker, prefix):
        site.cancel(before)


def close_on_worker(prefix: str, dask_worker: Any) -> None:
    """End the sites of a worker without waiting until Dask forgets them."""
    for site in _sites(dask_worker, prefix):
        site.close()


def _sites(worker: Any, prefix: str) -> list[Site]:
    return [worker.data[key] for key in list(worker.data) if str(key).startswith(prefix)]


def _end_in_time(site: weakref.ref[Site]) -> None:
    while (held := site()) is not None and not held.end_if_unwanted():
        del held
        time.sleep(_WATCH_S)


def _finished(store: FoldStore, trial: Trial) -> dict[int, FoldResult]:
    return store.finished(trial.configuration, trial.fidelity)


def _memory_limit_mb(worker: Any, n_threads: int) -> float:
    """Share of one process in what the machine has left, or in the Dask worker's own limit if that is less."""
    limit_bytes = worker.memory_manager.memory_limit
    own = math.inf if limit_bytes is None else _SHARE * limit_bytes / 2**20 / n_threads
    return min(default_memory_limit_mb(n_threads), own)
