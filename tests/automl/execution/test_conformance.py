"""What holds for every executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from dask_cluster import dask_cluster
from distributed import Client, default_client
from misbehaving import Misbehaving, Returning, make_trial

from automl.execution import DaskExecutor, InProcessExecutor, PoolExecutor, ReplayExecutor
from automl.execution.base import Evaluator, Executor
from automl.execution.guard import guarded
from automl.trial import Outcome, Status, Trial

GOOD = [make_trial("ok", number, x=number / 8) for number in range(8)]
FAILING = {
    "raise_": Status.CRASH,
    "system_exit": Status.CRASH,
    "recurse": Status.CRASH,
    "memory_error": Status.MEMORY,
    "raise_bad_alloc": Status.MEMORY,
    "nan": Status.INVALID,
    "infinite": Status.INVALID,
}
TRIALS = [*GOOD, *(make_trial(name) for name in FAILING)]


def in_process(evaluator: Evaluator) -> Executor:
    return InProcessExecutor(evaluator)


def pool(evaluator: Evaluator) -> Executor:
    executor = PoolExecutor(2, preload=())
    executor.start(evaluator)
    return executor


def cluster(evaluator: Evaluator) -> Executor:
    executor = DaskExecutor(default_client())
    executor.start(evaluator)
    return executor


def replay(evaluator: Evaluator) -> Executor:
    recorded = {(trial.configuration.id, trial.fidelity): guarded(evaluator, trial, None) for trial in TRIALS}
    return ReplayExecutor(recorded, n_workers=2)


EXECUTORS: Mapping[str, Callable[[Evaluator], Executor]] = {
    "in_process": in_process,
    "pool": pool,
    "replay": replay,
    "cluster": cluster,
}


@pytest.fixture(scope="module")
def dask_client() -> Iterator[Client]:
    with dask_cluster() as address, Client(address) as client:
        yield client


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    # The cluster's own processes outlive the test, and are not to carry its mark.
    for fixture in ["dask_client", "marked"] if request.param == "cluster" else ["marked"]:
        request.getfixturevalue(fixture)
    executor = EXECUTORS[request.param](Misbehaving())
    yield executor
    executor.close()


def collect_all(executor: Executor) -> dict[Trial, Outcome]:
    found: dict[Trial, Outcome] = {}
    deadline = time.monotonic() + 20
    while executor.pending:
        for trial, outcome in executor.collect(5.0):
            assert trial not in found
            found[trial] = outcome
        assert time.monotonic() < deadline
    return found


def essence(outcome: Outcome) -> Outcome:
    """An outcome without what the machine decides; NaN compares equal to itself by identity only."""
    error = outcome.error and outcome.error.splitlines()[0]
    loss = outcome.loss if outcome.ok else float("nan")
    known = replace(outcome, loss=loss, peak_mb=0.0, error=error, seconds=0.0)
    return known if outcome.ok else replace(known, loss=_NAN)


_NAN = float("nan")


def test_equal_trials_have_equal_outcomes(executor: Executor) -> None:
    for trial in TRIALS:
        executor.submit(trial)
    found = collect_all(executor)
    evaluator = Misbehaving()
    assert {trial: essence(outcome) for trial, outcome in found.items()} == {
        trial: essence(guarded(evaluator, trial, None)) for trial in TRIALS
    }
    assert len({found[trial].loss for trial in GOOD}) == len(GOOD)


def test_an_outcome_does_not_depend_on_what_ran_before(executor: Executor) -> None:
    executor.submit(GOOD[3])
    alone = collect_all(executor)[GOOD[3]]
    for trial in reversed(GOOD):
        executor.submit(trial)
    assert essence(collect_all(executor)[GOOD[3]]) == essence(alone)


@pytest.mark.parametrize("behaviour", FAILING)
def test_failures_are_outcomes(executor: Executor, behaviour: str) -> None:
    trial = make_trial(behaviour)
    executor.submit(trial)
    executor.submit(GOOD[0])
    found = collect_all(executor)
    assert found[trial].status is FAILING[behaviour]
    assert found[trial].error
    assert found[GOOD[0]].ok


def test_pending_counts_what_is_not_collected(executor: Executor) -> None:
    assert executor.pending == 0
    for count, trial in enumerate(GOOD, start=1):
        executor.submit(trial)
        assert executor.pending == count
    while executor.pending:
        before = executor.pending
        assert before - len(executor.collect()) == executor.pending < before


@pytest.mark.clock
def test_nothing_to_collect_is_no_wait(executor: Executor) -> None:
    start = time.monotonic()
    assert executor.collect() == executor.collect(10.0) == []
    assert time.monotonic() - start < 1


def test_cancel_answers_everything(executor: Executor) -> None:
    for trial in GOOD:
        executor.submit(trial)
    answered = executor.cancel()
    assert sorted(trial.number for trial, _ in answered) == [trial.number for trial in GOOD]
    assert {outcome.status for _, outcome in answered} <= {Status.TIMEOUT, Status.OK}
    assert executor.pending == 0
    assert executor.cancel() == executor.collect(0.1) == []
    executor.submit(GOOD[0])
    assert collect_all(executor)[GOOD[0]].ok


def test_close_twice_and_submit_after_close(executor: Executor) -> None:
    executor.submit(GOOD[0])
    executor.close()
    executor.close()
    assert executor.pending == 0
    assert executor.collect() == executor.cancel() == []
    with pytest.raises(RuntimeError, match="closed"):
        executor.submit(GOOD[1])


@pytest.mark.parametrize("make", [in_process, pool, cluster])
@pytest.mark.usefixtures("dask_client", "marked")
def test_results_that_are_no_outcome_are_invalid(make: Callable[[Evaluator], Executor]) -> None:
    executor = make(Returning())
    executor.submit(make_trial("none"))
    ((_, outcome),) = executor.collect()
    assert outcome.status is Status.INVALID
    assert outcome.error is not None and "NoneType" in outcome.error
    executor.close()
