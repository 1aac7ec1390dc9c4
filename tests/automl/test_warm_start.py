"""Warm start from a small real knowledge base: near tasks, varied configurations, never the table's own results."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace

from automl.recording import Recorder, TaskRow
from automl.space import Space
from automl.starts import MAX_STARTS
from automl.task import Problem, Shape, Task
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial, Value
from automl.warm_start import MAX_TRUSTED, Experience, recall
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


def test_without_experience_there_are_no_starts(store: KnowledgeBase) -> None:
    for knowledge_base in (None, store):
        experience = recall(knowledge_base, row("new", 1.0), SPACE)
        assert experience.starts == ()
        assert experience.tasks.empty
        assert list(experience.tasks.columns) == [
            "task_id", "name", "distance", "n_rows", "n_features", "weight",
        ]  # fmt: skip


def test_the_nearest_task_speaks_first(store: KnowledgeBase) -> None:
    for content, size, k in [("far", 1.2, 9), ("near", 1.05, 1), ("middle", 1.1, 3)]:
        fill(store, row(content, size), knn(k))
    experience = recall(store, row("new", 1.0), SPACE)
    assert experience.starts == (knn(1), knn(3), knn(9))
    assert experience.tasks["n_rows"].tolist() == [105, 110, 120]
    assert experience.tasks["distance"].is_monotonic_increasing
    assert experience.tasks["weight"].is_monotonic_decreasing
    assert experience.tasks["weight"].sum() == pytest.approx(1.0)
    assert experience.n_outdated == 0


def test_what_is_fair_everywhere_comes_before_what_is_best_somewhere(store: KnowledgeBase) -> None:
    """The point of a portfolio: the nearest neighbour alone would say knn(1)."""
    for task in range(6):
        fill(store, row(f"task {task}", 1.2 + task / 100), knn(1 + task), ridge(1.0), knn(40), knn(41), knn(42))
    starts = recall(store, row("new", 1.0), SPACE).starts
    assert starts[:2] == (ridge(1.0), knn(1))


def test_the_best_come_first_and_what_is_worse_than_the_median_not_at_all(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(4)), *(ridge(1.0 + n) for n in range(6)))
    starts = recall(store, row("new", 1.0), SPACE).starts
    assert starts[:2] == (knn(1), knn(2))
    assert set(starts) == {*(knn(1 + n) for n in range(4)), ridge(1.0)}


def test_the_first_climb_at_once_and_near_tasks_teach(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(3)), *(ridge(1.0 + n) for n in range(6)))
    near = recall(store, row("new", 1.0), SPACE)
    assert near.favoured == near.starts == (knn(1), knn(2), ridge(1.0), knn(3))
    assert [len(search) for search in near.searches] == [9]
    assert near.pooled == ()  # it is trusted by itself
    far = recall(store, row("new", 1.22), SPACE)
    assert far.searches == ()
    assert len(far.pooled) == 9
    assert min(far.pooled, key=lambda each: each[2].loss)[0] == knn(1)


def test_no_more_than_the_nearest_teach(store: KnowledgeBase) -> None:
    for task in range(MAX_TRUSTED + 3):
        fill(store, row(f"task {task}", 1.0 + task / 1000), knn(1), knn(2 + task))
    experience = recall(store, row("new", 1.0), SPACE)
    assert len(experience.searches) == MAX_TRUSTED
    assert [each[0] for each in experience.pooled] == [knn(1)]


def test_it_says_which_algorithms_were_tried(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(8)), Configuration("perceptron", {}))
    fill(store, row("looked", 1.0), Configuration("tree", {}), fidelity=Fidelity(1))
    assert recall(store, row("new", 1.0), SPACE).tried == {"knn", "perceptron", "tree"}


def test_configurations_under_names_of_their_own_are_left_alone(store: KnowledgeBase) -> None:
    """Whoever writes a store may name configurations as they like; ours are found by what they are."""
    task = {"content_hash": "theirs", "task_type": "binary", "metric": "roc_auc"}
    with store.writer(
        task=task, metafeatures={"size": 1.0}, metafeatures_version="1", space_version="1", provenance={}
    ) as writer:
        for number, k in enumerate((5, 6, 7)):
            writer.append({"configuration_id": f"k{k}", "algorithm": "knn", "configuration": {"k": k}, "status": "ok",
                           "loss": number / 10, "is_full_fidelity": True, "seconds": 1.0})  # fmt: skip
    assert recall(store, row("new", 1.0), SPACE, time_budget=9.0).starts == ()
    fill(store, row("past", 1.2), knn(3))
    assert recall(store, row("new", 1.0), SPACE, time_budget=9.0).starts == (knn(3),)


def timed(store: KnowledgeBase, task: TaskRow, *best_first: tuple[Configuration, float]) -> None:
    recorder = Recorder(store, task)
    for number, (configuration, seconds) in enumerate(best_first):
        loss = 0.1 + number / 100
        recorder.append(
            Trial(number, configuration, FULL, 0), Outcome(Status.OK, loss, seconds, fold_losses=(loss,) * 3)
        )
    recorder.close()


def test_with_a_clock_the_quick_come_sooner_and_the_slow_not_at_all(store: KnowledgeBase) -> None:
    worse = [(ridge(2.0 + n), 1.0) for n in range(4)]
    timed(store, row("past", 1.0), (knn(1), 40.0), (knn(2), 9.0), (ridge(1.0), 0.5), *worse)
    question = row("new", 1.0)
    assert recall(store, question, SPACE).starts[:3] == (knn(1), ridge(1.0), knn(2))
    assert recall(store, question, SPACE, time_budget=30.0).starts[:3] == (ridge(1.0), knn(2), knn(1))
    # A fold of the slowest would take 13 s.
    shorter = recall(store, question, SPACE, time_budget=20.0)
    assert shorter.starts[:2] == (ridge(1.0), knn(2))
    assert shorter.too_slow == {knn(1).id} and knn(1).id not in shorter.configurations


def test_a_larger_table_is_expected_to_take_longer(store: KnowledgeBase) -> None:
    timed(store, row("past", 1.0), (knn(1), 10.0), (ridge(1.0), 1.0), (ridge(2.0), 1.0))
    assert knn(1) in recall(store, row("new", 1.0), SPACE, time_budget=10.0).starts
    assert knn(1) not in recall(store, row("new", 100.0), SPACE, time_budget=10.0).starts


def test_the_favoured_take_the_time_that_they_are_given(store: KnowledgeBase) -> None:
    timed(store, row("past", 1.0), *((knn(1 + n), 1.0) for n in range(4)), *((ridge(1.0 + n), 1.0) for n in range(4)))
    for time_budget, n_workers, n in [(9.0, 1, 0), (11.0, 1, 1), (21.0, 1, 2), (16.0, 2, 3), (90.0, 2, 4)]:
        experience = recall(store, row("new", 1.0), SPACE, time_budget=time_budget, n_workers=n_workers)
        assert experience.favoured == experience.starts[:n]
        assert len(experience.starts) == 4


def chose(store: KnowledgeBase, task: TaskRow, weights: dict[Configuration, float]) -> None:
    recorder = Recorder(store, task)
    recorder.append_ensemble({configuration.id: weight for configuration, weight in weights.items()}, 0.1)
    recorder.close()


def test_what_a_trusted_task_ended_with_comes_first_the_heaviest_before_the_others(store: KnowledgeBase) -> None:
    past = row("past", 1.0)
    fill(store, past, *(knn(1 + n) for n in range(6)), *(ridge(1.0 + n) for n in range(3)))
    before = recall(store, row("new", 1.0), SPACE)
    chose(store, past, {knn(6): 1.0})
    chose(store, past, {knn(2): 0.1, ridge(3.0): 0.6, knn(50): 0.2, knn(4): 0.1})  # nobody knows knn(50)
    after = recall(store, row("new", 1.0), SPACE)
    assert after.favoured[0] == ridge(3.0)
    assert set(after.favoured) == {ridge(3.0), knn(2), knn(4)}
    assert after.starts == (*after.favoured, *(start for start in before.starts if start not in after.favoured))
    assert asked_first(after)[:3] == list(after.favoured)
    assert [len(search) for search in after.searches] == [9]  # an ensemble teaches the surrogate nothing


def test_what_a_task_that_is_not_trusted_ended_with_is_no_advice(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(6)))
    fill(store, row("further", 10.0), knn(1))
    before = recall(store, row("new", 3.0), SPACE)
    assert before.searches == ()
    chose(store, row("past", 1.0), {knn(6): 1.0})
    assert recall(store, row("new", 3.0), SPACE).favoured == before.favoured
    fill(store, row("near", 3.1), *(knn(10 + n) for n in range(3)))
    chose(store, row("near", 3.1), {knn(12): 1.0})
    assert recall(store, row("new", 3.0), SPACE).favoured == (knn(12),)


def test_what_a_trusted_task_ended_with_takes_half_of_the_time(store: KnowledgeBase) -> None:
    timed(store, row("past", 1.0), *((knn(1 + n), 1.0) for n in range(4)), (ridge(1.0), 30.0))
    chose(store, row("past", 1.0), {knn(4): 0.4, knn(3): 0.3, ridge(1.0): 0.2, knn(2): 0.1})
    for time_budget, n_workers, expected in [(5.0, 1, [4, 3]), (7.0, 1, [4, 3, 2]), (3.0, 1, [4]), (4.0, 2, [4, 3, 2])]:
        experience = recall(store, row("new", 1.0), SPACE, time_budget=time_budget, n_workers=n_workers)
        assert list(experience.favoured) == [knn(k) for k in expected]


def test_an_algorithm_that_failed_on_a_trusted_task_is_not_tried(store: KnowledgeBase) -> None:
    recorder = Recorder(store, row("past", 1.0))
    recorder.append(Trial(0, knn(2), Fidelity(1), 0), Outcome.failed(Status.CRASH, "no", 1.0))
    recorder.close()
    assert asked_first(recall(store, row("new", 1.0), SPACE)) == [SPACE.default("ridge")]
    recorder = Recorder(store, row("other past", 1.0))
    recorder.append(Trial(0, knn(3), Fidelity(1), 0), Outcome(Status.OK, 0.9, 1.0, fold_losses=(0.9,)))
    recorder.close()
    assert asked_first(recall(store, row("new", 1.0), SPACE)) == [SPACE.default("ridge"), SPACE.default("knn")]


def asked_first(experience: Experience) -> list[Configuration]:
    """What a search would ask before it knows anything."""
    starts, tried = experience.starts_in(SPACE), dict[str, float | None]()
    found = []
    while (start := starts.next(tried)) is not None:
        found.append(start)
        tried[start.id] = None
    return found


def test_what_a_search_asks_first_is_the_portfolio(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), *(knn(1 + n) for n in range(3)), *(ridge(1.0 + n) for n in range(6)))
    experience = recall(store, row("new", 1.0), SPACE)
    assert asked_first(experience) == list(experience.starts) == [knn(1), knn(2), ridge(1.0), knn(3)]
    assert asked_first(Experience()) == [SPACE.default("knn"), SPACE.default("ridge")]


def test_a_task_that_is_far_counts_little_but_counts(store: KnowledgeBase) -> None:
    fill(store, row("past", 1.0), knn(1))
    assert recall(store, row("new", 9.0), SPACE).starts == (knn(1),)


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
    fill(store, row("same", 1.0), knn(1), knn(2), knn(8), knn(9))
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


def test_scores_by_the_metric_are_experience_too(store: KnowledgeBase) -> None:
    recorder = Recorder(store, row("past", 1.0, metric="roc_auc"))
    for number, (configuration, accuracy) in enumerate([(knn(1), 0.7), (knn(2), 0.9), (ridge(1.0), 0.6)]):
        outcome = Outcome(Status.OK, 0.1 + number / 10, 1.0, metrics={"accuracy": accuracy})
        recorder.append(Trial(number, configuration, FULL, 0), outcome)
    recorder.close()
    assert recall(store, row("new", 1.0, metric="accuracy"), SPACE).starts[0] == knn(2)
    assert recall(store, row("new", 1.0, metric="roc_auc"), SPACE).starts[0] == knn(1)


def test_what_no_longer_fits_the_space_is_counted_and_left_out(store: KnowledgeBase, caplog: Any) -> None:
    caplog.set_level(logging.INFO, logger="automl.warm_start")
    values: dict[str, Value] = {"k": 5, "metric": "cosine"}
    fill(store, row("past", 1.0), Configuration("perceptron", {}), knn(99), Configuration("knn", values), knn(4))
    experience = recall(store, row("new", 1.0), SPACE)
    assert experience.starts == (knn(4),)
    assert experience.n_outdated == 2  # an algorithm that this fit does without is not outdated
    assert "2 past configurations do not fit the search space" in caplog.text


def test_a_task_with_nothing_usable_is_not_named(store: KnowledgeBase) -> None:
    fill(store, row("useless", 1.0), knn(99))
    fill(store, row("useful", 1.2), knn(1))
    assert recall(store, row("new", 1.0), SPACE).tasks["n_rows"].tolist() == [120]


def test_the_same_advice_from_two_tasks_is_taken_once(store: KnowledgeBase) -> None:
    fill(store, row("a", 1.0), knn(1), knn(2), knn(7))
    fill(store, row("b", 1.1), knn(1), knn(3), knn(8))
    starts = recall(store, row("new", 1.0), SPACE).starts
    assert starts[0] == knn(1)
    assert len(starts) == len(set(starts))


def test_the_number_of_starts_is_bounded(store: KnowledgeBase) -> None:
    space = Space({name: ConfigurationSpace({"k": (1, 50)}) for name in "abcdef"})
    for task in range(5):
        configurations = [Configuration(name, {"k": 10 * task + n + 1}) for n in range(10) for name in "abcdef"]
        fill(store, row(f"task {task}", 1.0 + task / 100), *configurations)
    starts = recall(store, row("new", 1.0), space).starts
    assert len(starts) == len(set(starts)) == MAX_STARTS


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


@pytest.mark.parametrize(
    "method", ["nearest_tasks", "matrices", "configurations", "algorithms", "latest_outcomes"]
)
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
