"""A template process that is forked off this process and so has its libraries already.

Importing them anew takes seconds, a quarter of a fit of ten. Python and the numerical libraries look after their own
locks and threads when a process is forked; OpenMP's are safe in a copy that uses one thread. A lock of somebody else
that another thread held stays locked in the copy: the pool starts a new process where the first trial does not end.
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from threadpoolctl import threadpool_limits

from automl.execution.memory import held_mb

_MOST_HELD_MB = 1_000
_POLL_S = 0.002
_WATCHED = (signal.SIGINT, signal.SIGTERM)


def can_fork(modules: Sequence[str]) -> bool:
    """Whether this process may be forked, and has what a new one would have to import.

    A debugger would follow the copy, a process that holds much is slow to copy, and on macOS libraries forbid it. A
    thread other than the first belongs to somebody who knows about threads, such as a server.
    """
    return (
        sys.platform == "linux"
        and bool(modules)
        and all(name in sys.modules for name in modules)
        and threading.current_thread() is threading.main_thread()
        and sys.gettrace() is None
        and held_mb(os.getpid()) <= _MOST_HELD_MB
    )


class ForkedProcess:
    """A child of this process, with the methods of `subprocess.Popen` that the pool needs.

    Parameters
    ----------
    main : callable
        What the child does; it does not return.
    environment : mapping of str to str
        Set in the child, in which numerical libraries compute with one thread.
    log_fd : int
        Where its errors go. It reads and prints nothing.
    keep_fd : int, optional
        The one open file of this process that is its own too.

    Raises
    ------
    OSError
        If there are too many processes or there is too little memory.
    """

    def __init__(
        self, main: Callable[[], NoReturn], environment: Mapping[str, str], log_fd: int, keep_fd: int | None = None
    ) -> None:
        self.returncode: int | None = None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # says that libraries have threads
                self.pid = os.fork()
            if self.pid == 0:
                _become(main, environment, log_fd, keep_fd)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; `subprocess.TimeoutExpired` if it does not come in time."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has waited for it
                self.returncode = 0
                break
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("fork", timeout or 0.0)
            else:
                time.sleep(_POLL_S)
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end, unless its end is known."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill it, unless its end is known."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)


def _become(
    main: Callable[[], NoReturn], environment: Mapping[str, str], log_fd: int, keep_fd: int | None
) -> NoReturn:
    """Leave behind what this process has of its parent: session, open files, handlers, logs, garbage."""
    try:
        gc.freeze()  # finalizers of the parent's objects are the parent's to run
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(log_fd, 2)
        # Pipes that the parent closes would stay open here, and what a trial does to a file would be done to the
        # parent's. Closed, their numbers would be given to others, which the parent's objects could then close.
        for fd in {0, 1, *map(int, os.listdir("/proc/self/fd"))} - {2, keep_fd}:
            os.dup2(null, fd)
        faulthandler.disable()  # it would write on the parent's terminal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        logging.disable()
        os.environ.update(environment)
        tempfile.tempdir = None  # found anew, in the environment
        threadpool_limits(1)
        main()
    finally:
        os._exit(1)
