"""Runs of ours at OpenML: honest, complete, once, and under a key that stays where it belongs."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openml_tables
import pandas as pd
import pytest
from openml_server import Fault, OpenMLServer, private_openml
from openml_uploads import KEY, SentRun

import metafeatures
from automl.estimator import AutoMLClassifier, AutoMLRegressor
from automl.populate import runs, upload
from automl.populate.effort import Effort
from automl.populate.runs import OpenMLSplits, TaskRun, run_tasks
from automl.populate.upload import upload_run
from automl.question import pose_question
from knowledge_base import KnowledgeBase
from knowledge_base.arff import read
from knowledge_base.openml_client import OpenMLClient, OpenMLError, OpenMLTable, OpenMLTask

EFFORT = Effort(time_budget=None, max_trials=4, n_jobs=1)
N_FOLDS = 2
TASKS = {dataset.kind: dataset.task_id for dataset in reversed(openml_tables.datasets()[:-1])}
TASK = TASKS["binary"]


@pytest.fixture(autouse=True)
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openml_tables, "_N_FOLDS", N_FOLDS)


@pytest.fixture
def store(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge.duckdb")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Searches and predictions that take no time, for tests of what is done with them; the tasks predicted for."""
    made: list[int] = []
    monkeypatch.setattr(
        runs, "_run", lambda store, client, task_id, effort: TaskRun(task_id, client.task(task_id).kind)
    )

    def predict(table: Any, task: Any, effort: Effort, store: KnowledgeBase) -> pd.DataFrame:
        made.append(task.id)
        tests = [test for _, test in table.splits]
        rows = {"repeat": 0, "fold": np.repeat(range(len(tests)), [len(test) for test in tests])}
        truth = table.y.iloc[np.concatenate(tests)].astype(str).to_numpy()
        shares = {f"confidence.{label}": (truth == label).astype(float) for label in table.y.cat.categories}
        return pd.DataFrame({**rows, "row_id": np.concatenate(tests), "prediction": truth, "truth": truth, **shares})

    monkeypatch.setattr(upload, "predict_folds", predict)
    return made


@dataclass
class Uploaded:
    """A run that was searched for and uploaded, and the fits that it took."""

    run: SentRun
    rows: pd.DataFrame
    table: OpenMLTable
    task: OpenMLTask
    store: KnowledgeBase
    fits: list[tuple[Any, pd.DataFrame, pd.Series]]


@pytest.fixture(scope="module", params=["multiclass", "regression"])
def uploaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploaded]:
    if importlib.util.find_spec("openml") is None:
        pytest.skip("openml is not installed")
    folder, task_id = tmp_path_factory.mktemp("uploaded"), TASKS[request.param]
    store, fits = KnowledgeBase(folder / "knowledge.duckdb"), []
    with private_openml(folder), OpenMLServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(openml_tables, "_N_FOLDS", N_FOLDS)
        for kind in (AutoMLClassifier, AutoMLRegressor):

            def spy(self: Any, X: Any, y: Any, fit: Any = kind.fit, **options: Any) -> Any:
                fits.append((self, X, y))
                return fit(self, X, y, **options)

            patch.setattr(kind, "fit", spy)
        client = OpenMLClient(server.url, cache=folder / "cache", requests_per_s=1e6)
        run = server.uploads.runs[upload_run(client, task_id, EFFORT, store=store, api_key=KEY)]
        path = folder / "predictions.arff"
        path.write_text(run.predictions, encoding="utf-8")
        yield Uploaded(run, read(path).rows, client.table(task_id), client.task(task_id), store, fits)


def test_each_test_row_is_predicted_once_in_its_fold(uploaded: Uploaded) -> None:
    rows, table = uploaded.rows, uploaded.table
    assert sorted(rows["row_id"]) == list(range(len(table.X)))
    assert (rows["repeat"] == 0).all()
    tested = {row: fold for fold, (_, test) in enumerate(table.splits) for row in test}
    assert rows["fold"].tolist() == [tested[int(row)] for row in rows["row_id"]]


