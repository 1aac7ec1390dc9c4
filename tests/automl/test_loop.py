"""The loop: with a scripted searcher, a scripted executor and a clock that they turn."""

from __future__ import annotations

import math
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest

from automl.budget import Budget
from automl.folds import FoldStore
from automl.foldwise import FoldwiseExecutor
from automl.loop import BATCH, CLOCKLESS_LIMIT_S, POLL_S, StopFlag, run_search, stop_on_signals
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Searcher:
    """Asks numbered trials; keeps what it was told."""

    def __init__(self, n_trials: float = math.inf, fidelity: Fidelity | None = None):
        self.n_trials, self.fidelity = n_trials, fidelity or Fidelity(1)
        self.n_asked = 0
        self.events: list[tuple[str, int]] = []

    def ask(self) -> Trial | None:
        if self.n_asked >= self.n_trials:
            return None
        number, self.n_asked = self.n_asked, self.n_asked + 1
        self.events.append(("ask", number))
        return Trial(number, Configuration("knn", {"k": number}), self.fidelity, seed=number)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.events.append(("tell", trial.number))

    @property
    def told(self) -> list[int]:
        return [number for event, number in self.events if event == "tell"]


class Executor:
    """Each trial takes its seconds on the fake clock, `n_workers` at a time; nothing really waits."""

    def __init__(self, clock: Clock, n_workers: int = 2, seconds: Callable[[Trial], float] = lambda trial: 1.0):
        self.clock, self.n_workers, self.seconds = clock, n_workers, seconds
        self.running: list[tuple[float, Trial]] = []
        self.limits: dict[int, float | None] = {}
        self.most_pending = 0
        self.on_collect: Callable[[], None] = lambda: None

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        busy = sorted(end for end, _ in self.running)
        start = self.clock.now if len(busy) < self.n_workers else busy[-self.n_workers]
        self.running.append((start + self.seconds(trial), trial))
        self.limits.setdefault(trial.number, time_limit_s)
        self.most_pending = max(self.most_pending, self.pending)

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        self.on_collect()
        until = math.inf if timeout_s is None else self.clock.now + timeout_s
        first = min((end for end, _ in self.running), default=math.inf)
        if first > until:
            self.clock.now = until
            return []
        self.clock.now = max(self.clock.now, first)
        done = sorted((pair for pair in self.running if pair[0] <= self.clock.now), key=lambda pair: pair[0])
        self.running = [pair for pair in self.running if pair[0] > self.clock.now]
        return [(trial, Outcome(Status.OK, 1.0 + trial.number, 1.0)) for _, trial in done]

    @property
    def pending(self) -> int:
        return len(self.running)

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        dropped = [(trial, Outcome.failed(Status.TIMEOUT, "cancelled", 0.0)) for _, trial in self.running]
        self.running = []
        return dropped

    def close(self) -> None:
        self.running = []


class Run:
    """One call of `run_search` and what it did."""

    def __init__(
        self,
        searcher: Any = None,
        *,
        time_budget: float | None = None,
        max_trials: int | None = None,
        reserve_s: float = 0.0,
        goal: Callable[[Trial], bool] = lambda trial: False,
        n_done: int = 0,
        stop: StopFlag | None = None,
        on_collect: Callable[[Run], None] = lambda run: None,
        **executor: Any,
    ):
        self.clock, self.searcher, self.stop = Clock(), searcher or Searcher(), stop or StopFlag()
        self.executor = Executor(self.clock, **executor)
        self.executor.on_collect = lambda: on_collect(self)
        self.seen: list[tuple[int, Status]] = []

        def on_outcome(trial: Trial, outcome: Outcome) -> bool:
            assert self.searcher.events[-1] == ("tell", trial.number)  # the searcher knows first
            self.seen.append((trial.number, outcome.status))
            return goal(trial)

        with tempfile.TemporaryDirectory() as folder:
            self.reason = run_search(
                self.searcher,
                FoldwiseExecutor(self.executor, FoldStore(folder)),
                Budget(time_budget, max_trials, clock=self.clock),
                reserve_s=lambda: reserve_s,
                on_outcome=on_outcome,
                on_cut_off=on_outcome,
                stop=self.stop,
                n_done=n_done,
            )


