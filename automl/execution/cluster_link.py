"""The side of a DaskExecutor that lives in the event loop of its client: sites, errands and who has gone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import logging
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from automl.execution.cluster_messages import Answer, Errand, SiteSettings
from automl.execution.cluster_site import (
    cancel_on_worker,
    close_on_worker,
    load_site,
    open_site,
    run_errand,
)
from automl.trial import Outcome, Status

if TYPE_CHECKING:
    from distributed import Client, Future

_WATCH_S = 0.25
_REPLY_S = 2.0
# A trial whose workers die again and again may be why they die.
_MOST_RUNS = 4
_GONE = (asyncio.CancelledError, concurrent.futures.CancelledError)
_logger = logging.getLogger(__name__)


@dataclass
class _Worker:
    """A Dask worker as the link sees it; `site` once its pool stands."""

    address: str
    n_threads: int
    opening: asyncio.Task[None] | None = None
    site: Future[Any] | None = None
    errands: dict[int, asyncio.Task[Answer | None]] = field(default_factory=dict)
    n_failed: int = 0
    refusal: str | None = None


class Link:
    """Opens a site on every worker, gives each as many errands as it has threads, and notices who has gone.

    Its attributes are looked at from other threads; all methods run in the loop.

    Parameters
    ----------
    client : distributed.Client
    settings : SiteSettings
    answers : SimpleQueue of (int, Answer)
        Gets each errand's ticket and answer.

    Attributes
    ----------
    n_threads : int
        Of all workers together, when they were last seen.
    missing_since_s : float or None
        `time.monotonic` moment since which there has been no worker.
    refusal : str or None
        Why none of the workers can run trials.
    """

    def __init__(self, client: Client, settings: SiteSettings, answers: SimpleQueue[tuple[int, Answer]]) -> None:
        self.n_threads = 1
        self.missing_since_s: float | None = None
        self.refusal: str | None = None
        self._client, self._settings, self._answers = client, settings, answers
        self._name = f"precedent-{uuid.uuid4().hex}"
        self._numbers = itertools.count()
        self._end: float | None = None
        self._data: npt.NDArray[np.uint8] | None = None
        self._has_data = asyncio.Event()
        self._payload: asyncio.Task[Future[Any]] | None = None
        self._workers: dict[str, _Worker] = {}
        self._queue: deque[tuple[Errand, int]] = deque()
        self._cancelled_before = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    def _spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def begin(self) -> None:
        """Look for workers, now and from now on."""
        await self._look()
        self._spawn(self._watch())

    async def start(self, data: npt.NDArray[np.uint8], end: float | None) -> None:
        """Let every worker have the pickled evaluator; `end` is the moment at which its search ends."""
        self._data, self._end = data, end
        self._has_data.set()

    # Workers

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            await self._look()

    async def _look(self) -> None:
        try:
            found: dict[str, int] = await asyncio.wait_for(self._client.nthreads(), _REPLY_S)
        except Exception as error:
            _logger.debug("the scheduler does not answer: %s", error)
            found = {}
        for address in self._workers.keys() - found.keys():
            _drop(self._workers.pop(address))
        for address in found.keys() - self._workers.keys():
            self._workers[address] = _Worker(address, found[address])
        usable = [worker.n_threads for worker in self._workers.values() if worker.refusal is None]
        if usable:
            self.n_threads = sum(usable)
        if found:
            self.missing_since_s = None
            self.refusal = None if usable else next(iter(self._workers.values())).refusal
        elif self.missing_since_s is None:
            self.missing_since_s = time.monotonic()
        self._open_sites()

    def _open_sites(self) -> None:
        for worker in self._workers.values():
            if worker.site is None and worker.opening is None and worker.refusal is None:
                worker.opening = self._spawn(self._open(worker))

    async def _open(self, worker: _Worker) -> None:
        try:
            key = f"{self._name}-site-{next(self._numbers)}"
            site = self._submit(worker, key, open_site, self._settings, key)
            await site
            await self._has_data.wait()
            payload = await self._shared_payload()
            if await self._submit(worker, f"{key}-load", load_site, site, payload):
                worker.site = site
        except (*_GONE, OSError) as error:
            # Data or a connection was lost, perhaps with another worker.
            worker.n_failed += 1
            worker.refusal = _text(error) if worker.n_failed >= _MOST_RUNS else None
        except Exception as error:
            worker.refusal = _text(error)
        finally:
            worker.opening = None
        self._feed()

    def _submit(self, worker: _Worker, key: str, function: Callable[..., Any], *arguments: object) -> Future[Any]:
        return self._client.submit(function, *arguments, key=key, workers=[worker.address], pure=False)

    async def _shared_payload(self) -> Future[Any]:
        """The evaluator in the memory of some worker, from where Dask takes it to others; sent again if it is lost."""
        sending = self._payload
        if sending is None or (sending.done() and not _is_there(sending)):
            sending = self._payload = self._spawn(self._client.scatter(self._data, hash=False))
        return await asyncio.shield(sending)

    # Errands

    async def submit(self, errand: Errand) -> None:
        """Queue an errand."""
        self._queue.append((errand, 1))
        self._feed()

    def _feed(self) -> None:
        while self._queue:
            free = [w for w in self._workers.values() if w.site is not None and len(w.errands) < w.n_threads]
            if not free:
                return
            worker = max(free, key=lambda each: each.n_threads - len(each.errands))
            errand, n_runs = self._queue.popleft()
            task = self._spawn(self._ask(worker, errand))
            worker.errands[errand.ticket] = task
            self._spawn(self._follow(worker, errand, n_runs, task))

    async def _ask(self, worker: _Worker, errand: Errand) -> Answer | None:
        left_s = None if self._end is None else max(0.0, self._end - time.monotonic())
        limits = [limit for limit in (errand.time_limit_s, left_s) if limit is not None]
        errand = errand._replace(time_limit_s=min(limits, default=None))
        key = f"{self._name}-trial-{next(self._numbers)}"
        answer: Answer | None = await self._submit(worker, key, run_errand, worker.site, errand)
        return answer

    async def _follow(self, worker: _Worker, errand: Errand, n_runs: int, task: asyncio.Task[Answer | None]) -> None:
        await asyncio.wait([task])
        worker.errands.pop(errand.ticket, None)
        try:
            answer = task.result()
        except _GONE:
            answer = None
        except Exception as error:
            worker.refusal, answer = _text(error), None
        if answer is not None:
            self._answers.put((errand.ticket, answer))
        elif errand.ticket >= self._cancelled_before:
            worker.site = None
            self._again(errand, n_runs + (worker.refusal is None))
        self._feed()

    def _again(self, errand: Errand, n_runs: int) -> None:
        """Run a trial once more, whose worker has gone."""
        if n_runs <= _MOST_RUNS:
            self._queue.appendleft((errand, n_runs))
            return
        text = f"the Dask workers that ran this trial ended, {_MOST_RUNS} times"
        self._answers.put((errand.ticket, Answer(Outcome.failed(Status.CRASH, text, 0.0), {})))

    # The end

    async def cancel(self, before: int) -> set[int]:
        """Let errands with smaller tickets end; gives those that run and will answer soon."""
        self._queue.clear()
        self._cancelled_before = before
        running = {ticket for worker in self._workers.values() for ticket in worker.errands}
        if running:
            self._spawn(self._tell(cancel_on_worker, before))
        return running

    async def forget(self) -> None:
        """Wait for no answer any more."""
        for worker in self._workers.values():
            for task in worker.errands.values():
                task.cancel()

    async def close(self) -> None:
        """End all sites and let go of all that Dask holds for this link."""
        self._cancelled_before = sys.maxsize
        self._queue.clear()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        await self._tell(close_on_worker)
        self._workers.clear()
        self._payload = None

    async def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        told = self._client.run(function, f"{self._name}-site-", *arguments, on_error="ignore")
        with suppress(Exception):  # workers that have gone need not be told
            await asyncio.wait_for(told, _REPLY_S)


def _drop(worker: _Worker) -> None:
    for task in (worker.opening, *worker.errands.values()):
        if task is not None:
            task.cancel()


def _is_there(sending: asyncio.Task[Future[Any]]) -> bool:
    return not sending.cancelled() and sending.exception() is None and sending.result().status == "finished"


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