def test_truth_and_predictions_are_of_the_task(uploaded: Uploaded) -> None:
    rows, truth = uploaded.rows, uploaded.table.y.iloc[uploaded.rows["row_id"].astype(int)]
    if uploaded.task.kind == "regression":
        assert list(rows) == ["repeat", "fold", "row_id", "prediction", "truth"]
        np.testing.assert_allclose(rows["truth"], truth, rtol=1e-9)
        assert np.mean((rows["prediction"] - rows["truth"]) ** 2) < truth.var()
        return
    labels = truth.cat.categories.tolist()
    shares = rows[[f"confidence.{label}" for label in labels]]
    assert list(rows) == ["repeat", "fold", "sample", "row_id", "prediction", "correct", *shares]
    assert rows["correct"].tolist() == truth.astype(str).tolist()
    assert set(rows["prediction"]) <= set(labels)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert (rows["prediction"] == rows["correct"]).mean() > truth.value_counts(normalize=True).max()


def test_a_fold_is_fitted_on_its_training_rows_alone(uploaded: Uploaded) -> None:
    assert [set(X.index) for _, X, _ in uploaded.fits] == [set(train) for train, _ in uploaded.table.splits]
    assert all(X.index.equals(y.index) for _, X, y in uploaded.fits)


def test_nothing_that_the_store_knows_of_the_table_helps(uploaded: Uploaded) -> None:
    table, task = uploaded.table, uploaded.task
    kind: Any = "regression" if task.kind == "regression" else "classification"
    whole = pose_question(table.X, table.y, kind=kind, cv=OpenMLSplits(table.splits)).dataset.content_hash
    folds = {pose_question(X, y, kind=kind).dataset.content_hash for _, X, y in uploaded.fits}
    own = upload.own_content(table, task)
    assert {whole, *folds} < set(own)
    asked = metafeatures.extract(table.X, table.y, task=task.kind).values  # noqa: PD011
    for content in own:
        described = {"content_hash": content, "task_type": task.kind, "metric": "roc_auc"}
        with uploaded.store.writer(
            task=described, metafeatures=asked, metafeatures_version="1", space_version="1", provenance={}
        ) as writer:
            writer.append(
                {
                    "configuration_id": "k",
                    "algorithm": "knn",
                    "configuration": {},
                    "status": "crash",
                    "is_full_fidelity": True,
                }
            )
    for store, n in ((uploaded.store, len(own)), *((model.knowledge_base, 0) for model, _, _ in uploaded.fits)):
        with store.snapshot() as view:
            assert len(view.nearest_tasks(asked, task_type=task.kind, k=50)) == n


def test_folds_leave_no_near_copies_of_the_table_in_the_store(uploaded: Uploaded) -> None:
    assert not any(model.record for model, _, _ in uploaded.fits)


def test_the_flow_has_its_parameters_and_is_published_once(
    server: OpenMLServer, client: OpenMLClient, store: KnowledgeBase, quick: list[int]
) -> None:
    for seed in (0, 1):
        effort = Effort(time_budget=None, max_trials=4, n_jobs=1, seed=seed)
        run_id = upload_run(client, TASK, effort, store=store, api_key=KEY)
    assert server.count("flow_exists") == 2 and server.count("upload_flow") == 1
    flow = client.flow(server.uploads.runs[run_id].flow_id)
    assert flow.name == "automl.AutoMLClassifier"
    assert flow.external_version.startswith("precedent-automl==")
    assert "scikit-learn" in flow.dependencies
    settings = {name: json.loads(value) for name, value in server.uploads.runs[run_id].settings.items()}
    own = {"time_budget": None, "max_trials": 4, "n_jobs": 1, "random_state": 1, "verbose": 0, "knowledge_base": "own"}
    assert settings == {**AutoMLClassifier().get_params(), **own}
    assert not any(str(store.path).encode() in form.body for form in server.uploads.forms)


