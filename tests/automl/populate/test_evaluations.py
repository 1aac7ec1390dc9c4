"""Published evaluations in the store: all accounted for, none twice, whatever was in the way."""

from __future__ import annotations

import json
from pathlib import Path

import openml_evaluations as made
import openml_tables
import pytest
from openml_server import Fault, OpenMLServer, private_openml

from automl.algorithms import full_space
from automl.populate.evaluations import METAFEATURES_VERSION, Imported, import_evaluations
from automl.trial import Configuration
from knowledge_base import KnowledgeBase
from knowledge_base.openml_client import OpenMLClient, OpenMLError

N_TASKS = 4
N_FLOW = N_TASKS * made.N_MADE


@pytest.fixture
def store(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge.duckdb")


def test_every_evaluation_is_accounted_for(store: KnowledgeBase, client: OpenMLClient) -> None:
    totals = {}
    for flow in (made.MADE_RANDOM_FOREST, made.MADE_ADABOOST, made.MADE_J48):
        done = import_evaluations(store, client, flow_id=flow)
        totals[flow] = (done.translated, done.foreign, done.rejected)
        assert done.total == N_FLOW
        assert len(done.tasks) == N_TASKS
        assert sum(done.reasons.values()) == done.foreign + done.rejected
    assert totals[made.MADE_RANDOM_FOREST][0] > 0
    assert totals[made.MADE_ADABOOST][1:] == (N_FLOW, 0)
    assert totals[made.MADE_J48][1:] == (N_FLOW, 0)
    stored = sum(translated + foreign for translated, foreign, _ in totals.values())
    assert len(store.outcomes()) == stored


def test_what_is_translated_is_a_configuration_of_ours_with_its_loss(
    store: KnowledgeBase, client: OpenMLClient
) -> None:
    import_evaluations(store, client, flow_id=made.MADE_RANDOM_FOREST)
    rows = store.outcomes()
    ours = rows[~rows["algorithm"].str.contains(":")]
    published = next(client.evaluations(metric="predictive_accuracy", flow_id=made.MADE_RANDOM_FOREST))
    accuracy = published.set_index("run_id")["value"]
    for row in ours.to_dict("records"):
        configuration = Configuration(row["algorithm"], json.loads(row["configuration"]))
        assert full_space(row["task_type"]).why_invalid(configuration) is None
        assert configuration.id == row["configuration_id"]
        assert row["loss"] == pytest.approx(1.0 - accuracy[row["number"]])
        assert (row["metric"], row["source"], row["is_full_fidelity"]) == ("accuracy", "openml", True)


def test_qualities_become_metafeatures_of_a_version_of_their_own(store: KnowledgeBase, client: OpenMLClient) -> None:
    import_evaluations(store, client, task_ids=[openml_tables.FIRST_TASK])
    task = client.task(openml_tables.FIRST_TASK)
    wanted = client.qualities(task.dataset_id)
    near = store.nearest_tasks(wanted, task_type=task.kind, metafeatures_version=METAFEATURES_VERSION)
    assert near["distance"].tolist() == [0.0]
    assert near["name"].tolist() == [task.dataset_name]


def test_doing_it_again_adds_nothing_and_what_is_new_is_added(store: KnowledgeBase, client: OpenMLClient) -> None:
    import_evaluations(store, client, task_ids=[openml_tables.FIRST_TASK], flow_id=made.MADE_ADABOOST)
    again = import_evaluations(store, client, flow_id=made.MADE_ADABOOST)
    assert (again.known, again.foreign) == (made.N_MADE, N_FLOW - made.N_MADE)
    assert len(store.outcomes()) == N_FLOW


def test_a_stopped_import_goes_on(store: KnowledgeBase, client: OpenMLClient, server: OpenMLServer) -> None:
    seen: list[int] = []

    def stop(done: Imported) -> None:
        seen.append(done.total)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_evaluations(store, client, flow_id=made.MADE_ADABOOST, page_size=50, on_page=stop)
    assert len(store.outcomes()) == seen[0] == 50
    done = import_evaluations(store, client, flow_id=made.MADE_ADABOOST, page_size=50)
    assert (done.known, done.foreign) == (50, N_FLOW - 50)
    assert len(store.outcomes()) == N_FLOW


def test_a_server_that_gives_out_leaves_what_was_read(
    store: KnowledgeBase, client: OpenMLClient, server: OpenMLServer
) -> None:
    def break_down(_: Imported) -> None:
        server.misbehave(Fault.UNAVAILABLE, times=1000)

    with pytest.raises(OpenMLError):
        import_evaluations(store, client, flow_id=made.MADE_ADABOOST, page_size=50, on_page=break_down)
    assert len(store.outcomes()) == 50


def test_a_task_that_cannot_be_read_is_told_with_its_evaluations(
    store: KnowledgeBase, client: OpenMLClient, server: OpenMLServer
) -> None:
    server.misbehave(Fault.HTML, times=3, kind="task")  # as often as it is asked for
    done = import_evaluations(store, client, flow_id=made.MADE_ADABOOST)
    assert done.rejected == made.N_MADE
    assert done.total == N_FLOW
    assert [reason.startswith("the task cannot be read") for _, reason in done.reasons].count(True) == 1


def test_all_of_openml_is_not_asked_for(store: KnowledgeBase, client: OpenMLClient) -> None:
    with pytest.raises(ValueError, match="flow_id"):
        import_evaluations(store, client)


def test_one_published_task(store: KnowledgeBase, tmp_path: Path) -> None:
    if not made.FOLDER.exists():
        pytest.skip("../shared/openml-evaluations is missing")
    pytest.importorskip("openml")
    with private_openml(tmp_path / "openml"), OpenMLServer(published=True) as server:
        client = OpenMLClient(server.url, cache=tmp_path / "cache", requests_per_s=1e6)
        done = import_evaluations(store, client, flow_id=made.RANDOM_FOREST, task_ids=[31])
    assert (done.total, done.translated, done.rejected) == (500, 500, 0)
    assert len(store.loss_matrix(task_type="binary", metric="accuracy").columns) > 400
