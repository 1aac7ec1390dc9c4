"""Recording: every outcome arrives in a real knowledge base, and no failure of the store reaches the fit."""

from __future__ import annotations

import json
import math
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from automl.algorithms import ALGORITHMS
from automl.folds import FoldResult, FoldStore
from automl.recording import ENSEMBLE, Recorder, TaskRow, open_knowledge_base, past_trials
from automl.space import Space
from automl.task import Shape, Task
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial, Value
from knowledge_base import KnowledgeBase, KnowledgeBaseError

LOOK, FULL = Fidelity(1, rows=0.2), Fidelity(3)
LADDER = (LOOK, Fidelity(1), FULL)
SPACE = Space({"knn": ConfigurationSpace({"k": (1, 50), "weights": ["uniform", "distance"]})})


def task_row(content_hash: str = "content", metric: str = "roc_auc") -> TaskRow:
    task = Task("binary", 2, metric, "3-fold stratified", 3, seed=5)
    shape = Shape("binary", 2, 150, 4, 1)
    return TaskRow(content_hash, task, shape, SPACE.version, {"log10_n_rows": 2.2, "skew": math.nan}, "1")


def trial(number: int, k: int, fidelity: Fidelity = FULL) -> Trial:
    values: dict[str, Value] = {"k": k, "weights": "uniform"}
    return Trial(number, Configuration("knn", values), fidelity, seed=100 + number, origin="model")


GOOD = Outcome(
    Status.OK, 0.2, 3.0, peak_mb=120.0, fold_losses=(0.1, 0.2, 0.3), metrics={"accuracy": 0.9, "roc_auc": 0.8},
    fit_seconds=2.5, predict_seconds=0.25,
)  # fmt: skip
LATE = Outcome.failed(Status.TIMEOUT, "2 folds within its time limit", 9.0, fold_losses=(0.4, math.nan))


@pytest.fixture
def knowledge_base(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge.duckdb")


def record(knowledge_base: KnowledgeBase | None, row: TaskRow, *pairs: tuple[Trial, Outcome]) -> None:
    recorder = Recorder(knowledge_base, row)
    for asked, outcome in pairs:
        recorder.append(asked, outcome)
    recorder.close()


def test_outcomes_arrive_whole(knowledge_base: KnowledgeBase) -> None:
    record(knowledge_base, task_row(), (trial(0, 5), GOOD), (trial(1, 7), LATE), (trial(2, 9, LOOK), GOOD))
    rows = knowledge_base.outcomes(full_fidelity=None).sort_values("trial_number").to_dict("records")
    good, late, look = rows
    assert good["configuration_id"] == trial(0, 5).configuration.id
    assert (good["algorithm"], good["status"], good["loss"], good["seed"]) == ("knn", "ok", 0.2, 100)
    assert list(good["fold_losses"]) == pytest.approx([0.1, 0.2, 0.3])
    assert good["metrics"] == {"accuracy": 0.9, "roc_auc": 0.8}
    assert (good["seconds"], good["peak_mb"]) == (3.0, 120.0)
    assert (late["status"], late["error"]) == ("timeout", "2 folds within its time limit")
    assert math.isnan(late["loss"])
    assert list(late["fold_losses"]) == pytest.approx([0.4, math.nan], nan_ok=True)
    assert (look["folds"], look["rows_fraction"], look["iterations_fraction"]) == pytest.approx((1, 0.2, 1.0))
    full = knowledge_base.outcomes(full_fidelity=True)
    assert sorted(full["trial_number"]) == [0, 1]


def test_what_was_chosen_is_an_outcome_that_no_matrix_takes_for_a_configuration(knowledge_base: KnowledgeBase) -> None:
    recorder = Recorder(knowledge_base, task_row())
    recorder.append(trial(0, 5), GOOD)
    recorder.append_ensemble({}, 0.1)
    recorder.append_ensemble({"a": 1.0}, math.nan)
    recorder.append_ensemble({"b": 0.25, "a": 0.75}, 0.15)
    recorder.close()
    rows = knowledge_base.outcomes(full_fidelity=False)
    assert rows["algorithm"].tolist() == [ENSEMBLE]
    assert rows["loss"].tolist() == [0.15]
    assert json.loads(rows["configuration"][0]) == {"a": 0.75, "b": 0.25}
    assert knowledge_base.loss_matrix(task_type="binary", metric="roc_auc").shape == (1, 1)
    assert ENSEMBLE not in ALGORITHMS


def test_the_task_is_described(knowledge_base: KnowledgeBase) -> None:
    record(knowledge_base, task_row(), (trial(0, 5), GOOD))
    [near] = knowledge_base.nearest_tasks({"log10_n_rows": 2.0}, task_type="binary").to_dict("records")
    assert (near["content_hash"], near["n_rows"], near["n_features"], near["n_classes"]) == ("content", 150, 5, 2)
    assert near["source"] == "fit"
    [best] = knowledge_base.best_configurations([near["task_id"]], metric="roc_auc").to_dict("records")
    assert best["configuration_id"] == trial(0, 5).configuration.id


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.OK])
def test_every_kind_of_failure_is_recorded(knowledge_base: KnowledgeBase, status: Status) -> None:
    record(knowledge_base, task_row(), (trial(0, 5), Outcome.failed(status, "why", 1.0)))
    [row] = knowledge_base.outcomes().to_dict("records")
    assert (row["status"], row["error"]) == (str(status), "why")


