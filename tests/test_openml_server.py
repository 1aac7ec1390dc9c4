from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openml_answers as answers
import openml_evaluations as evaluations
import openml_tables as tables
import pandas as pd
import pytest
import real_tables
from openml_server import Fault, OpenMLServer, private_openml

RECORDED = Path(__file__).parents[1] / ".." / "shared" / "openml-recorded"
requests = pytest.importorskip("requests")
if importlib.util.find_spec("openml") is None:
    pytest.skip("openml is not installed", allow_module_level=True)
needs_published = pytest.mark.skipif(not evaluations.FOLDER.is_dir(), reason="../shared/openml-evaluations is missing")


@pytest.fixture
def server() -> Iterator[OpenMLServer]:
    with OpenMLServer() as server:
        yield server


@pytest.fixture
def openml(server: OpenMLServer, tmp_path: Path) -> Iterator[Any]:
    with private_openml(tmp_path) as package:
        package.config.server = server.url
        yield package


def test_tasks_and_their_tables_are_read_by_the_real_client(openml: Any) -> None:
    for number, name in enumerate(real_tables.NAMES):
        entry, (X, y) = real_tables.CATALOG.loc[name], real_tables.load_table(name)
        task = openml.tasks.get_task(tables.FIRST_TASK + number)
        dataset = task.get_dataset(download_qualities=True, download_features_meta_data=True)
        found, target, categorical, names = dataset.get_data(target=task.target_name)
        assert (dataset.name, task.target_name) == (name, entry["target"])
        assert task.task_type_id.value == (2 if entry["task"] == "regression" else 1)
        assert names == list(X.columns)
        assert [column for column, is_one in zip(names, categorical, strict=True) if is_one] == entry[
            "categorical"
        ].split()
        pd.testing.assert_frame_equal(as_text(found), as_text(X))
        assert target.astype(str).tolist() == y.astype(target.dtype).astype(str).tolist()
        assert dataset.qualities["NumberOfInstances"] == len(X)
        assert dataset.qualities["NumberOfMissingValues"] == X.isna().sum().sum()


