"""The process of one run, seen from outside: its events, its memory, its end."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

_SAMPLE_S = 0.5
_LONGEST_TALK = 20_000
_END_S, _LONGEST_END_S = 0.01, 10.0
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip
_MARK = "PRECEDENT_BENCHMARK_RUN"
"""Environment variable by which all processes of a run are found, also those that have left its tree and session."""


class TimedOut(Exception):
    """The process did not say what was waited for in time."""


class Ended(Exception):
    """The process ended, or spoke nonsense, before it said what was waited for."""


class OutOfMemory(Ended):
    """The kernel ended the process to get memory back."""


class Child:
    """A process in a session of its own that says one JSON object a line; killed with all below it in the end.

    Parameters
    ----------
    command : sequence of str
    folder : Path
        Where its standard error is kept until it has ended.
    n_cores : int
        Threads of its numerical libraries.
    cores : collection of int, or None
        Cores that it is bound to.
    is_own_python : bool
        Whether Python in it finds its packages as it does here; in another environment it must not.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, n_cores: int, cores: Collection[int] | None, is_own_python: bool
    ) -> None:
        self.peak_mb = 0.0
        self._talk = folder / "stderr.txt"
        self._token = uuid.uuid4().hex
        self._oom_kills = _oom_kills()
        environment = {**_environment(n_cores, is_own_python), _MARK: self._token}
        with self._talk.open("wb") as talk:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=talk, encoding="utf-8",
                errors="replace", env=environment, start_new_session=True,
            )  # fmt: skip
        self._root = psutil.Process(self._process.pid)
        self._bind(cores)
        self._lines: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill it and every process below it."""
        self._sample()
        below = self._below()
        self._process.kill()
        self._process.wait()
        deadline = time.monotonic() + _LONGEST_END_S
        while (living := [*filter(_lives, below), *self._marked()]) and time.monotonic() < deadline:
            for each in living:
                with suppress(psutil.Error):
                    each.kill()
            time.sleep(_END_S)
        self._listener.join(1.0)
        # A stream that is still read cannot be closed: whoever escaped holds its other end.
        if self._process.stdout is not None and not self._listener.is_alive():
            self._process.stdout.close()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def hear(self, limit_s: float) -> dict[str, Any]:
        """Wait for the next event, at most so long.

        Raises
        ------
        TimedOut, Ended
        """
        deadline = time.monotonic() + limit_s
        while True:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimedOut
            ended = self._process.poll() is not None
            with suppress(queue.Empty):
                line = self._lines.get(timeout=min(_SAMPLE_S, left_s))
                self._sample()
                return _understood(line)
            if ended:  # before the wait: its last words have had time to arrive
                raise self._end()
            self._sample()

    def let_go_on(self) -> None:
        """Tell it to go on."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def last_words(self) -> str:
        """The end of what it, and the framework in it, wrote to the standard error."""
        with self._talk.open("rb") as talk:
            talk.seek(max(0, self._talk.stat().st_size - _LONGEST_TALK))
            return talk.read().decode(errors="replace")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def _bind(self, cores: Collection[int] | None) -> None:
        """Bind it to its cores, and let it be the first to go if the machine's memory is full."""
        with suppress(OSError):
            if cores is not None:
                os.sched_setaffinity(self._process.pid, cores)
            Path(f"/proc/{self._process.pid}/oom_score_adj").write_text("1000")

    def _end(self) -> Ended:
        code = self._process.returncode
        if code >= 0:
            return Ended(f"the process exited with status {code}")
        if code == -signal.SIGKILL and _oom_kills() > self._oom_kills:
            return OutOfMemory("the kernel killed the process, as the machine's memory was full")
        return Ended(f"the process was ended by signal {-code} ({signal.strsignal(-code)})")

    def _sample(self) -> None:
        """Add up the memory of the process and of all below it; what they share is counted once."""
        total = 0
        for each in (self._root, *self._below()):
            with suppress(psutil.Error):
                full = each.memory_full_info()
                total += getattr(full, "pss", full.rss)
        self.peak_mb = max(self.peak_mb, total / 2**20)

    def _below(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return list(self._root.children(recursive=True))
        return []

    def _marked(self) -> Iterator[psutil.Process]:
        for each in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if each.environ().get(_MARK) == self._token and _lives(each):
                    yield each


def _lives(process: psutil.Process) -> bool:
    """Whether it still runs: not one that nobody has asked about since it ended."""
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _environment(n_cores: int, is_own_python: bool) -> dict[str, str]:
    foreign = () if is_own_python else ("PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, **dict.fromkeys(_THREADS, str(n_cores)), "PYTHONUNBUFFERED": "1"}


def _understood(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise Ended(f"the process said {line[:100]!r}, which is no event")
    return event


def _oom_kills() -> int:
    """How many processes the kernel has killed so far for want of memory; 0 where it does not say."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