def test_nothing_is_sent_without_a_key(
    server: OpenMLServer, client: OpenMLClient, store: KnowledgeBase, quick: list[int]
) -> None:
    run_tasks(store, client, [TASK], EFFORT)
    client.table(TASK)
    assert server.count("splits") == 1 and not quick
    assert {request.method for request in server.requests} == {"GET"}


def test_nothing_is_uploaded_twice(
    server: OpenMLServer, client: OpenMLClient, store: KnowledgeBase, quick: list[int]
) -> None:
    before = run_tasks(store, client, [TASK], EFFORT)[0]
    first, again = (run_tasks(store, client, [TASK], EFFORT, api_key=KEY)[0] for _ in range(2))
    assert (before.run_id, first.run_id) == (None, again.run_id)
    assert list(server.uploads.runs) == [first.run_id] and quick == [TASK]
    assert first.status == again.status == "known"


def test_the_key_is_in_the_form_and_nowhere_else(
    server: OpenMLServer,
    client: OpenMLClient,
    store: KnowledgeBase,
    tmp_path: Path,
    quick: list[int],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    run_tasks(store, client, [TASK], EFFORT, api_key=KEY)
    sent = [request for request in server.requests if request.method == "POST"]
    assert len(sent) == 4 and all(request.api_key == KEY and KEY not in request.path for request in sent)
    assert all(request.api_key is None for request in server.requests if request.method == "GET")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".jsonl" for path in files) and any(path.parent.name == "cache" for path in files)
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in caplog.text and KEY not in "".join(capfd.readouterr())


def test_a_wrong_key_is_told_before_any_work(
    server: OpenMLServer, client: OpenMLClient, store: KnowledgeBase, quick: list[int]
) -> None:
    with pytest.raises(
        OpenMLError, match=r"does not accept the API key \(Authentication failed, error 103\)"
    ) as caught:
        run_tasks(store, client, [TASK], EFFORT, api_key="wrong-key")
    assert "wrong-key" not in str(caught.value)
    with pytest.raises(OpenMLError, match="error 103"):
        upload_run(client, TASK, EFFORT, store=store, api_key="wrong-key")
    assert not quick and not server.uploads.runs and not store.path.exists()


def test_a_run_that_may_have_been_taken_is_not_sent_again(
    server: OpenMLServer, client: OpenMLClient, store: KnowledgeBase, quick: list[int]
) -> None:
    server.misbehave(Fault.CUT_OFF, kind="upload_run")
    first, again = (run_tasks(store, client, [TASK], EFFORT, api_key=KEY)[0] for _ in range(2))
    assert len(server.uploads.runs) == server.count("upload_run") == 1
    assert first.status == again.status == "failed"
    assert "not known whether the server took" in first.error
    assert "OpenML may have taken it" in again.error and ".populated.jsonl" in again.error


def test_a_run_that_was_refused_is_sent_the_next_time(
    server: OpenMLServer, client: OpenMLClient, store: KnowledgeBase, quick: list[int]
) -> None:
    server.misbehave(Fault.UNAVAILABLE, times=3, kind="upload_run")
    told: list[TaskRun] = []
    failed = run_tasks(store, client, [TASK], EFFORT, api_key=KEY, on_run=told.append)[0]
    assert told == [failed] and failed.status == "failed" and "HTTP 503" in failed.error
    done = run_tasks(store, client, [TASK], EFFORT, api_key=KEY)[0]
    assert [done.run_id] == list(server.uploads.runs)


def test_a_task_of_several_repeats_is_refused(client: OpenMLClient, store: KnowledgeBase) -> None:
    class Repeated:
        def task(self, task_id: int) -> Any:
            return type("Task", (), {"n_repeats": 10})

    with pytest.raises(ValueError, match="wants predictions for 10 repeats"):
        upload_run(Repeated(), TASK, EFFORT, store=store, api_key=KEY)  # type: ignore[arg-type]
