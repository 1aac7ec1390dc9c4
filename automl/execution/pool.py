"""PoolExecutor: runs trials in worker processes that can be killed."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import time
import weakref
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from automl.execution import handover
from automl.execution.base import Evaluator
from automl.execution.launch import TemplateProcess
from automl.execution.messages import Cancel, Done, Failed, Load, Lost, Ready, Run, Settings
from automl.trial import Outcome, Status, Trial

# Trials that wait inside the template, so that a worker need not wait for this process.
_AHEAD = 8
_CANCEL_S = 0.15
# In which a template that was forked, and imports nothing, has answered.
_FORKED_S = 3.0


class WorkerStartError(RuntimeError):
    """Worker processes cannot be started, or they cannot load the evaluator."""


class _Pending(NamedTuple):
    trial: Trial
    run: Run
    submitted_s: float


class PoolExecutor:
    """Runs trials in worker processes with limits on wall clock and memory.

    A template process imports the libraries once, or is forked off this process where that is
    safe and it has them, and forks workers, which share the evaluator's arrays by memory map.
    A trial that hangs, leaks, crashes its process or returns what is no outcome ends as an
    outcome; its worker is replaced within milliseconds. However this process ends, the others
    end with it. Linux and macOS.

    Each worker computes with one thread. Not safe to use from several threads at a time.

    Parameters
    ----------
    n_workers : int
        Trials that run at the same time.
    memory_limit_mb : float or None, default=None
        What one worker, with the processes that it starts, may hold: libraries that it loads
        (150 to 300 MB) included, memory-mapped data and what it shares with this process not.
        Allocations beyond it fail, and what passes it nevertheless is killed within about 0.2 s.
    grace_s : float, default=0.5
        A trial is killed this many seconds past its time limit.
    preload : sequence of str, default=()
        Modules to import before workers are forked. One that cannot be imported is passed over.
    work_dir : path or None, default=None
        Where the executor makes its own folder, by default the system's temporary folder.
        `close` removes that folder.

    Attributes
    ----------
    folder : Path
        The executor's own folder; it ends with this process, however that ends.

    Examples
    --------
    >>> from automl.trial import Configuration, Fidelity, Outcome, Status, Trial
    >>> with PoolExecutor(2) as executor:
    ...     executor.start(lambda trial, time_limit_s: Outcome(Status.OK, 0.25, 0.1))
    ...     executor.submit(Trial(0, Configuration("knn", {}), Fidelity(1), seed=0), time_limit_s=10)
    ...     [(trial.number, outcome.loss) for trial, outcome in executor.collect()]
    [(0, 0.25)]
    """

    def __init__(
        self,
        n_workers: int,
        *,
        memory_limit_mb: float | None = None,
        grace_s: float = 0.5,
        preload: Sequence[str] = (),
        work_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        if n_workers < 1:
            raise ValueError(f"n_workers must be at least 1, got {n_workers}")
        self.n_workers = n_workers
        self.folder = Path(tempfile.mkdtemp(prefix="precedent-", dir=work_dir))
        self._settings = Settings(n_workers, memory_limit_mb, grace_s, tuple(preload), str(self.folder))
        self._tickets = 0
        self._queue: deque[_Pending] = deque()
        self._sent: dict[int, _Pending] = {}
        self._finished: list[tuple[Trial, Outcome]] = []
        self._started = self._ready = False
        self._launch(may_fork=True)

    def _launch(self, *, may_fork: bool) -> None:
        self._ready = False
        self._template = TemplateProcess(self._settings, may_fork=may_fork)
        # A copy of this process may have inherited what stops it, such as a lock: until its first trial has an end.
        self._is_unproven = self._template.is_forked
        self._finalizer = weakref.finalize(self, _end, self._template, self._settings.folder, os.getpid())

    def start(self, evaluator: Evaluator) -> None:
        """Hand the evaluator over to the workers. Returns at once; they load it meanwhile.

        Raises
        ------
        TypeError
            If the evaluator cannot be pickled.
        WorkerStartError
            If it cannot be written to the executor's folder, which may be on a full disk.
        RuntimeError
            If called twice or after `close`.
        """
        if self._started or not self._finalizer.alive:
            raise RuntimeError("the executor has been started or closed already")
        try:
            handover.dump(evaluator, Path(self._settings.folder))
        except OSError as error:
            raise WorkerStartError(f"the data cannot be written for the workers: {error}") from error
        self._started = True
        self._load()

    def _load(self) -> None:
        self._template.send(Load())
        self._asked_s = time.monotonic()

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Queue a trial; it is killed `grace_s` past `time_limit_s`, counted from its start.

        Raises
        ------
        RuntimeError
            Before `start` and after `close`.
        """
        if not self._started or not self._finalizer.alive:
            raise RuntimeError("the executor is not started or is closed")
        run = Run(self._tickets, pickle.dumps(trial, protocol=5), time_limit_s)
        self._tickets += 1
        self._queue.append(_Pending(trial, run, time.monotonic()))
        self._feed()

    def _feed(self) -> None:
        while self._queue and len(self._sent) < self.n_workers + _AHEAD:
            # A template that has gone is noticed, and replaced, where messages are received.
            self._template.send(self._queue[0].run)
            pending = self._queue.popleft()
            self._sent[pending.run.ticket] = pending

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Wait until a trial has finished or `timeout_s` has passed; give all that have finished.

        Returns
        -------
        list of (Trial, Outcome)
            In order of finishing; empty at once if nothing is pending.

        Raises
        ------
        WorkerStartError
            If the template process cannot start or cannot load the evaluator.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while self._queue or self._sent:
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            self._receive(0.0 if self._finished else left_s)
            if self._finished or left_s == 0.0:
                break
        finished, self._finished = self._finished, []
        return finished

    def _receive(self, timeout_s: float | None) -> None:
        is_suspect = False
        waits_s = [each for each in (timeout_s, self._doubted_s()) if each is not None]
        for message in self._template.receive(min(waits_s, default=None)):
            match message:
                case Lost() if message.ticket in self._sent and self._is_unproven:
                    is_suspect = True
                case Done() | Lost() if message.ticket in self._sent:
                    trial = self._sent.pop(message.ticket).trial
                    self._finished.append((trial, _decode(message.answer)))
                    self._is_unproven = False
                case Ready():
                    self._ready = True
                case Failed():
                    raise WorkerStartError(f"workers cannot load the evaluator: {message.error}")
        if self._template.lost or is_suspect or self._doubted_s() == 0.0:
            self._replace_template()
        self._feed()

    def _doubted_s(self) -> float | None:
        """Seconds in which a copy of this process has to be there, as a new one would be; None where nobody doubts."""
        if self._ready or not self._is_unproven:
            return None
        return max(0.0, self._asked_s + _FORKED_S - time.monotonic())

    def _replace_template(self) -> None:
        """Start it anew; its trials are lost, or wait for the next one if a copy of this process was no good."""
        reason = self._template.why_lost() if self._template.lost else ""
        if not self._ready and not self._is_unproven:
            raise WorkerStartError(f"the process that starts workers did not start: {reason}")
        self._template.retire()
        self._finalizer.detach()
        if self._is_unproven:
            self._queue.extendleft(reversed(self._sent.values()))
            self._sent.clear()
        else:
            self._fail_sent(Status.CRASH, f"the process that runs workers ended: {reason}")
        Path(self._settings.folder).mkdir(exist_ok=True)
        self._launch(may_fork=False)
        self._load()

    def _fail_sent(self, status: Status, error: str) -> None:
        now = time.monotonic()
        for pending in self._sent.values():
            outcome = Outcome.failed(status, error, now - pending.submitted_s)
            self._finished.append((pending.trial, outcome))
        self._sent.clear()

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""
        return len(self._queue) + len(self._sent) + len(self._finished)

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Kill what runs and drop what is queued; nothing is pending afterwards.

        Returns
        -------
        list of (Trial, Outcome)
            Status timeout for each, but for trials that had finished and were not collected:
            their own outcome.
        """
        queued, self._queue = self._queue, deque()
        # Before the template is ready nothing runs, and it is too busy to answer.
        if self._sent and self._template.send(Cancel()) and self._ready:
            deadline = time.monotonic() + _CANCEL_S
            while self._sent and (left_s := deadline - time.monotonic()) > 0:
                self._receive(left_s)
        # Answers that come later are to tickets that nobody holds.
        self._fail_sent(Status.TIMEOUT, "cancelled")
        dropped = [(each.trial, Outcome.failed(Status.TIMEOUT, "cancelled", 0.0)) for each in queued]
        finished, self._finished = self._finished, []
        return finished + dropped

    def close(self) -> None:
        """End every process and remove every file of the executor; what is pending is dropped."""
        self._queue.clear()
        self._sent.clear()
        self._finished.clear()
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()


def _decode(answer: bytes) -> Outcome:
    text = "the outcome cannot be unpickled"
    try:
        outcome = pickle.loads(answer)
        if isinstance(outcome, Outcome):
            return outcome
    except Exception as error:
        text = f"{text}: {type(error).__name__}: {error}"
    return Outcome.failed(Status.INVALID, text, 0.0)


def _end(template: TemplateProcess, folder: str, owner_pid: int) -> None:
    # A process that was forked from the owner has a copy of this, and no say.
    if os.getpid() == owner_pid:
        template.end()
        shutil.rmtree(folder, ignore_errors=True)
