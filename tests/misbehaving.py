"""An evaluator that misbehaves on request, and what its processes leave behind."""

from __future__ import annotations

import ctypes
import math
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable

import cloudpickle
import numpy as np
import psutil

from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

# As for a class of a notebook: the workers cannot import it.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

MARKER = "PRECEDENT_TEST_MARKER"


def make_trial(behaviour: str, number: int = 0, **values: float) -> Trial:
    return Trial(number, Configuration(behaviour, values), Fidelity(1), seed=number + 7)


class Unloadable:
    """Can be pickled; cannot be unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], float], tuple[str]]:
        return float, ("not a number",)


class Misbehaving:
    """Does what the trial's algorithm is called."""

    def __init__(self, rows: int = 1000) -> None:
        self.data = np.arange(rows * 10, dtype=np.float64).reshape(rows, 10)
        self.scale = lambda value: value / 2

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        getattr(self, trial.configuration.algorithm)(trial)
        return self.good(trial)

    def good(self, trial: Trial) -> Outcome:
        # From the data, a lambda, the values and both global generators.
        noise = random.random() + np.random.random()  # noqa: NPY002
        loss = self.scale(self.data.mean()) + sum(map(float, trial.configuration.values.values())) + noise
        return Outcome(Status.OK, float(loss), 0.01, fold_losses=(float(loss),), metrics={"twice": float(2 * loss)})

    def ok(self, trial: Trial) -> None:
        pass

    def sleep(self, trial: Trial) -> None:
        time.sleep(float(trial.configuration.values["for_s"]))

    def report_pid(self, trial: Trial) -> None:
        raise ValueError(f"pid {os.getpid()}")

    def hang(self, trial: Trial) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)

    def hang_with_child(self, trial: Trial) -> None:
        os.fork()
        self.hang(trial)

    def leak(self, trial: Trial) -> None:
        held = []
        while True:
            held.append(np.ones(1 << 20))

    def hold_200_mb(self, trial: Trial) -> None:
        np.ones(200 << 17)

    def keep_300_mb(self, trial: Trial) -> None:
        self.kept = np.ones(300 << 17)

    def allocate(self, trial: Trial) -> None:
        np.ones(1 << 40)

    def leak_in_child(self, trial: Trial) -> None:
        if os.fork() == 0:
            # A process of its own has a limit of its own: only its sampled memory counts.
            resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            held = [np.ones(1 << 20) for _ in range(60)]
            time.sleep(1000)
            del held
        time.sleep(1000)

    def segfault(self, trial: Trial) -> None:
        ctypes.string_at(0)

    def abort(self, trial: Trial) -> None:
        os.abort()

    def kill_itself(self, trial: Trial) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def exit(self, trial: Trial) -> None:
        os._exit(3)

    def raise_(self, trial: Trial) -> None:
        raise ValueError("a bad value")

    def raise_bad_alloc(self, trial: Trial) -> None:
        raise RuntimeError("std::bad_alloc")

    def memory_error(self, trial: Trial) -> None:
        raise MemoryError("no room")

    def system_exit(self, trial: Trial) -> None:
        sys.exit(4)

    def interrupt(self, trial: Trial) -> None:
        raise KeyboardInterrupt

    def recurse(self, trial: Trial) -> None:
        self.recurse(trial)

    def nan(self, trial: Trial) -> None:
        Outcome(Status.OK, math.nan, 0.1)

    def infinite(self, trial: Trial) -> None:
        Outcome(Status.OK, math.inf, 0.1)

    def fork_children(self, trial: Trial) -> None:
        for _ in range(3):
            if os.fork() == 0:
                time.sleep(1000)

    def fork_and_return(self, trial: Trial) -> None:
        for _ in range(3):
            os.fork()

    def fork_daemon(self, trial: Trial) -> None:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        time.sleep(0.1)

    def fork_daemon_and_die(self, trial: Trial) -> None:
        self.fork_daemon(trial)
        os._exit(5)

    def start_thread(self, trial: Trial) -> None:
        threading.Thread(target=time.sleep, args=(1000,)).start()

    def set_handlers(self, trial: Trial) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0.2)

    def shout(self, trial: Trial) -> None:
        print("x" * 100_000)
        os.write(1, b"y" * 100_000)
        os.write(2, b"z" * 100_000)

    def close_files(self, trial: Trial) -> None:
        os.closerange(0, 256)

    def write_nonsense(self, trial: Trial) -> None:
        for fd in range(3, 64):
            try:
                os.write(fd, b"\x07" * 4096)
            except OSError:
                continue
        time.sleep(1000)

    def litter(self, trial: Trial) -> None:
        tempfile.mkdtemp()


class Returning(Misbehaving):
    """Returns what no evaluator should."""

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        answers = {
            "none": None,
            "unpicklable": Outcome(Status.OK, 1.0, 0.1, metrics={"f": lambda: 0}),  # type: ignore[dict-item]
            "unloadable": Outcome(Status.OK, 1.0, 0.1, metrics={"u": Unloadable()}),  # type: ignore[dict-item]
        }
        return answers[trial.configuration.algorithm]  # type: ignore[return-value]


class Marked:
    """Processes that carry a mark in their environment, or belong to a session: a forked one has no mark of its own."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.sessions: set[int] = set()

    def pids(self) -> list[int]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and (
                    process.environ().get(MARKER) == self.mark or os.getsid(process.pid) in self.sessions
                ):
                    found.append(process.pid)
            except (psutil.Error, ProcessLookupError):
                continue
        return found

    def gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.pids():
                return True
            time.sleep(0.02)
        return not self.pids()
