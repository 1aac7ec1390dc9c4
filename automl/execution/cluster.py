"""DaskExecutor: runs trials on a Dask cluster, in worker processes there that can be killed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import math
import sys
import time
import weakref
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import cloudpickle  # type: ignore[import-untyped]
import numpy as np
from joblib.parallel import get_active_backend

from automl.execution.base import Evaluator
from automl.execution.cluster_link import Link
from automl.execution.cluster_messages import Answer, Errand, KeepsFolds, SiteSettings, versions
from automl.execution.pool import WorkerStartError
from automl.folds import FoldResult, FoldStore
from automl.trial import Outcome, Status, Trial

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

_CONNECT_S = 2.0
# Longest waits at the end of a search: for the folds of trials that are cut off, and for processes to end.
_CANCEL_S = 0.5
_CLOSE_S = 1.0
_CHECK_S = 0.25


class _Pending(NamedTuple):
    trial: Trial
    submitted_s: float


class DaskExecutor:
    """Runs trials on the workers of a Dask cluster, one per thread, each in a process of its own.

    On every worker stands a `PoolExecutor`, so that a trial that hangs, leaks or crashes its process is an outcome and
    the worker lives on. Folds that finish there come home into the evaluator's FoldStore with the outcome; no file
    system is shared. The trials of a worker that ends are run again on another. What the workers hold ends with the
    executor, or with this process. This package, and the learners' packages in the same versions, are needed there.

    Not safe to use from several threads at a time.

    Parameters
    ----------
    client : distributed.Client
        Connected; not asynchronous.
    memory_limit_mb : float or None, default=None
        What one process of a worker may hold, as for `PoolExecutor`; None for a share of the worker's own limit, or of
        what its machine has left.
    grace_s : float, default=0.5
        A trial is killed this many seconds past its time limit.
    preload : sequence of str, default=()
        Modules that the workers' processes import before the first trial.
    patience_s : float, default=5.0
        How long the cluster may be without workers, as while they restart, before it counts as lost.

    Raises
    ------
    TypeError
        If the client is asynchronous.
    """

    def __init__(
        self,
        client: Client,
        *,
        memory_limit_mb: float | None = None,
        grace_s: float = 0.5,
        preload: Sequence[str] = (),
        patience_s: float = 5.0,
    ) -> None:
        if client.asynchronous:
            raise TypeError("the Dask client is asynchronous; make one with Client(..., asynchronous=False)")
        self._client, self._patience_s = client, patience_s
        self._answers: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
        settings = SiteSettings(memory_limit_mb, grace_s, tuple(preload), versions())
        self._link = Link(client, settings, self._answers)
        self._store: FoldStore | None = None
        self._tickets = 0
        self._pending: dict[int, _Pending] = {}
        self._started = False
        self._finalizer = weakref.finalize(self, _end, client, self._link)
        _call(client, self._link.begin(), _CONNECT_S)

    @property
    def n_workers(self) -> int:
        """Threads of all workers together, which changes with the cluster."""
        return self._link.n_threads

    def start(self, evaluator: Evaluator) -> None:
        """Hand the evaluator over to the workers. Returns before it is there.

        Raises
        ------
        TypeError
            If the evaluator cannot be pickled.
        RuntimeError
            If called twice or after `close`.
        """
        if self._started or not self._finalizer.alive:
            raise RuntimeError("the executor has been started or closed already")
        end = None
        if isinstance(evaluator, KeepsFolds):
            self._store, end = evaluator.store, evaluator.end
        try:
            # The clock of another machine tells another time: what is left goes with each trial.
            pickled = cloudpickle.dumps(evaluator if self._store is None else _without_place(evaluator), protocol=5)
        except Exception as error:
            raise TypeError(
                f"the evaluator cannot be sent to Dask workers ({type(error).__name__}: {error})"
            ) from error
        self._started = True
        _call(self._client, self._link.start(np.frombuffer(pickled, dtype=np.uint8), end))

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Queue a trial; it is killed `grace_s` past `time_limit_s`, counted from its start.

        Raises
        ------
        RuntimeError
            Before `start` and after `close`.
        """
        if not self._started or not self._finalizer.alive:
            raise RuntimeError("the executor is not started or is closed")
        errand = Errand(self._tickets, trial, time_limit_s, self._finished_before(trial))
        self._pending[self._tickets] = _Pending(trial, time.monotonic())
        self._tickets += 1
        _call(self._client, self._link.submit(errand))

    def _finished_before(self, trial: Trial) -> Mapping[int, FoldResult]:
        """Folds that need not be computed there; their predictions stay here."""
        if self._store is None:
            return {}
        found = self._store.finished(trial.configuration, trial.fidelity)
        return {fold: replace(result, prediction=np.empty(0, np.float32)) for fold, result in found.items()}

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Wait until a trial has finished or `timeout_s` has passed; give all that have finished.

        Returns
        -------
        list of (Trial, Outcome)
            In order of finishing; empty at once if nothing is pending.

        Raises
        ------
        WorkerStartError
            If the cluster has no worker any more, or none that can run trials.
        """
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        finished: list[tuple[Trial, Outcome]] = []
        while self._pending and not finished:
            left_s = max(0.0, deadline - time.monotonic())
            finished = self._take(min(left_s, _CHECK_S))
            if not finished:
                self._check()
            if left_s == 0.0:
                break
        return finished

    def _take(self, timeout_s: float) -> list[tuple[Trial, Outcome]]:
        """Take in what has arrived, or arrives first."""
        finished: list[tuple[Trial, Outcome]] = []
        with suppress(Empty):
            while True:
                ticket, answer = self._answers.get(block=not finished and timeout_s > 0, timeout=timeout_s)
                if ticket in self._pending:
                    trial = self._pending.pop(ticket).trial
                    finished.append((trial, self._keep(trial, answer)))
        return finished

    def _keep(self, trial: Trial, answer: Answer) -> Outcome:
        try:
            if self._store is not None:
                for fold, (result, model) in answer.folds.items():
                    self._store.write(trial.configuration, trial.fidelity, fold, result, model)
        except OSError as error:
            text = f"its folds cannot be kept here: {type(error).__name__}: {error}"
            return Outcome.failed(Status.CRASH, text, answer.outcome.seconds)
        return answer.outcome

    def _check(self) -> None:
        link, since_s = self._link, self._link.missing_since_s
        if self._client.status in ("closing", "closed"):
            raise WorkerStartError("the client of the Dask cluster was closed")
        if link.refusal is not None:
            raise WorkerStartError(f"no worker of the Dask cluster can run trials: {link.refusal}")
        if since_s is not None and time.monotonic() - since_s > self._patience_s:
            raise WorkerStartError(f"the Dask cluster has had no worker for {self._patience_s:g} s")

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""
        return len(self._pending)

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Kill what runs and drop what is queued; nothing is pending afterwards.

        Returns
        -------
        list of (Trial, Outcome)
            Status timeout for each, but for trials that had finished and were not collected: their own outcome. Folds
            that trials had finished come home if they arrive within 0.5 s.
        """
        running: set[int] = set()
        finished: list[tuple[Trial, Outcome]] = []
        if self._pending:
            deadline = time.monotonic() + _CANCEL_S
            running = _call(self._client, self._link.cancel(self._tickets), _CANCEL_S) or set()
            finished = self._take(0.0)
            while self._pending.keys() & running and (left_s := deadline - time.monotonic()) > 0:
                finished += self._take(left_s)
            _call(self._client, self._link.forget())
        now = time.monotonic()
        for ticket, (trial, submitted_s) in self._pending.items():
            seconds = now - submitted_s if ticket in running else 0.0
            finished.append((trial, Outcome.failed(Status.TIMEOUT, "cancelled", seconds)))
        self._pending.clear()
        return finished

    def close(self) -> None:
        """End every process on the workers, forget what they hold and what is pending. Safe to call twice."""
        self._pending.clear()
        self._finalizer()


