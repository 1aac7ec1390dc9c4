"""Warm start from a small real knowledge base: near tasks, varied configurations, never the table's own results."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from automl.recording import Recorder, TaskRow
from automl.space import Space
from automl.task import Problem, Shape, Task
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial, Value
from automl.warm_start import MAX_STARTS, PER_TASK, _visits, recall
from knowledge_base import KnowledgeBase, KnowledgeBaseError

SPACE = Space({"knn": ConfigurationSpace({"k": (1, 50)}), "ridge": ConfigurationSpace({"alpha": (0.01, 10.0)})})
FULL = Fidelity(3)


def row(
    content: str, size: float, *, metric: str = "roc_auc", problem: Problem = "binary", version: str = "1"
) -> TaskRow:
    """A task whose only meta-feature says where it lies."""
    task = Task(problem, 2, metric, "3-fold", 3, seed=0)
    shape = Shape(problem, 2, int(size * 100), 4, 0)
    return TaskRow(content, task, shape, SPACE.version, {"size": size}, version)


def knn(k: int) -> Configuration:
    return Configuration("knn", {"k": k})


def ridge(alpha: float) -> Configuration:
    return Configuration("ridge", {"alpha": alpha})


def fill(store: KnowledgeBase, task: TaskRow, *best_first: Configuration, fidelity: Fidelity = FULL) -> None:
    recorder = Recorder(store, task)
    for number, configuration in enumerate(best_first):
        loss = 0.1 + number / 100
        recorder.append(
            Trial(number, configuration, fidelity, 0), Outcome(Status.OK, loss, 1.0, fold_losses=(loss,) * 3)
        )
    recorder.close()


@pytest.fixture
def store(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge.duckdb")


def algorithms_of(starts: tuple[Configuration, ...]) -> list[str]:
    return [start.algorithm for start in starts]


def test_without_experience_there_are_no_starts(store: KnowledgeBase) -> None:
    for knowledge_base in (None, store):
        experience = recall(knowledge_base, row("new", 1.0), SPACE)
        assert experience.starts == ()
        assert experience.tasks.empty
        assert list(experience.tasks.columns) == [
            "task_id", "name", "distance", "n_rows", "n_features", "configurations",
        ]  # fmt: skip


def test_the_nearest_task_speaks_first(store: KnowledgeBase) -> None:
    for content, size, k in [("far", 1.2, 9), ("near", 1.05, 1), ("middle", 1.1, 3)]:
        fill(store, row(content, size), knn(k))
    experience = recall(store, row("new", 1.0), SPACE)
    assert experience.starts == (knn(1), knn(3), knn(9))
    assert experience.tasks["n_rows"].tolist() == [105, 110, 120]
    assert experience.tasks["distance"].is_monotonic_increasing
    assert experience.tasks["configurations"].tolist() == [1, 1, 1]
    assert experience.n_outdated == 0


def test_the_best_come_first_and_no_algorithm_fills_the_list(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(5)), ridge(1.0), ridge(2.0))
    starts = recall(store, row("new", 1.0), SPACE).starts
    assert starts == (knn(1), knn(2), knn(3), ridge(1.0), ridge(2.0))


def test_only_the_best_of_a_trusted_task_are_favoured(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(3)), *(ridge(1.0 + n) for n in range(3)))
    near = recall(store, row("new", 1.0), SPACE)
    assert len(near.starts) == 6
    assert near.favoured == (knn(1), knn(2), knn(3), ridge(1.0), ridge(2.0))
    assert [[each[0] for each in search] for search in near.searches] == [[*near.favoured, ridge(3.0)]]
    far = recall(store, row("new", 1.22), SPACE)
    assert 0 < len(far.starts) < 6
    assert (far.favoured, far.searches) == ((), ())


def test_the_favoured_take_the_time_that_they_are_given(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), knn(1), knn(2), ridge(1.0))  # a second each
    for favour_s, n in [(0.5, 1), (2.0, 2), (9.0, 3)]:
        experience = recall(store, row("new", 1.0), SPACE, favour_s=favour_s)
        assert experience.favoured == experience.starts[:n]
        assert len(experience.starts) == 3


def test_an_algorithm_that_failed_on_a_trusted_task_is_known(store: KnowledgeBase) -> None:
    recorder = Recorder(store, row("past", 1.0))
    recorder.append(Trial(0, knn(2), Fidelity(1), 0), Outcome.failed(Status.CRASH, "no", 1.0))
    recorder.close()
    experience = recall(store, row("new", 1.0), SPACE)
    assert (experience.starts, experience.known) == ((), frozenset({"knn"}))
    recorder = Recorder(store, row("other past", 1.0))
    recorder.append(Trial(0, knn(3), Fidelity(1), 0), Outcome(Status.OK, 0.9, 1.0, fold_losses=(0.9,)))
    recorder.close()
    assert recall(store, row("new", 1.0), SPACE).known == frozenset()


def test_the_quickest_of_the_best_goes_first(store: KnowledgeBase) -> None:
    recorder = Recorder(store, row("past", 1.0))
    for number, (configuration, seconds) in enumerate([(knn(1), 9.0), (knn(2), 2.0), (ridge(1.0), 5.0)]):
        loss = 0.1 + number / 100
        recorder.append(
            Trial(number, configuration, FULL, 0), Outcome(Status.OK, loss, seconds, fold_losses=(loss,) * 3)
        )
    recorder.close()
    assert recall(store, row("new", 1.0), SPACE).starts == (knn(2), knn(1), ridge(1.0))


def test_a_task_that_is_too_far_gives_nothing(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), knn(1))
    assert recall(store, row("new", 9.0), SPACE).tasks.empty


def test_failures_and_first_looks_are_no_advice(store: KnowledgeBase) -> None:
    fill(store, row("looked", 1.0), knn(1), fidelity=Fidelity(1))
    recorder = Recorder(store, row("failed", 1.0))
    recorder.append(Trial(0, knn(2), FULL, 0), Outcome.failed(Status.CRASH, "no", 1.0))
    recorder.close()
    fill(store, row("past", 1.2), knn(3))
    experience = recall(store, row("new", 1.0), SPACE)
    assert experience.starts == (knn(3),)
    assert experience.tasks["n_rows"].tolist() == [120]


def test_its_own_past_takes_no_part(store: KnowledgeBase) -> None:
    """Else a benchmark would be won by memory."""
    fill(store, row("same", 1.0), knn(1), knn(2))
    fill(store, row("other", 1.2), knn(3))
    assert recall(store, row("same", 1.0), SPACE).starts == (knn(3),)
    assert set(recall(store, row("renamed", 1.0), SPACE).starts) == {knn(1), knn(2), knn(3)}


@pytest.mark.parametrize(
    "other", [{"metric": "accuracy"}, {"problem": "multiclass"}, {"version": "2"}], ids=lambda other: next(iter(other))
)
def test_other_metrics_problems_and_versions_take_no_part(store: KnowledgeBase, other: Any) -> None:
    fill(store, row("past", 1.0, **other), knn(1))
    assert recall(store, row("new", 1.0), SPACE).starts == ()
    assert recall(store, row("new", 1.0, **other), SPACE).starts == (knn(1),)


def test_what_no_longer_fits_the_space_is_counted_and_left_out(store: KnowledgeBase, caplog: Any) -> None:
    caplog.set_level(logging.INFO, logger="automl.warm_start")
    values: dict[str, Value] = {"k": 5, "metric": "cosine"}
    fill(store, row("past", 1.0), Configuration("perceptron", {}), knn(99), Configuration("knn", values), knn(4))
    experience = recall(store, row("new", 1.0), SPACE)
    assert experience.starts == (knn(4),)
    assert experience.n_outdated == 3
    assert "3 past configurations do not fit the search space" in caplog.text


def test_a_task_with_nothing_usable_is_not_named(store: KnowledgeBase) -> None:
    fill(store, row("useless", 1.0), knn(99))
    fill(store, row("useful", 1.2), knn(1))
    assert recall(store, row("new", 1.0), SPACE).tasks["n_rows"].tolist() == [120]


def test_the_same_advice_from_two_tasks_is_taken_once(store: KnowledgeBase) -> None:
    fill(store, row("a", 1.0), knn(1), knn(2))
    fill(store, row("b", 1.1), knn(1), knn(3))
    experience = recall(store, row("new", 1.0), SPACE)
    assert Counter(experience.starts) == Counter([knn(1), knn(2), knn(3)])
    assert sum(experience.tasks["configurations"]) == 3


def test_the_number_of_starts_is_bounded(store: KnowledgeBase) -> None:
    for task in range(5):
        configurations = [c for n in range(3) for c in (knn(1 + 3 * task + n), ridge(1.0 + 3 * task + n))]
        fill(store, row(f"task {task}", 1.0 + task / 100), *configurations)
    experience = recall(store, row("new", 1.0), SPACE)
    assert len(experience.starts) == len(set(experience.starts)) == MAX_STARTS
    assert max(experience.tasks["configurations"]) <= PER_TASK
    assert sum(experience.tasks["configurations"]) == MAX_STARTS


def test_the_same_question_gets_the_same_answer(store: KnowledgeBase) -> None:
    for task in range(4):
        fill(store, row(f"task {task}", 1.0), *(knn(1 + 10 * task + n) for n in range(5)))
    assert recall(store, row("new", 1.0), SPACE).starts == recall(store, row("new", 1.0), SPACE).starts


class Unreadable:
    """A store, or a snapshot of one, of which one method fails."""

    def __init__(self, method: str, error: Exception, store: Any):
        self.store, self.method, self.error = store, method, error

    @contextmanager
    def snapshot(self) -> Iterator[Unreadable]:
        with self.store.snapshot() as view:
            yield Unreadable(self.method, self.error, view)

    def __getattr__(self, name: str) -> Any:
        if name == self.method:
            raise self.error
        return getattr(self.store, name)


@pytest.mark.parametrize("method", ["nearest_tasks", "best_configurations", "latest_outcomes"])
@pytest.mark.parametrize("error", [KnowledgeBaseError("locked"), OSError(5, "Input/output error")])
def test_a_store_that_cannot_be_read_gives_no_experience(
    store: KnowledgeBase, method: str, error: Exception, caplog: Any
) -> None:
    fill(store, row("past", 1.0), knn(1))
    unreadable: Any = Unreadable(method, error, store)
    assert recall(unreadable, row("new", 1.0), SPACE).starts == ()
    assert "past experience cannot be read" in caplog.text


def test_a_store_that_is_damaged_while_it_is_used_stops_nothing(store: KnowledgeBase, caplog: Any) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(40)))
    size = store.path.stat().st_size
    with store.path.open("r+b") as file:
        file.seek(12_288)
        file.write(b"\xff" * (size - 12_288))
    assert recall(store, row("new", 1.0), SPACE).starts == ()
    assert "past experience cannot be read" in caplog.text


@given(distances=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_every_task_is_visited_as_often_as_it_can_give(distances: list[float]) -> None:
    order = _visits(sorted(distances))
    assert Counter(order) == dict.fromkeys(range(len(distances)), PER_TASK)
    firsts = [order.index(task) for task in range(len(distances))]
    assert firsts == sorted(firsts)  # the nearest is heard first, then the next


def test_nearer_tasks_are_visited_more_often() -> None:
    order = _visits([0.0, 0.05, 0.45])[:16]
    assert order[0] == 0
    assert Counter(order)[0] > Counter(order)[1] > Counter(order)[2] > 0
