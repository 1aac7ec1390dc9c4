"""Starts the template process and talks to it; the pool's side of the boundary."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import psutil

from automl.execution import boot
from automl.execution.channel import channel_pair
from automl.execution.forked import ForkedProcess, can_fork
from automl.execution.memory import held_mb
from automl.execution.messages import Settings, Workers
from automl.execution.process import kill_group

_BOOT = Path(boot.__file__)
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
_LOG = "template.log"
_SHUTDOWN_S = 0.4
_logger = logging.getLogger(__name__)


class TemplateProcess:
    """A running template process. Starting it returns at once; its imports go on meanwhile.

    It runs in a session of its own, where a terminal's Ctrl-C does not reach it, with one
    thread per numerical library and with temporary files inside the pool's folder.

    Parameters
    ----------
    settings : Settings
    may_fork : bool
        Fork this process where that is safe and spares the imports, instead of starting Python anew.

    Attributes
    ----------
    is_forked : bool
    """

    def __init__(self, settings: Settings, *, may_fork: bool) -> None:
        self._folder = Path(settings.folder)
        self._channel, theirs = channel_pair()
        self._workers: tuple[int, ...] = ()
        scratch = self._folder / "tmp"
        scratch.mkdir(exist_ok=True)
        environment = {
            **dict.fromkeys(_ONE_THREAD, "1"),
            **dict.fromkeys(("TMPDIR", "JOBLIB_TEMP_FOLDER"), str(scratch)),
            "PYTHONWARNINGS": "ignore",
            # A background thread of an allocator would be lost in forked workers.
            "JE_ARROW_MALLOC_CONF": "background_thread:false",
        }
        self.is_forked = may_fork and can_fork(settings.preload)
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        self._not_started = ""
        try:
            with theirs, (self._folder / _LOG).open("wb") as log:
                start = self._fork if self.is_forked else _start
                self._process = start(theirs, settings, environment, log.fileno())
        except OSError as error:
            # Out of processes, memory or disk: said when it is used, like any other end of it.
            self._not_started = str(error)
            self._channel.close()

    def _fork(
        self, theirs: socket.socket, settings: Settings, environment: Mapping[str, str], log_fd: int
    ) -> ForkedProcess:
        def main() -> NoReturn:
            inherited_mb = held_mb(os.getpid())
            boot.serve(theirs.detach(), {**settings._asdict(), "inherited_mb": inherited_mb})

        return ForkedProcess(main, environment, log_fd, keep_fd=theirs.fileno())

    def send(self, message: object) -> bool:
        """Send a message; whether the process was there to take it."""
        try:
            self._channel.send(message)
        except OSError:
            return False
        return True

    def receive(self, timeout_s: float | None) -> list[Any]:
        """Wait for messages for at most `timeout_s`."""
        self._channel.wait(timeout_s)
        messages = self._channel.receive()
        for message in messages:
            if isinstance(message, Workers):
                self._workers = message.pids
        return messages

    @property
    def lost(self) -> bool:
        """Whether the process has gone."""
        return self._channel.closed

    def why_lost(self) -> str:
        """How the process ended and the end of what it wrote."""
        if self._process is None:
            return self._not_started
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SHUTDOWN_S)
        status = self._process.returncode
        how = signal.Signals(-status).name if status is not None and status < 0 else f"exit status {status}"
        with suppress(OSError):
            written = (self._folder / _LOG).read_text(errors="replace").strip()
            return f"{how}: {written[-1000:]}" if written else how
        return how

    def end(self) -> None:
        """End the process and all below it; it removes the folder."""
        # It sees its channel close, kills its workers and ends.
        self._channel.close()
        self._wait()

    def retire(self) -> None:
        """End the process and all below it, and leave the folder to the next one."""
        if self._process is not None:
            self._process.terminate()
        self._wait()
        self._channel.close()

    def _wait(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(_SHUTDOWN_S)
        except subprocess.TimeoutExpired:
            _logger.debug("the template process does not end and is killed")
            _kill_tree(self._process)
        # If it was killed itself, its workers may be left.
        for pid in self._workers if self._process.returncode else ():
            kill_group(pid)


def _start(
    theirs: socket.socket, settings: Settings, environment: Mapping[str, str], log_fd: int
) -> subprocess.Popen[bytes]:
    paths = [os.path.abspath(path) for path in sys.path if isinstance(path, str)]
    return subprocess.Popen(
        [sys.executable, "-P", str(_BOOT), str(theirs.fileno()), json.dumps(settings._asdict()), *paths],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log_fd,
        pass_fds=[theirs.fileno()],
        env={**os.environ, **environment},
        start_new_session=True,
    )


def _kill_tree(process: subprocess.Popen[bytes] | ForkedProcess) -> None:
    with suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
    process.kill()
    process.wait()