def active_client() -> Client | None:
    """The Dask client of ``joblib.parallel_config(backend="dask")``, or None.

    A fit that is itself a Dask task, such as one of many in ``cross_validate``, has none: it keeps to its machine
    rather than wait for threads that its like occupy.
    """
    backend, _ = get_active_backend()
    client = getattr(backend, "client", None)
    if client is None or "distributed" not in sys.modules:
        return None
    from distributed import Client, get_worker

    if not isinstance(client, Client):
        return None
    try:
        get_worker()
    except ValueError:
        return client
    return None


def _without_place(evaluator: Any) -> Any:
    """A copy that knows no folder of this machine, and no moment of its clock."""
    moved = copy.copy(evaluator)
    moved.store = moved.end = None
    return moved


def _call(client: Client, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T | None:
    """Run in the client's event loop; wait for the result, and give it, only with a timeout. Else None."""
    loop: Any = client.loop
    try:
        if client.status == "closed":
            raise RuntimeError("the client is closed")
        future = asyncio.run_coroutine_threadsafe(coroutine, loop.asyncio_loop)
    except RuntimeError:  # the loop ends with its client
        coroutine.close()
        return None
    with suppress(concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
        return None if timeout_s is None else future.result(timeout_s)
    return None


def _end(client: Client, link: Link) -> None:
    _call(client, link.close(), _CLOSE_S)
