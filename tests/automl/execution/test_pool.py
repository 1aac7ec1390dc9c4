"""Worker processes: what trials can do to them, and that nothing is left behind."""

from __future__ import annotations

import errno
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cloudpickle
import numpy as np
import psutil
import pytest
from lightgbm import LGBMClassifier
from misbehaving import Marked, Misbehaving, Returning, Unloadable, make_trial
from sklearn.ensemble import HistGradientBoostingClassifier

from automl.execution import PoolExecutor, WorkerStartError, forked
from automl.trial import Outcome, Status, Trial

pytestmark = pytest.mark.once
# The workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture(params=["anew", "forked"])
def executor(
    request: pytest.FixtureRequest, marked: Marked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PoolExecutor]:  # fmt: skip
    """Its template has nothing to preload and is started anew, or has it already and is forked."""
    monkeypatch.setattr(forked, "held_mb", lambda pid: 300.0)  # whatever the tests before this one left
    preload = ("json",) if request.param == "forked" else ()
    with PoolExecutor(2, preload=preload, grace_s=0.1, memory_limit_mb=400, work_dir=tmp_path) as executor:
        assert executor._template.is_forked == (request.param == "forked")
        marked.sessions.add(executor._template._process.pid)
        executor.start(Misbehaving())
        yield executor
    assert not list(tmp_path.iterdir())


def run(executor: PoolExecutor, trial: Trial, time_limit_s: float | None = 20.0) -> Outcome:
    executor.submit(trial, time_limit_s)
    ((collected, outcome),) = executor.collect(30.0)
    assert collected == trial
    return outcome


@pytest.mark.parametrize(
    ("behaviour", "status", "text"),
    [
        ("segfault", Status.CRASH, "SIGSEGV"),
        ("abort", Status.CRASH, "SIGABRT"),
        ("kill_itself", Status.CRASH, "SIGKILL"),
        ("exit", Status.CRASH, "status 3"),
        ("interrupt", Status.CRASH, "KeyboardInterrupt"),
        ("close_files", Status.CRASH, "worker"),
        ("write_nonsense", Status.CRASH, "worker"),
        ("fork_daemon_and_die", Status.CRASH, "status 5"),
        ("allocate", Status.MEMORY, "allocate"),
        ("leak", Status.MEMORY, "Unable to allocate"),
        ("leak_in_child", Status.MEMORY, "400 MB"),
    ],
)
def test_trials_that_ruin_their_worker(executor: PoolExecutor, behaviour: str, status: Status, text: str) -> None:
    outcome = run(executor, make_trial(behaviour))
    assert outcome.status is status
    assert outcome.error is not None and text in outcome.error
    assert run(executor, make_trial("ok")).ok


@pytest.mark.parametrize(
    "behaviour", ["fork_children", "fork_and_return", "fork_daemon", "start_thread", "set_handlers", "shout", "litter"]
)
def test_what_a_trial_leaves_behind_is_harmless(executor: PoolExecutor, marked: Marked, behaviour: str) -> None:
    assert run(executor, make_trial(behaviour)).ok
    time.sleep(0.3)
    # The template and at most two workers.
    assert len(marked.pids()) <= 3
    assert run(executor, make_trial("ok")).ok


@pytest.mark.clock
def test_a_hung_trial_is_killed_at_its_limit(executor: PoolExecutor) -> None:
    run(executor, make_trial("ok"))
    start = time.monotonic()
    outcome = run(executor, make_trial("hang"), time_limit_s=0.3)
    assert outcome.status is Status.TIMEOUT
    assert 0.4 <= outcome.seconds <= time.monotonic() - start < 2.0
    assert outcome.peak_mb > 10


@pytest.mark.clock
def test_limits_are_kept_while_nobody_collects(executor: PoolExecutor) -> None:
    run(executor, make_trial("ok"))
    executor.submit(make_trial("hang"), 0.1)
    time.sleep(1.5)
    start = time.monotonic()
    ((_, outcome),) = executor.collect(0.2)
    assert time.monotonic() - start < 0.3
    assert outcome.seconds < 1.2


def test_outcomes_come_in_order_of_finishing(executor: PoolExecutor) -> None:
    run(executor, make_trial("ok"))
    slow, quick = make_trial("sleep", 1, for_s=2.0), make_trial("sleep", 2, for_s=0.2)
    executor.submit(slow)
    executor.submit(quick)
    assert executor.collect(0.02) == []
    assert [trial for trial, _ in executor.collect()] == [quick]
    assert [trial for trial, _ in executor.collect()] == [slow]