def test_the_time_budget_is_used_up_and_kept() -> None:
    run = Run(time_budget=10.0)
    assert run.reason == "the time budget is spent"
    assert run.clock.now == pytest.approx(10.0)
    assert sum(status is Status.OK for _, status in run.seen) >= 18


def test_the_reserve_is_left_for_the_end() -> None:
    run = Run(time_budget=10.0, reserve_s=2.5)
    assert run.reason == "the time budget is spent"
    assert run.clock.now == pytest.approx(7.5)


def test_a_budget_below_the_reserve_runs_nothing() -> None:
    run = Run(time_budget=1.0, reserve_s=2.0)
    assert (run.reason, run.seen, run.searcher.n_asked) == ("the time budget is spent", [], 0)


def test_a_trial_that_outlasts_the_budget_is_cancelled_and_told() -> None:
    run = Run(time_budget=3.0, n_workers=1, seconds=lambda trial: 100.0)
    assert run.clock.now == pytest.approx(3.0)
    assert run.seen == [(0, Status.TIMEOUT), (1, Status.TIMEOUT)]
    assert run.searcher.told == [0, 1]
    assert run.executor.pending == 0


def test_workers_are_kept_busy_with_one_trial_in_the_queue() -> None:
    run = Run(time_budget=5.0, n_workers=3)
    assert run.executor.most_pending == 4


@pytest.mark.parametrize("time_budget", [None, 1000.0])
@pytest.mark.parametrize("n_workers", [1, 3])
def test_max_trials(time_budget: float | None, n_workers: int) -> None:
    run = Run(time_budget=time_budget, max_trials=7, n_workers=n_workers)
    assert run.reason == "max_trials is reached"
    assert run.searcher.n_asked == 7
    assert sorted(run.seen) == [(k, Status.OK) for k in range(7)]


@pytest.mark.parametrize("time_budget", [None, 1000.0])
def test_trials_of_a_killed_fit_count(time_budget: float | None) -> None:
    run = Run(time_budget=time_budget, max_trials=7, n_done=5)
    assert (run.reason, run.searcher.n_asked) == ("max_trials is reached", 2)


@pytest.mark.parametrize("time_budget", [None, 1000.0])
def test_an_exhausted_space_ends_the_search(time_budget: float | None) -> None:
    run = Run(Searcher(n_trials=5), time_budget=time_budget, max_trials=100)
    assert run.reason == "every configuration has been tried"
    assert len(run.seen) == 5
    assert run.clock.now < 10.0


class Climber(Searcher):
    """Has one configuration; what it asks next depends on the outcome of what it asked before."""

    def ask(self) -> Trial | None:
        if self.n_asked > len(self.told):
            return None
        return super().ask()


@pytest.mark.parametrize("time_budget", [None, 1000.0])
def test_nothing_to_ask_now_may_be_something_after_an_outcome(time_budget: float | None) -> None:
    run = Run(Climber(n_trials=6), time_budget=time_budget, max_trials=100)
    assert run.seen == [(k, Status.OK) for k in range(6)]
    assert run.reason == "every configuration has been tried"


@pytest.mark.parametrize("time_budget", [None, 1000.0])
def test_the_goal_ends_the_search(time_budget: float | None) -> None:
    run = Run(time_budget=time_budget, max_trials=50, goal=lambda trial: trial.number == 5)
    assert run.reason == "the best model makes no error on any fold"
    assert run.searcher.n_asked < 10
    assert sorted(run.searcher.told) == list(range(run.searcher.n_asked))


def test_time_limits_leave_room_for_more_than_one_look() -> None:
    whole = Run(Searcher(n_trials=1, fidelity=Fidelity(5)), time_budget=60.0, reserve_s=6.0).executor
    look = Run(Searcher(n_trials=1, fidelity=Fidelity(1)), time_budget=60.0, reserve_s=6.0).executor
    short = Run(Searcher(n_trials=1, fidelity=Fidelity(1)), time_budget=3.0).executor
    limits = [run.limits[0] for run in (whole, look, short)]
    assert limits == pytest.approx([54.0, 13.5, 1.5], abs=0.1)