def test_a_fit_without_outcomes_leaves_nothing(knowledge_base: KnowledgeBase) -> None:
    record(knowledge_base, task_row())
    assert not knowledge_base.path.exists() or knowledge_base.outcomes().empty
    record_nowhere = Recorder(None, task_row())
    record_nowhere.append(trial(0, 5), GOOD)
    record_nowhere.close()


class Broken:
    """A store that fails at a given step, and its writer."""

    def __init__(self, step: str, error: Exception):
        self.step, self.error = step, error
        self.appended = 0
        if step == "writer":
            self.writer = self._raise

    def _raise(self, **fields: Any) -> Any:
        raise self.error

    def writer(self, **fields: Any) -> Broken:
        return self

    def append(self, fields: Any) -> None:
        self.appended += 1
        if self.step == "append" and self.appended == 2:
            raise self.error

    def close(self) -> None:
        if self.step == "close":
            raise self.error


ERRORS = [KnowledgeBaseError("locked"), OSError(28, "No space left on device")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("step", ["append", "close"])
def test_a_store_that_fails_in_the_middle_stops_nothing(step: str, error: Exception, caplog: Any) -> None:
    broken: Any = Broken(step, error)
    recorder = Recorder(broken, task_row())
    for number in range(4):
        recorder.append(trial(number, 5 + number), GOOD)
    recorder.close()
    recorder.close()
    assert broken.appended == (2 if step == "append" else 4)
    assert len(caplog.records) == 1  # said once


def test_a_row_that_cannot_be_made_stops_nothing_and_without_a_store_none_is_made(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    made = []

    def fail(*arguments: Any) -> Any:
        made.append(arguments)
        raise ValueError("no row")

    monkeypatch.setattr("automl.recording.outcome_fields", fail)
    for store in (None, knowledge_base):
        record(store, task_row(), (trial(0, 5), GOOD), (trial(1, 6), GOOD))
    assert len(made) == 1
    assert [each.getMessage() for each in caplog.records] == ["recording stopped: no row"]


@pytest.mark.parametrize("error", ERRORS)
def test_a_store_that_takes_no_task_is_told_to_the_user(error: Exception) -> None:
    broken: Any = Broken("writer", error)
    with pytest.warns(UserWarning, match="outcomes of this fit are not recorded"):
        recorder = Recorder(broken, task_row())
    recorder.append(trial(0, 5), GOOD)
    recorder.close()


def test_a_read_only_store_is_told_and_left_alone(knowledge_base: KnowledgeBase) -> None:
    record(knowledge_base, task_row(), (trial(0, 5), GOOD))
    reader = KnowledgeBase(knowledge_base.path, read_only=True)
    with pytest.warns(UserWarning, match="not recorded"):
        record(reader, task_row(), (trial(1, 6), GOOD))
    assert len(knowledge_base.outcomes()) == 1


def test_a_killed_fit_has_recorded_what_it_told(knowledge_base: KnowledgeBase) -> None:
    pid = os.fork()
    if pid == 0:
        recorder = Recorder(knowledge_base, task_row())
        recorder.append(trial(0, 5), GOOD)
        os._exit(9)
    os.waitpid(pid, 0)
    assert len(knowledge_base.trials_of("content", metric="roc_auc")) == 1


def test_knowledge_bases_are_opened_from_what_users_give(tmp_path: Path) -> None:
    given = KnowledgeBase(tmp_path / "given.duckdb")
    assert open_knowledge_base(None) is None
    assert open_knowledge_base(given) is given
    for path in (tmp_path / "new.duckdb", str(tmp_path / "new.duckdb")):
        opened = open_knowledge_base(path)
        assert opened is not None
        assert opened.path == tmp_path / "new.duckdb"
    default = open_knowledge_base("default")
    assert default is not None
    assert str(default.path) == os.environ["PRECEDENT_KNOWLEDGE_BASE"]


def test_what_is_no_knowledge_base_is_told_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("not a database, but long enough to look like one" * 500)
    for source in (tmp_path / "text.duckdb", tmp_path, 3.5):
        with pytest.warns(UserWarning, match="fitting without a knowledge base"):
            assert open_knowledge_base(source) is None


def finish(store: FoldStore, asked: Trial, *losses: float) -> None:
    for fold, loss in enumerate(losses):
        result = FoldResult(np.zeros(2, dtype=np.float32), loss, {}, 1.0, 0.1, 1.0)
        store.write(asked.configuration, asked.fidelity, fold, result, pickle.dumps("model"))


def test_past_trials_are_rebuilt_from_their_folds(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    """Only those whose folds are all there, of this data and metric, and in today's space."""
    store = FoldStore(tmp_path / "folds")
    whole, look, cut = trial(0, 5), trial(1, 6, Fidelity(1)), trial(2, 7)
    gone, outdated = trial(3, 8), trial(4, 99)
    finish(store, whole, 0.1, 0.2, 0.6)
    finish(store, look, 0.5)
    finish(store, cut, 0.3)
    finish(store, outdated, 0.1, 0.1, 0.1)
    record(knowledge_base, task_row(), (whole, GOOD), (look, GOOD), (cut, LATE), (gone, GOOD), (outdated, GOOD))
    record(knowledge_base, task_row("other"), (trial(0, 9), GOOD))
    finish(store, trial(0, 9), 0.1, 0.1, 0.1)
    found = past_trials(knowledge_base, task_row(), SPACE, LADDER, store)
    assert [(t.configuration, t.fidelity, t.seed) for t, _ in found] == [
        (whole.configuration, FULL, 100), (look.configuration, Fidelity(1), 101),
    ]  # fmt: skip
    assert found[0][1].fold_losses == (0.1, 0.2, 0.6)
    assert found[0][1].loss == pytest.approx(0.3)
    assert found[0][1].seconds == 3.0
    assert len({t.number for t, _ in found}) == 2
    assert past_trials(knowledge_base, task_row(metric="accuracy"), SPACE, LADDER, store) == []


def test_past_trials_stand_on_the_rungs_that_were_asked(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    """A searcher refuses to be told of a fidelity that is no rung of its ladder."""
    store, look = FoldStore(tmp_path / "folds"), trial(0, 5, LOOK)
    finish(store, look, 0.5)
    record(knowledge_base, task_row(), (look, GOOD))
    [(past, _)] = past_trials(knowledge_base, task_row(), SPACE, LADDER, store)
    assert past.fidelity == LOOK


def test_past_trials_that_cannot_be_read_are_none(tmp_path: Path, caplog: Any) -> None:
    class Unreadable:
        def trials_of(self, *args: Any, **options: Any) -> Any:
            raise KnowledgeBaseError("locked")

    unreadable: Any = Unreadable()
    assert past_trials(unreadable, task_row(), SPACE, LADDER, FoldStore(tmp_path)) == []
    assert "cannot be read" in caplog.text