@pytest.mark.clock
def test_cancel_and_close_are_quick_with_hung_workers(executor: PoolExecutor) -> None:
    run(executor, make_trial("ok"))
    for number in range(20):
        executor.submit(make_trial("hang", number))
    assert executor.collect(0.3) == []
    start = time.monotonic()
    answered = executor.cancel()
    assert time.monotonic() - start < 0.6
    assert [outcome.status for _, outcome in answered] == 20 * [Status.TIMEOUT]
    assert sum(outcome.seconds > 0.1 for _, outcome in answered) == 2
    executor.submit(make_trial("hang"))
    executor.collect(0.2)
    start = time.monotonic()
    executor.close()
    assert time.monotonic() - start < 1.5


@pytest.mark.clock
def test_close_while_the_template_does_not_answer(executor: PoolExecutor, marked: Marked) -> None:
    executor.submit(make_trial("hang_with_child"))
    executor.collect(0.2)
    for process in psutil.Process().children():
        process.suspend()
    start = time.monotonic()
    executor.close()
    assert time.monotonic() - start < 3.0
    assert marked.gone_within(3.0)


def test_workers_are_reused_and_forked_from_one_template(executor: PoolExecutor) -> None:
    errors = {run(executor, make_trial("report_pid")).error for _ in range(5)}
    assert len({str(error).splitlines()[0] for error in errors}) == 1


@pytest.mark.clock
def test_starting_a_trial_costs_little(executor: PoolExecutor) -> None:
    run(executor, make_trial("ok"))
    start = time.monotonic()
    for number in range(50):
        run(executor, make_trial("ok", number))
    assert (time.monotonic() - start) / 50 < 0.1
    start = time.monotonic()
    for number in range(10):
        run(executor, make_trial("exit", number))
    assert (time.monotonic() - start) / 10 < 0.3


@pytest.mark.clock
def test_arrays_are_mapped_not_sent(executor: PoolExecutor, marked: Marked, tmp_path: Path) -> None:
    with PoolExecutor(1, preload=(), memory_limit_mb=150, work_dir=tmp_path) as pool:
        evaluator = Misbehaving(rows=3_000_000)
        pool.start(evaluator)
        outcome = run(pool, make_trial("ok"))
        # 240 MB of data under a limit of 150 MB.
        assert outcome.ok
        assert outcome.loss == pytest.approx(evaluator(make_trial("ok"), None).loss, rel=1e-6)
        start = time.monotonic()
        run(pool, make_trial("raise_"))
        assert time.monotonic() - start < 0.3


def test_peak_memory_is_of_the_trial(marked: Marked) -> None:
    with PoolExecutor(1, preload=()) as executor:
        executor.start(Misbehaving())
        before = run(executor, make_trial("ok")).peak_mb
        during = run(executor, make_trial("hold_200_mb")).peak_mb
        after = run(executor, make_trial("ok")).peak_mb
    assert 10 < before < 200
    assert 195 < during - before < 260
    assert abs(after - before) < 50


@pytest.mark.parametrize("answer", ["unpicklable", "unloadable"])
def test_answers_that_cannot_travel_are_invalid(marked: Marked, answer: str) -> None:
    with PoolExecutor(1, preload=()) as executor:
        executor.start(Returning())
        outcome = run(executor, make_trial(answer))
    assert outcome.status is Status.INVALID
    assert outcome.error is not None and "pickled" in outcome.error


def test_an_evaluator_that_cannot_be_pickled_is_an_error_at_once(marked: Marked) -> None:
    evaluator = Misbehaving()
    evaluator.lock = threading.Lock()  # type: ignore[attr-defined]
    with PoolExecutor(1, preload=()) as executor, pytest.raises(TypeError, match="cannot be sent"):
        executor.start(evaluator)


def test_an_evaluator_that_cannot_be_loaded_is_an_error(marked: Marked) -> None:
    evaluator = Misbehaving()
    evaluator.part = Unloadable()  # type: ignore[attr-defined]
    with PoolExecutor(1, preload=()) as executor:
        executor.start(evaluator)
        executor.submit(make_trial("ok"))
        with pytest.raises(WorkerStartError, match="not a number"):
            executor.collect()


def test_a_module_that_cannot_be_imported_is_passed_over(marked: Marked) -> None:
    with PoolExecutor(1, preload=("no_such_module", "json")) as executor:
        executor.start(Misbehaving())
        assert run(executor, make_trial("ok")).ok


