"""A forked template: when it may be, what it leaves behind of its parent, and what follows when it fails."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import psutil
import pytest
from misbehaving import Misbehaving, make_trial

from automl.execution import PoolExecutor, boot, forked, pool
from automl.execution.forked import ForkedProcess, can_fork

pytestmark = pytest.mark.once
LOADED = ("json",)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests before this one may have left much in memory."""
    monkeypatch.setattr(forked, "held_mb", lambda pid: 300.0)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Run a function in a forked process; gives what it returned, or its log."""

    def run(function: Callable[[], object]) -> str:
        def main() -> NoReturn:
            (tmp_path / "found").write_text(str(function()))
            os._exit(0)

        with (tmp_path / "log").open("wb") as log:
            process = ForkedProcess(main, {"TMPDIR": str(tmp_path), "PRECEDENT_TEST": "set"}, log.fileno())
        if process.wait(10.0) == 0:
            return (tmp_path / "found").read_text()
        return (tmp_path / "log").read_text()

    return run


def test_a_plain_process_may_be_forked() -> None:
    assert can_fork(LOADED)
    assert not can_fork(())
    assert not can_fork(("json", "no_such_module"))


def test_a_thread_of_it_may_not() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(can_fork(LOADED)))
    thread.start()
    thread.join()
    assert found == [False]


def test_nor_one_that_is_debugged_or_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "gettrace", lambda: print)
        assert not can_fork(LOADED)
    monkeypatch.setattr(forked, "held_mb", lambda pid: 5_000.0)
    assert not can_fork(LOADED)


def test_it_has_a_session_an_environment_and_temporary_files_of_its_own(
    run: Callable[..., str], tmp_path: Path
) -> None:  # fmt: skip
    tempfile.gettempdir()
    found = run(lambda: (os.getsid(0) == os.getpid(), os.environ["PRECEDENT_TEST"], tempfile.gettempdir()))
    assert found == str((True, "set", str(tmp_path)))
    assert "PRECEDENT_TEST" not in os.environ


def test_it_prints_nothing_and_its_errors_are_logged(
    run: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    def shout() -> None:
        os.write(1, b"loud")
        os.write(2, b"wrong")
        raise ValueError

    assert run(shout) == "wrong"
    assert capfd.readouterr() == ("", "")


def test_files_of_the_parent_are_not_its_own(run: Callable[..., str], tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        assert run(lambda: os.write(file.fileno(), b"nonsense")) == "8"
    assert not (tmp_path / "file").stat().st_size


def test_a_pipe_that_the_parent_closes_is_closed(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (tmp_path / "log").open("wb") as log, open(reading, "rb") as end:
        process = ForkedProcess(lambda: time.sleep(60), {}, log.fileno())
        try:
            os.close(writing)
            assert end.read() == b""
        finally:
            process.kill()
            process.wait()


def test_handlers_of_the_parent_are_not_its_own(run: Callable[..., str]) -> None:
    def handlers() -> tuple[object, ...]:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, faulthandler.is_enabled(), blocked

    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        assert run(handlers) == str((True, False, set()))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not {signal.SIGINT, signal.SIGTERM} & signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_garbage_of_the_parent_is_the_parents_to_finalize(run: Callable[..., str], tmp_path: Path) -> None:
    class Cycle:
        def __init__(self) -> None:
            self.itself = self

    gc.disable()
    try:
        cycle = Cycle()
        weakref.finalize(cycle, lambda: (tmp_path / str(os.getpid())).touch())
        del cycle
        run(gc.collect)
        gc.collect()
    finally:
        gc.enable()
    assert [path.name for path in tmp_path.iterdir() if path.name.isdigit()] == [str(os.getpid())]


def test_waiting_and_killing(tmp_path: Path) -> None:
    def sleep() -> NoReturn:
        time.sleep(1000)
        os._exit(0)

    with (tmp_path / "log").open("wb") as log:
        process = ForkedProcess(sleep, {}, log.fileno())
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05)
    process.kill()
    assert process.wait() == process.returncode == -signal.SIGKILL
    process.kill()
    process.terminate()
    assert not psutil.pid_exists(process.pid)


@pytest.mark.parametrize("behaviour", ["hang", "die"])
def test_a_copy_that_does_not_come_up_is_replaced_and_no_trial_is_lost(
    monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:  # fmt: skip
    monkeypatch.setattr(boot, "serve", lambda *_: time.sleep(1000) if behaviour == "hang" else os._exit(3))
    monkeypatch.setattr(pool, "_FORKED_S", 0.3)
    with PoolExecutor(2, preload=LOADED) as executor:
        assert executor._template.is_forked
        executor.start(Misbehaving())
        for number in range(4):
            executor.submit(make_trial("ok", number), 20.0)
        found = executor.collect()  # with no limit of its own
        while executor.pending:
            found += executor.collect(20.0)
        assert not executor._template.is_forked
    assert sorted(trial.number for trial, outcome in found if outcome.ok) == [0, 1, 2, 3]


@pytest.mark.parametrize(("behaviour", "status"), [("hang", "timeout"), ("segfault", "crash")])
def test_a_first_trial_that_does_not_end_is_run_again_in_a_new_process(behaviour: str, status: str) -> None:
    """Whether it was the trial's fault shows there."""
    with PoolExecutor(1, preload=LOADED, grace_s=0.1) as executor:
        executor.start(Misbehaving())
        executor.submit(make_trial(behaviour), 0.3)
        ((_, outcome),) = executor.collect(20.0)
        assert not executor._template.is_forked
    assert outcome.status.value == status