def test_waiting_ends_often_enough_to_look_at_signals() -> None:
    looks: list[float] = []
    Run(time_budget=2.0, n_workers=1, seconds=lambda trial: 50.0, on_collect=lambda run: looks.append(run.clock.now))
    assert max(b - a for a, b in pairwise(looks)) <= POLL_S + 1e-9


def scattered(trial: Trial) -> float:
    return [5.0, 1.0, 3.0, 0.5, 2.0, 7.0][trial.number % 6]


@pytest.mark.parametrize("n_workers", [1, 2, 4, 9])
def test_without_a_clock_nothing_depends_on_workers_or_seconds(n_workers: int) -> None:
    """Batches are asked whole and told in the order of asking."""
    run = Run(max_trials=10, n_workers=n_workers, seconds=scattered)
    expected = [
        (event, k)
        for start in range(0, 10, BATCH)
        for event in ("ask", "tell")
        for k in range(start, min(start + BATCH, 10))
    ]
    assert run.searcher.events == expected
    assert list(run.executor.limits.values()) == pytest.approx([CLOCKLESS_LIMIT_S] * 10, abs=1.0)


@pytest.mark.parametrize("time_budget", [None, 1000.0])
def test_a_raised_flag_ends_the_search_and_cancels_the_rest(time_budget: float | None) -> None:
    def raise_flag(run: Run) -> None:
        if len(run.seen) >= 4:
            run.stop.reason = "enough"

    run = Run(time_budget=time_budget, max_trials=100, on_collect=raise_flag, seconds=scattered)
    assert run.reason == "enough"
    assert sorted(run.searcher.told) == list(range(run.searcher.n_asked))
    assert run.executor.pending == 0
    assert run.searcher.n_asked < 20


def test_a_flag_raised_before_the_search_runs_nothing() -> None:
    for time_budget in (None, 100.0):
        run = Run(time_budget=time_budget, max_trials=5, stop=StopFlag("enough"))
        assert (run.reason, run.searcher.n_asked) == ("enough", 0)


def handlers() -> list[Any]:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_search_with_what_there_is(number: signal.Signals) -> None:
    before = handlers()

    def kill(run: Run) -> None:
        if run.clock.now > 3.0 and run.stop.reason is None:
            os.kill(os.getpid(), number)

    with stop_on_signals() as flag:
        run = Run(time_budget=1e6, stop=flag, on_collect=kill)
    assert run.reason == f"stopped by {number.name}; the best model so far was kept"
    assert any(status is Status.OK for _, status in run.seen)
    assert run.clock.now < 5.0
    assert handlers() == before


def test_a_second_interrupt_interrupts_and_puts_handlers_back() -> None:
    before = handlers()
    with pytest.raises(KeyboardInterrupt), stop_on_signals() as flag:
        os.kill(os.getpid(), signal.SIGINT)
        assert flag.reason is not None
        assert "SIGINT" in flag.reason
        os.kill(os.getpid(), signal.SIGINT)
    assert handlers() == before


def test_further_terminations_change_nothing_and_an_interrupt_after_one_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt), stop_on_signals() as flag:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert flag.reason is not None
        assert "SIGTERM" in flag.reason
        os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back_after_an_error() -> None:
    before = handlers()
    with pytest.raises(RuntimeError), stop_on_signals():
        raise RuntimeError
    assert handlers() == before


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    found: list[Any] = []

    def body() -> None:
        with stop_on_signals() as flag:
            found.append((flag.reason, handlers()))

    before = handlers()
    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert found == [(None, before)]


def test_numbers_of_batches_are_told_sorted(monkeypatch: Any) -> None:
    """An executor may finish in any order, several at once."""

    def shuffled(outcomes: Iterable[Any]) -> list[Any]:
        return sorted(outcomes, key=lambda pair: -pair[0].number)

    collect = Executor.collect
    monkeypatch.setattr(Executor, "collect", lambda self, timeout_s=None: shuffled(collect(self, timeout_s)))
    assert Run(max_trials=8, n_workers=8).searcher.told == list(range(8))