def test_no_process_to_be_had_is_an_error_when_collecting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    with PoolExecutor(1, work_dir=tmp_path) as executor:
        executor.start(Misbehaving())
        executor.submit(make_trial("ok"))
        for _ in range(2):
            with pytest.raises(WorkerStartError, match="/no/such/python"):
                executor.collect()
        assert [outcome.status for _, outcome in executor.cancel()] == [Status.TIMEOUT]
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_an_error_at_the_start(marked: Marked, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("automl.execution.handover.dump", full)
    with PoolExecutor(1) as executor, pytest.raises(WorkerStartError, match="No space left"):
        executor.start(Misbehaving())


def test_every_trial_is_answered_once_while_processes_are_killed(executor: PoolExecutor) -> None:
    generator = random.Random(0)
    run(executor, make_trial("ok"))
    behaviours = 5 * ["ok"] + ["segfault", "raise_", "fork_children", "set_handlers"]
    for number in range(200):
        executor.submit(make_trial(generator.choice(behaviours), number), 10.0)
    answered = []
    (template,) = psutil.Process().children()
    while executor.pending:
        answered += executor.collect(10.0)
        victims = template.children(recursive=True)
        if victims and generator.random() < 0.3:
            with suppress(psutil.Error):
                generator.choice(victims).send_signal(generator.choice([9, 11, 15]))
    assert sorted(trial.number for trial, _ in answered) == list(range(200))
    assert sum(outcome.ok for _, outcome in answered) > 50


def test_bad_use(marked: Marked) -> None:
    with pytest.raises(ValueError, match="n_workers"):
        PoolExecutor(0)
    with PoolExecutor(1, preload=()) as executor:
        with pytest.raises(RuntimeError, match="not started"):
            executor.submit(make_trial("ok"))
        executor.start(Misbehaving())
        with pytest.raises(RuntimeError, match="started or closed already"):
            executor.start(Misbehaving())


def test_a_template_that_is_killed_is_replaced(executor: PoolExecutor, marked: Marked) -> None:
    run(executor, make_trial("ok"))
    executor.submit(make_trial("hang_with_child", 1))
    executor.collect(0.2)
    assert len(marked.pids()) >= 3
    (template,) = psutil.Process().children()
    template.kill()
    ((trial, outcome),) = executor.collect(10.0)
    assert trial.number == 1
    assert outcome.status is Status.CRASH
    assert outcome.error is not None and "SIGKILL" in outcome.error
    assert run(executor, make_trial("ok")).ok
    assert len(marked.pids()) == 2


@pytest.mark.clock
def test_cancel_before_the_template_is_ready_is_quick(marked: Marked) -> None:
    with PoolExecutor(1, preload=("sklearn.ensemble",)) as executor:
        executor.start(Misbehaving())
        executor.submit(make_trial("hang"))
        start = time.monotonic()
        ((_, outcome),) = executor.cancel()
        assert time.monotonic() - start < 0.6
        assert outcome.status is Status.TIMEOUT
        assert run(executor, make_trial("ok")).ok
        assert executor.pending == 0


class TrainsWithAllProcessors:
    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        features = np.random.default_rng(0).normal(size=(2000, 5))
        labels = features[:, 0] > 0
        for learner in (LGBMClassifier(n_estimators=5, verbose=-1), HistGradientBoostingClassifier(max_iter=5)):
            learner.fit(features, labels)
        features.T @ features
        return Outcome(Status.OK, 0.0, 0.1, metrics={"threads": psutil.Process().num_threads()})


def test_threads_are_held_to_one_each(marked: Marked) -> None:
    with PoolExecutor(1, preload=("sklearn.ensemble", "lightgbm")) as executor:
        executor.start(TrainsWithAllProcessors())
        assert run(executor, make_trial("ok")).metrics["threads"] == 1
        (template,) = psutil.Process().children()
        assert template.num_threads() == 1


def test_no_file_descriptor_is_left(marked: Marked) -> None:
    before = psutil.Process().num_fds()
    for _ in range(3):
        with PoolExecutor(2, preload=()) as executor:
            executor.start(Misbehaving())
            run(executor, make_trial("segfault"))
            executor.submit(make_trial("hang"))
            executor.collect(0.1)
    assert psutil.Process().num_fds() == before
    assert not psutil.Process().children(recursive=True)


def test_an_executor_that_is_forgotten_cleans_up(marked: Marked, tmp_path: Path) -> None:
    executor = PoolExecutor(1, preload=(), work_dir=tmp_path)
    executor.start(Misbehaving())
    executor.submit(make_trial("hang"))
    del executor
    assert marked.gone_within(3.0)
    assert not list(tmp_path.iterdir())


def test_a_forked_copy_of_the_user_process_has_no_say(executor: PoolExecutor) -> None:
    run(executor, make_trial("ok"))
    pid = os.fork()
    if pid == 0:
        executor.close()
        os._exit(0)
    os.waitpid(pid, 0)
    assert run(executor, make_trial("ok")).ok