def test_after_a_first_trial_a_copy_is_trusted() -> None:
    with PoolExecutor(1, preload=LOADED, grace_s=0.1) as executor:
        executor.start(Misbehaving())
        for behaviour in ("ok", "hang", "segfault", "ok"):
            executor.submit(make_trial(behaviour), 0.3)
        found = []
        while executor.pending:
            found += executor.collect(20.0)
        assert executor._template.is_forked
    assert [outcome.status.value for _, outcome in found] == ["ok", "timeout", "crash", "ok"]


def test_a_lock_that_a_thread_held_costs_one_attempt() -> None:
    held, enough = threading.Event(), threading.Event()

    def draw() -> None:
        with np.random.mtrand._rand._bit_generator.lock:
            held.set()
            enough.wait()

    thread = threading.Thread(target=draw)
    thread.start()
    held.wait()
    executor = PoolExecutor(1, preload=LOADED, grace_s=0.1)
    enough.set()
    thread.join()
    with executor:
        assert executor._template.is_forked
        executor.start(Misbehaving())
        executor.submit(make_trial("ok"), 0.5)
        ((_, outcome),) = executor.collect(20.0)
        assert not executor._template.is_forked
    assert outcome.ok


def test_no_room_for_a_copy_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fork", refuse)
        executor = PoolExecutor(1, preload=LOADED)
    with executor:
        executor.start(Misbehaving())
        executor.submit(make_trial("ok"), 20.0)
        ((_, outcome),) = executor.collect(20.0)
    assert outcome.ok


SCRIPT = """
import numpy as np
from lightgbm import LGBMClassifier
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier
from automl import AutoMLClassifier
from automl.execution.forked import can_fork

X = np.random.default_rng(0).normal(size=(3000, 10))
y = X[:, 0] > 0
LGBMClassifier(n_jobs=4, verbose=-1).fit(X, y)
HistGradientBoostingClassifier(max_iter=10).fit(X, y)
KMeans(8, n_init=1).fit(X)
X @ X.T
print(can_fork(["automl.evaluation"]))
model = AutoMLClassifier(time_budget=None, max_trials=8, knowledge_base=None, n_jobs=2, verbose=0, random_state=0)
print(model.fit(X[:300], y[:300]).fit_report_["statuses"])
"""


def test_a_parent_that_has_computed_with_many_threads() -> None:
    """An OpenMP team does not survive a fork: a worker that tried to use it would wait for ever."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "4")
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "True\n{'ok': 8}\n"