def as_text(X: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64, categories as text."""
    nominal = [isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes]
    return pd.DataFrame(
        {
            name: [None if pd.isna(value) else str(value) for value in X[name]] if is_one else X[name].astype("float64")
            for name, is_one in zip(X.columns, nominal, strict=True)
        }
    )


def test_splits_are_ten_stratified_folds(openml: Any) -> None:
    task = openml.tasks.get_task(tables.FIRST_TASK)
    y = real_tables.load_table("credit-g")[1]
    assert task.get_split_dimensions() == (1, 10, 1)
    tested = []
    for fold in range(10):
        train, test = task.get_train_test_split_indices(fold=fold)
        assert sorted([*train, *test]) == list(range(1000))
        assert (y.iloc[test] == "good").mean() == pytest.approx(0.7, abs=0.011)
        tested += [*test]
    assert sorted(tested) == list(range(1000))


def test_suites_and_studies_are_read_by_the_real_client(openml: Any) -> None:
    own = list(range(tables.FIRST_TASK, tables.FIRST_TASK + 6))
    assert openml.study.get_suite(answers.SUITE).tasks == own
    assert openml.study.get_suite(answers.SUITE_ALIAS).id == answers.SUITE
    assert openml.study.get_study(answers.RUN_STUDY).tasks == [tables.FIRST_TASK]
    assert openml.study.list_suites(output_format="dataframe")["alias"].tolist() == [answers.SUITE_ALIAS]
    with pytest.raises(openml.exceptions.OpenMLServerException, match="601"):
        openml.study.get_suite("of-nobody")


def test_evaluations_runs_setups_and_flows_are_read_by_the_real_client(openml: Any) -> None:
    flow_id, n = evaluations.MADE_RANDOM_FOREST, 4 * evaluations.N_MADE
    found = openml.evaluations.list_evaluations(evaluations.METRIC, flows=[flow_id], output_format="dataframe", size=n)
    assert len(found) == n
    assert found["value"].between(0.5, 1.0).all()
    assert openml.runs.list_runs(flow=[flow_id], output_format="dataframe")["run_id"].tolist() == list(found["run_id"])
    assert openml.runs.get_run(int(found["run_id"][3])).evaluations == {evaluations.METRIC: found["value"][3]}

    setups = openml.setups.list_setups(flow=flow_id)
    assert list(setups) == list(found["setup_id"])
    one = openml.setups.get_setup(int(found["setup_id"][0]))
    by_name = {parameter.parameter_name: json.loads(parameter.value) for parameter in one.parameters.values()}
    assert by_name["n_estimators"] == 100
    assert by_name["max_depth"] is None
    assert by_name["criterion"] in ("gini", "entropy")
    assert {p.full_name: p.value for p in setups[one.setup_id].parameters.values()} == {
        p.full_name: p.value for p in one.parameters.values()
    }

    flow = openml.flows.get_flow(flow_id)
    assert flow.name + "(1)" == found["flow_name"][0]
    assert "RandomForestClassifier" in flow.components["randomforestclassifier"].name


def test_pages_end_as_those_of_the_real_server_do(openml: Any) -> None:
    def page(**filters: Any) -> Any:
        return openml.evaluations.functions._list_evaluations(evaluations.METRIC, output_format="dataframe", **filters)

    whole = page(flows=[evaluations.MADE_J48])
    parts = [page(flows=[evaluations.MADE_J48], limit=50, offset=offset) for offset in (0, 50, 100)]
    assert pd.concat(parts, ignore_index=True).equals(whole)
    assert [len(part) for part in parts] == [50, 50, 20]
    for wrong, code in (
        ({"offset": 120, "limit": 50}, 542),
        ({"offset": 5}, 545),
        ({"limit": 10_001}, 546),
        ({"colour": "blue"}, 544),
    ):
        with pytest.raises(openml.exceptions.OpenMLServerException) as error:
            page(flows=[evaluations.MADE_J48], **wrong)
        assert error.value.code == code


@needs_published
def test_all_published_evaluations_are_served(openml: Any) -> None:
    with OpenMLServer(published=True) as server:
        openml.config.server = server.url
        address = f"{answers.API}evaluation/list/function/{evaluations.METRIC}/limit/10000"
        pages = [(evaluations.RANDOM_FOREST, page) for page in range(5)]
        pages += [(evaluations.ADABOOST, page) for page in range(4)]
        paths = [f"{address}/flow/{flow_id}/offset/{10_000 * page}" for flow_id, page in pages]
        n = sum(server.answers(path).body.count(b"</oml:evaluation>") for path in paths)
        tasks = openml.study.get_suite(answers.PUBLISHED_ALIAS).tasks
        assert len(openml.tasks.get_task(tasks[0]).get_dataset(download_qualities=True).qualities) > 100
        last = openml.setups.list_setups(setup=[20_040_000])[20_040_000]
    assert n == evaluations.N_PUBLISHED
    assert (len(tasks), tasks[:3]) == (100, [3, 6, 11])
    line = (evaluations.FOLDER / "adaboost.arff").read_text().split()[-1].split(",")
    assert [str(json.loads(p.value)) for p in last.parameters.values()] == line[:5]


@pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/openml-recorded is missing")
@pytest.mark.parametrize(
    ("recorded", "path"),
    [
        ("tasks/1/task.xml", f"task/{tables.FIRST_TASK}"),
        ("datasets/2/description.xml", f"data/{tables.FIRST_DATASET}"),
        ("datasets/2/features.xml", f"data/features/{tables.FIRST_DATASET}"),
        ("datasets/2/qualities.xml", f"data/qualities/{tables.FIRST_DATASET}"),
        ("api/v1/xml/setup/1/body.xml", "setup/60000"),
        ("runs/1/description.xml", "run/60000"),
    ],
)
def test_answers_have_no_element_that_recorded_ones_lack(server: OpenMLServer, recorded: str, path: str) -> None:
    theirs, ours = (
        elements(body) for body in ((RECORDED / recorded).read_bytes(), server.answers(answers.API + path).body)
    )
    assert ours - theirs <= {"data_set_description/row_id_attribute"}
    assert len(ours) >= 0.5 * len(theirs)


def elements(body: bytes) -> set[str]:
    """Name every element of a document with its parent."""

    def local(element: ElementTree.Element) -> str:
        return element.tag.split("}")[1]

    root = ElementTree.fromstring(body)
    return {f"{local(parent)}/{local(child)}" for parent in root.iter() for child in parent}


def test_requests_are_noted(server: OpenMLServer) -> None:
    begin = time.monotonic()
    requests.get(f"{server.url}/task/{tables.FIRST_TASK}", params={"api_key": "secret"})
    requests.get(f"{server.url}/task/7")
    first, second = server.requests
    assert (first.kind, first.path, first.status) == ("task", f"{answers.API}task/{tables.FIRST_TASK}", 200)
    assert (first.api_key, second.api_key, second.status) == ("secret", None, 412)
    assert begin <= first.time_s <= second.time_s <= time.monotonic()
    assert (server.count(), server.count("task"), server.count("data")) == (2, 2, 0)


def test_it_misbehaves_as_often_as_it_is_told_and_for_the_kind_it_is_told(server: OpenMLServer) -> None:
    address = f"{server.url}/task/{tables.FIRST_TASK}"
    server.misbehave(Fault.UNAVAILABLE, times=2, kind="task")
    assert requests.get(f"{server.url}/data/{tables.FIRST_DATASET}").status_code == 200
    assert [requests.get(address).status_code for _ in range(3)] == [503, 503, 200]
    assert [request.fault for request in server.requests] == [None, Fault.UNAVAILABLE, Fault.UNAVAILABLE, None]


def test_each_way_of_misbehaving(server: OpenMLServer) -> None:
    list_ = f"{server.url}/evaluation/list/function/{evaluations.METRIC}/limit/10/flow/60"
    file = f"{server.site}/data/download/{tables.FIRST_DATASET}/credit-g.arff"
    good, page = requests.get(file).content, requests.get(list_).content

    server.misbehave(Fault.TOO_MANY_REQUESTS, retry_after="7")
    answer = requests.get(file)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    server.misbehave(Fault.DATABASE_ERROR)
    assert b"<oml:code>107<" in requests.get(list_).content
    server.misbehave(Fault.HTML)
    assert requests.get(list_).content.startswith(b"<!DOCTYPE html>")
    server.misbehave(Fault.EMPTY_PAGE)
    assert b"<oml:evaluation>" not in requests.get(list_).content
    server.misbehave(Fault.REPEATED_PAGE)
    requests.get(list_)
    assert requests.get(f"{list_}/offset/10").content != page
    server.misbehave(Fault.WRONG_CHECKSUM)
    wrong = requests.get(file).content
    assert len(wrong) == len(good)
    assert np.sum(np.frombuffer(wrong, np.uint8) != np.frombuffer(good, np.uint8)) == 1
    server.misbehave(Fault.CUT_OFF)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        requests.get(file)
    server.misbehave(Fault.SLOW, delay_s=5.0)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(file, timeout=0.1)
    assert requests.get(file).content == good


def test_a_repeated_page_is_the_one_before(server: OpenMLServer) -> None:
    list_ = f"{server.url}/evaluation/list/function/{evaluations.METRIC}/limit/10/flow/60"
    first, second = (requests.get(f"{list_}/offset/{offset}").content for offset in (0, 10))
    server.misbehave(Fault.REPEATED_PAGE)
    assert requests.get(f"{list_}/offset/20").content == second != first
