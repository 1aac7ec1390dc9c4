"""The template process: imports once, forks workers, hands them trials, holds them to their limits.

It has one thread and computes nothing, so that forking it is safe and takes milliseconds. Limits
are kept here rather than in the user's process, which may be busy elsewhere.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import select
import signal
import socket
import time
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from automl.execution import handover
from automl.execution.base import Evaluator
from automl.execution.channel import Channel, channel_pair
from automl.execution.guard import describe
from automl.execution.memory import exceeds, maxrss_mb, peak_mb
from automl.execution.messages import Cancel, Done, Failed, Load, Lost, Ready, Run, Settings, Workers
from automl.execution.process import adopt_orphans, kill_group, kill_orphans
from automl.execution.worker import work
from automl.trial import Outcome, Status

_SAMPLE_S = 0.1
_RETRY_FORK_S = 0.1
_LONGEST_SHUTDOWN_S = 2.0


def run(control_fd: int, settings: Mapping[str, Any]) -> None:
    """Serve the pool at the other end of a socket until it closes, then end every process below.

    Parameters
    ----------
    control_fd : int
    settings : mapping
        The fields of `Settings`.
    """
    warnings.simplefilter("ignore")
    adopt_orphans()
    template = Template(Channel(socket.socket(fileno=control_fd)), Settings(**settings))
    try:
        _preload(settings["preload"])
        template.serve()
    finally:
        # Nothing may interrupt this.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        template.shut_down()


def _preload(modules: Sequence[str]) -> None:
    # An import that fails here fails again, as an outcome, in the trial that needs it.
    for name in modules:
        with suppress(Exception):
            importlib.import_module(name)


@dataclass
class _Worker:
    """A worker as the template sees it; `run` is what it evaluates."""

    pid: int
    channel: Channel
    run: Run | None = None
    started_s: float = 0.0


class Template:
    """Forks workers and supervises them; all state of the template process.

    Parameters
    ----------
    control : Channel
        To the pool.
    settings : Settings
    """

    def __init__(self, control: Channel, settings: Settings) -> None:
        self._control = control
        self._settings = settings
        self._evaluator: Evaluator | None = None
        self._queue: deque[Run] = deque()
        self._workers: dict[int, _Worker] = {}
        self._dying: set[int] = set()
        self._sampled_s = 0.0
        self._wakeup, self._wakeup_end = socket.socketpair()
        self._wakeup.setblocking(False)
        self._wakeup_end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup_end.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Work until the pool has gone."""
        while True:
            self._wait()
            for message in self._control.receive():
                self._obey(message)
            if self._control.closed:
                return
            for each in list(self._workers.values()):
                self._read(each)
            self._reap()
            self._hold_to_limits()
            self._dispatch()

    def shut_down(self) -> None:
        """Kill every process below this one and wait for its end."""
        for pid in self._workers:
            kill_group(pid)
        deadline = time.monotonic() + _LONGEST_SHUTDOWN_S
        while time.monotonic() < deadline:
            kill_orphans(set())
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.002)
            except ChildProcessError:
                return

    # Waiting

    def _wait(self) -> None:
        poll = select.poll()
        for source in (self._control.fileno(), self._wakeup.fileno()):
            poll.register(source, select.POLLIN)
        for each in self._workers.values():
            if not each.channel.closed:
                poll.register(each.channel.fileno(), select.POLLIN)
        timeout_s = self._until_next_s()
        poll.poll(None if timeout_s is None else 1000 * max(0.0, timeout_s) + 1)
        with suppress(BlockingIOError):
            self._wakeup.recv(4096)

    def _until_next_s(self) -> float | None:
        now = time.monotonic()
        running = [each for each in self._workers.values() if each.run]
        waits = [deadline - now for each in running if (deadline := self._deadline_s(each)) is not None]
        if running and self._settings.memory_limit_mb is not None:
            waits.append(self._sampled_s + _SAMPLE_S - now)
        if self._queue and self._evaluator and len(running) < self._settings.n_workers:
            waits.append(_RETRY_FORK_S)
        return min(waits, default=None)

    def _deadline_s(self, each: _Worker) -> float | None:
        if each.run is None or each.run.time_limit_s is None:
            return None
        return each.started_s + each.run.time_limit_s + self._settings.grace_s

    # From the pool

    def _obey(self, message: object) -> None:
        match message:
            case Load():
                self._load()
            case Run():
                self._queue.append(message)
            case Cancel():
                self._cancel()

    def _load(self) -> None:
        try:
            self._evaluator = handover.load(Path(self._settings.folder))
        except Exception as error:
            self._control.send(Failed(describe(error)))
            return
        # What the template holds stays shared: collections in workers must not touch it.
        gc.collect()
        gc.freeze()
        self._control.send(Ready())

    def _cancel(self) -> None:
        for each in list(self._workers.values()):
            if each.run:
                self._answer(each.run, self._end(each, Status.TIMEOUT, "cancelled"))
        for run in self._queue:
            self._answer(run, Outcome.failed(Status.TIMEOUT, "cancelled", 0.0))
        self._queue.clear()

    # From the workers

    def _read(self, each: _Worker) -> None:
        for message in each.channel.receive():
            if each.run and isinstance(message, Done) and message.ticket == each.run.ticket:
                each.run = None
                self._control.send(message)
                if message.replace_worker:
                    self._dismiss(each)
        if each.channel.closed and each.pid in self._workers:
            # Whether it has ended, has closed its end or writes nonsense: it is of no more use.
            # The exit status of one that had ended already stays what it was.
            kill_group(each.pid)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            kill_group(pid)
            self._dying.discard(pid)
            each = self._workers.get(pid)
            if each is not None:
                self._read(each)
                self._remove(each)
                if each.run:
                    seconds = time.monotonic() - each.started_s
                    peak = maxrss_mb(usage)
                    self._lose(each.run, Outcome.failed(Status.CRASH, _reason(status), seconds, peak_mb=peak))
            kill_orphans({*self._workers, *self._dying})

    def _hold_to_limits(self) -> None:
        now = time.monotonic()
        running = [each for each in self._workers.values() if each.run]
        for each in running:
            deadline_s = self._deadline_s(each)
            if deadline_s is not None and now >= deadline_s:
                limit_s = each.run.time_limit_s if each.run else None
                self._kill(each, Status.TIMEOUT, f"killed past its limit of {limit_s:g} s")
        limit_mb = self._settings.memory_limit_mb
        if limit_mb is None or now < self._sampled_s + _SAMPLE_S:
            return
        self._sampled_s = now
        for each in running:
            if each.run and exceeds(each.pid, limit_mb, self._settings.inherited_mb):
                self._kill(each, Status.MEMORY, f"killed past its limit of {limit_mb:g} MB")

    def _kill(self, each: _Worker, status: Status, reason: str) -> None:
        outcome = self._end(each, status, reason)
        if each.run:
            self._lose(each.run, outcome)

    def _end(self, each: _Worker, status: Status, reason: str) -> Outcome:
        peak = peak_mb(each.pid)
        self._dismiss(each)
        return Outcome.failed(status, reason, time.monotonic() - each.started_s, peak_mb=peak)

    def _dismiss(self, each: _Worker) -> None:
        # Reaped later: the end of a process that holds much memory takes a while.
        kill_group(each.pid)
        self._dying.add(each.pid)
        self._remove(each)

    def _remove(self, each: _Worker) -> None:
        each.channel.close()
        del self._workers[each.pid]

    def _answer(self, run: Run, outcome: Outcome) -> None:
        self._control.send(Done(run.ticket, pickle.dumps(outcome, protocol=5), replace_worker=False))

    def _lose(self, run: Run, outcome: Outcome) -> None:
        self._control.send(Lost(run.ticket, pickle.dumps(outcome, protocol=5)))

    # To the workers

    def _dispatch(self) -> None:
        while self._queue and self._evaluator is not None:
            each = self._idle() or self._fork(self._evaluator)
            if each is None:
                return
            try:
                each.channel.send(self._queue[0])
            except OSError:
                self._dismiss(each)
                continue
            each.run = self._queue.popleft()
            each.started_s = time.monotonic()

    def _idle(self) -> _Worker | None:
        usable = (each for each in self._workers.values() if not each.run and not each.channel.closed)
        return next(usable, None)

    def _fork(self, evaluator: Evaluator) -> _Worker | None:
        if len(self._workers) >= self._settings.n_workers:
            return None
        template_pid = os.getpid()
        channel, theirs = channel_pair()
        try:
            pid = os.fork()
        except OSError:
            # Out of processes or memory; tried again while trials wait.
            channel.close()
            theirs.close()
            return None
        if pid == 0:
            channel.close()
            self._become_worker(Channel(theirs), evaluator, template_pid)
        theirs.close()
        with suppress(OSError):
            os.setpgid(pid, pid)
        each = self._workers[pid] = _Worker(pid, channel)
        self._control.send(Workers((*self._workers, *self._dying)))
        return each

    def _become_worker(self, channel: Channel, evaluator: Evaluator, template_pid: int) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            # Copies of the others' ends would hide that they have gone.
            for end in (self._control, self._wakeup, self._wakeup_end):
                end.close()
            for each in self._workers.values():
                each.channel.close()
            os.dup2(0, 2)
            work(channel, evaluator, self._settings.worker_limit_mb, template_pid)
            os._exit(0)
        finally:
            os._exit(1)


def _reason(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"the worker was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"the worker exited with status {os.waitstatus_to_exitcode(status)}"
