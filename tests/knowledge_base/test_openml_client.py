from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openml_answers as answers
import openml_evaluations as evaluations
import openml_tables as tables
import pandas as pd
import pytest
import real_tables
from openml_listing import Refusal
from openml_server import Fault, OpenMLServer, private_openml

import metafeatures
from knowledge_base import KnowledgeBaseError
from knowledge_base.openml_client import OpenMLClient, OpenMLError, OpenMLTask
from metafeatures.counterparts import to_openml

if importlib.util.find_spec("openml") is None:
    pytest.skip("openml is not installed", allow_module_level=True)

MakeClient = Callable[..., OpenMLClient]
FOREST, J48, N = evaluations.MADE_RANDOM_FOREST, evaluations.MADE_J48, 4 * evaluations.N_MADE
TASK, DATASET = tables.FIRST_TASK, tables.FIRST_DATASET
HEALED = [Fault.TOO_MANY_REQUESTS, Fault.UNAVAILABLE, Fault.DATABASE_ERROR, Fault.CUT_OFF, Fault.HTML]


@pytest.fixture
def server() -> Iterator[OpenMLServer]:
    with OpenMLServer() as server:
        yield server


@pytest.fixture(autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with private_openml(tmp_path_factory.mktemp("openml")) as package:
        yield package


@pytest.fixture
def make(server: OpenMLServer, tmp_path: Path) -> MakeClient:
    def make(server: OpenMLServer = server, **options: Any) -> OpenMLClient:
        quick = {"requests_per_s": 1e6, "retries": 3, "backoff_s": 0.001, "timeout_s": 10.0, "cache": tmp_path}
        return OpenMLClient(server.url, **{**quick, **options})
    return make


def altered(server: OpenMLServer, kind: str, change: Callable[[answers.Answer], answers.Answer]) -> None:
    """Let the server answer otherwise to one kind of request."""
    before = server.answers

    def otherwise(path: str) -> answers.Answer:
        answer = before(path)
        return change(answer) if answer.kind == kind else answer
    server.answers = otherwise  # type: ignore[assignment]


def everything(client: OpenMLClient) -> list[Any]:
    """Ask for one of each kind."""
    table = client.table(TASK)
    pages = client.evaluations(flow_id=FOREST, metric=evaluations.METRIC, page_size=50)
    return [client.suite(answers.SUITE), client.task(TASK), client.qualities(DATASET), client.flow(FOREST),
            table.X.to_dict("list"), table.y.tolist(), [part.tolist() for split in table.splits for part in split],
            [page.to_dict("list") for page in pages], list(client.setups_of_flow(FOREST, page_size=50)),
            client.setups([60_000, 60_001])]


# What it tells

def test_suites_and_studies_give_their_tasks(make: MakeClient) -> None:
    own = list(range(TASK, TASK + 6))
    assert make().suite(answers.SUITE) == make().suite(answers.SUITE_ALIAS) == own
    assert make().suite(answers.RUN_STUDY) == [TASK]


@pytest.mark.parametrize("number", range(6))
def test_tasks(make: MakeClient, number: int) -> None:
    name = real_tables.NAMES[number]
    X, y = real_tables.load_table(name)
    kind = real_tables.CATALOG.loc[name, "task"]
    measures = {"autompg": "root_mean_squared_error", "cholesterol": None}
    assert make().task(TASK + number) == OpenMLTask(
        TASK + number, DATASET + number, name, kind, str(y.name), 1, 10, measures.get(name, "predictive_accuracy"),
        *X.shape, None if kind == "regression" else y.nunique())


def test_tasks_of_other_types_are_refused(server: OpenMLServer, make: MakeClient) -> None:
    altered(server, "task", lambda answer: answers.Answer(
        "task", 200, answer.content_type, answer.body.replace(b"task_type_id>1<", b"task_type_id>5<")))
    with pytest.raises(OpenMLError, match=f"(?i)task {TASK} .*leave it out"):
        make().task(TASK)


@pytest.mark.parametrize("number", range(6))
def test_tables_are_the_real_ones_with_unordered_categories(make: MakeClient, number: int) -> None:
    name = real_tables.NAMES[number]
    X, y = real_tables.load_table(name)
    table = make().table(TASK + number)
    assert list(table.X.columns) == list(X.columns)
    for column in X:
        found, truth = table.X[column], X[column]
        if isinstance(truth.dtype, pd.CategoricalDtype):
            assert not found.cat.ordered
            assert found.cat.categories.tolist() == [str(level) for level in truth.cat.categories]
            assert found.cat.codes.tolist() == truth.cat.codes.tolist()
        else:
            np.testing.assert_array_equal(found.to_numpy(dtype=float), truth.to_numpy(dtype=float))
    if real_tables.CATALOG.loc[name, "task"] == "regression":
        assert table.y.dtype == "float64"
        assert table.y.tolist() == y.tolist()
    else:
        assert not table.y.cat.ordered
        assert table.y.tolist() == y.astype(str).tolist()
    folds = tables.datasets()[number].folds()
    assert len(table.splits) == 10
    for fold, (train, test) in enumerate(table.splits):
        assert train.tolist() == np.flatnonzero(folds != fold).tolist()
        assert test.tolist() == np.flatnonzero(folds == fold).tolist()


def test_a_sparse_table_is_refused_before_it_is_fetched(server: OpenMLServer, make: MakeClient) -> None:
    with pytest.raises(OpenMLError, match=r"sparse.*leave the task out"):
        make().table(tables.SPARSE_TASK)
    assert server.count("download", "splits") == 0


def test_the_file_with_a_checksum_is_read_where_there_is_another(server: OpenMLServer, make: MakeClient) -> None:
    address = f"<oml:parquet_url>{server.site}/data/table.pq</oml:parquet_url>"
    altered(server, "data", lambda answer: answers.Answer(
        "data", 200, answer.content_type, answer.body.replace(b"<oml:visib", address.encode() + b"<oml:visib")))
    assert len(make().table(TASK).X) == 1000
    assert (server.count("download"), server.count("file")) == (1, 0)


def test_splits_of_another_table_are_refused(server: OpenMLServer, make: MakeClient) -> None:
    altered(server, "splits", lambda answer: answers.Answer(
        "splits", 200, answer.content_type, answer.body.replace(b"TRAIN,7,", b"TRAIN,1000,")))
    with pytest.raises(OpenMLError, match=r"1000 rows.*Leave the task out"):
        make().table(TASK)


def test_qualities(server: OpenMLServer, make: MakeClient) -> None:
    X, y = real_tables.load_table("credit-g")
    groups = ["simple", "statistical", "information"]
    truth = to_openml(metafeatures.extract(X, y, task="binary", groups=groups).values)
    assert make().qualities(DATASET) == {**truth, "NumberOfClasses": 2.0}


def test_qualities_without_a_value_or_without_any(server: OpenMLServer, make: MakeClient, tmp_path: Path) -> None:
    altered(server, "qualities", lambda answer: answers.Answer("qualities", 200, answer.content_type, tables.document(
        "data_qualities", *(tables.nested("quality", tables.element("name", name), tables.element("value", value))
                            for name, value in (("A", 1.5), ("B", ""), ("C", "NaN"))))))
    assert make().qualities(DATASET) == {"A": 1.5}
    altered(server, "qualities", lambda answer: answers.Answer(
        "qualities", 412, answer.content_type, Refusal(362, "No qualities found").body))
    client = make(cache=tmp_path / "another")
    assert client.qualities(DATASET) == {}
    assert client.task(TASK).n_rows is None


def test_flows(make: MakeClient) -> None:
    flow = make().flow(FOREST)
    assert "RandomForestClassifier" in flow.name
    assert flow.dependencies.split("\n")[0] == flow.external_version == "sklearn==0.20.dev0"


def test_evaluations_come_in_pages_that_know_their_place(server: OpenMLServer, make: MakeClient) -> None:
    pages = list(make().evaluations(flow_id=FOREST, metric=evaluations.METRIC, page_size=50))
    assert [len(page) for page in pages] == [50, 50, N - 100]
    frame = pd.concat(pages)
    assert frame.index.equals(pd.RangeIndex(N))
    block = server.answers.listing.blocks[1]
    assert frame["run_id"].tolist() == frame["setup_id"].tolist() == list(range(block.first_id, block.first_id + N))
    assert frame["task_id"].tolist() == block.task_ids.tolist()
    assert frame["value"].tolist() == [float(value) for value in block.accuracies]
    assert frame["dataset_name"].unique().tolist() == list(real_tables.NAMES[:4])
    assert (frame["dataset_id"] == frame["task_id"] - TASK + DATASET).all()
    assert set(frame["flow_name"]) == {block.full_name}
    assert set(frame["flow_id"]) == {FOREST}
    assert frame["upload_time"].iloc[1] == pd.Timestamp("2018-03-01 12:01:00")
    assert frame.dtypes[["run_id", "task_id", "setup_id", "flow_id", "dataset_id"]].eq("int64").all()


def test_a_list_of_evaluations_can_be_entered_anywhere(make: MakeClient) -> None:
    whole = pd.concat(make().evaluations(flow_id=FOREST, metric=evaluations.METRIC))
    rest = pd.concat(make().evaluations(flow_id=FOREST, metric=evaluations.METRIC, page_size=30, offset=70))
    pd.testing.assert_frame_equal(rest, whole.iloc[70:])
    assert list(make().evaluations(flow_id=FOREST, metric=evaluations.METRIC, offset=N)) == []


def test_evaluations_of_tasks_and_of_another_metric(make: MakeClient) -> None:
    some = pd.concat(make().evaluations(task_ids=[TASK, TASK + 3], metric=evaluations.METRIC))
    assert some.groupby(["task_id", "flow_id"]).size().tolist() == [evaluations.N_MADE] * 6
    both = pd.concat(make().evaluations(task_ids=[TASK], flow_id=J48, metric=evaluations.METRIC))
    assert len(both) == evaluations.N_MADE
    assert list(make().evaluations(flow_id=J48, metric="kappa")) == []


def test_setups_are_fetched_many_at_once(server: OpenMLServer, make: MakeClient) -> None:
    block = server.answers.listing.blocks[1]
    ids = range(block.first_id, block.first_id + N)
    found = make().setups([*ids, 5, *ids])
    assert list(found) == list(ids)
    assert server.count() == 1
    forest = "sklearn.ensemble.forest.RandomForestClassifier(1)_"
    for number, values in enumerate(found.values()):
        assert set(values) == {"sklearn.impute.SimpleImputer(1)_strategy", *(
            forest + name for name in ("bootstrap", "criterion", "max_depth", "max_features", "min_samples_leaf",
                                       "min_samples_split", "n_estimators"))}
        assert json.loads(values[forest + "n_estimators"]) == 100
        leaf = values[forest + "min_samples_leaf"]
        assert leaf == block.settings["randomforestclassifier__min_samples_leaf"][number]
        assert json.loads(values[forest + "criterion"]) in ("gini", "entropy")
    assert make().setups([5]) == make().setups([]) == {}


def test_more_setups_than_an_address_holds_are_fetched_in_parts(server: OpenMLServer, make: MakeClient) -> None:
    assert len(make().setups(range(60_000 - 995, 60_005))) == 5
    assert server.count("setups") == 2


def test_setups_of_a_flow_come_in_pages(make: MakeClient) -> None:
    pages = list(make().setups_of_flow(J48, page_size=50))
    assert [len(page) for page in pages] == [50, 50, N - 100]
    assert {number: values for page in pages for number, values in page.items()} == make().setups(
        range(60_000, 60_000 + N))
    assert next(make().setups_of_flow(J48, offset=110)).keys() == {*range(60_110, 60_000 + N)}


@pytest.mark.skipif(not evaluations.FOLDER.is_dir(), reason="../shared/openml-evaluations is missing")
def test_published_evaluations_and_their_setups(make: MakeClient) -> None:
    with OpenMLServer(published=True) as server:
        client = make(server)
        frame = pd.concat(client.evaluations(flow_id=evaluations.ADABOOST, metric=evaluations.METRIC, offset=25_000))
        assert frame["run_id"].nunique() == len(frame) == 15_000
        assert frame["task_id"].nunique() == 38
        setups = client.setups(frame["setup_id"].tail(1_000))
        task = client.task(9985)
    assert (task.kind, task.n_rows, task.n_columns, task.n_classes) == ("multiclass", 6118, 51, 6)
    lines = (evaluations.FOLDER / "adaboost.arff").read_text().split()[-1_000:]
    for values, line in zip(setups.values(), lines, strict=True):
        assert [str(json.loads(value)) for value in values.values()] == line.split(",")[:5]


# What was fetched once

def test_nothing_is_fetched_twice(server: OpenMLServer, make: MakeClient) -> None:
    first = everything(make())
    n = server.count()
    assert everything(make()) == first
    # The last page of a list may have grown; behind it, the list has to end.
    assert [(request.kind, request.path.split("/")[-2:]) for request in server.requests[n:]] == [
        (kind, ["offset", offset]) for kind in ("evaluations", "setups") for offset in ("100", str(N))]


def test_what_was_fetched_is_there_without_the_server(server: OpenMLServer, make: MakeClient) -> None:
    truth = make().table(TASK), make().task(TASK), make().setups([60_000])
    server.__exit__(None, None, None)
    table = make(retries=0).table(TASK)
    assert table.X.equals(truth[0].X)
    assert (make(retries=0).task(TASK), make(retries=0).setups([60_000])) == truth[1:]
    with pytest.raises(OpenMLError, match=r"connection failed.*reached from here"):
        make(retries=0).task(TASK + 1)


# A server that misbehaves

@pytest.mark.parametrize("fault", HEALED)
def test_faults_that_pass(server: OpenMLServer, make: MakeClient, tmp_path: Path, fault: Fault) -> None:
    truth = everything(make())
    kinds = {request.kind for request in server.requests}
    assert kinds == {"study", "task", "data", "features", "qualities", "download", "splits", "flow", "evaluations",
                     "setups"}
    n = server.count()
    for kind in kinds:
        server.misbehave(fault, times=2, kind=kind)
    assert everything(make(cache=tmp_path / "another")) == truth
    assert sum(request.fault is fault for request in server.requests) == 20
    assert server.count() == 2 * n + 20


@pytest.mark.parametrize(("fault", "reason"), [
    (Fault.TOO_MANY_REQUESTS, "HTTP 429.*lower requests_per_s"), (Fault.UNAVAILABLE, "HTTP 503.*try again later"),
    (Fault.DATABASE_ERROR, "error 107.*try again later"), (Fault.CUT_OFF, "broke off.*reached from here"),
    (Fault.HTML, "web page.*under maintenance"),
])
def test_faults_that_stay(server: OpenMLServer, make: MakeClient, fault: Fault, reason: str) -> None:
    server.misbehave(fault, times=100)
    for ask in (lambda: make().task(TASK), lambda: next(make().evaluations(flow_id=J48, metric=evaluations.METRIC))):
        n = server.count()
        with pytest.raises(OpenMLError, match=f"(?i){server.url}.*{reason}"):
            ask()
        assert server.count() == n + 4


def test_a_slow_answer_is_not_waited_for(server: OpenMLServer, make: MakeClient) -> None:
    server.misbehave(Fault.SLOW, delay_s=20.0, kind="flow")
    assert make(timeout_s=0.4).flow(J48).name == "weka.J48"
    assert server.count("flow") >= 2
    server.misbehave(Fault.SLOW, delay_s=20.0, times=2, kind="study")
    with pytest.raises(OpenMLError, match=r"no answer within 0.2 s, after 1 retry"):
        make(timeout_s=0.2, retries=1).suite(answers.SUITE)


def test_a_wrong_checksum_is_noticed(server: OpenMLServer, make: MakeClient) -> None:
    server.misbehave(Fault.WRONG_CHECKSUM, times=2, kind="download")
    assert len(make().table(TASK).X) == 1000
    assert server.count("download") == 3
    server.misbehave(Fault.WRONG_CHECKSUM, times=100, kind="download")
    with pytest.raises(OpenMLError, match=r"checksum.*leave its data set out"):
        make().table(TASK + 1)


@pytest.mark.parametrize("fault", [Fault.EMPTY_PAGE, Fault.REPEATED_PAGE])
def test_an_empty_or_repeated_page_is_asked_for_again(server: OpenMLServer, make: MakeClient, fault: Fault) -> None:
    pages, setups = (make().evaluations(flow_id=J48, metric=evaluations.METRIC, page_size=50),
                     make().setups_of_flow(J48, page_size=50))
    first = next(pages), next(setups)
    server.misbehave(fault, times=2, kind="evaluations")
    server.misbehave(fault, times=2, kind="setups")
    assert pd.concat([first[0], *pages])["run_id"].tolist() == list(range(60_000, 60_000 + N))
    assert len({number for page in (first[1], *setups) for number in page}) == N


@pytest.mark.parametrize(("fault", "reason"), [(Fault.EMPTY_PAGE, "empty page"), (Fault.REPEATED_PAGE, "repeats")])
def test_a_list_that_does_not_get_further_ends_with_an_error(server: OpenMLServer, make: MakeClient, fault: Fault,
                                                             reason: str) -> None:
    for ask in (lambda **at: make().evaluations(flow_id=J48, metric=evaluations.METRIC, page_size=50, **at),
                lambda **at: make().setups_of_flow(J48, page_size=50, **at)):
        pages = ask()
        next(pages)
        server.misbehave(fault, times=4)
        with pytest.raises(OpenMLError, match=f"offset/50: .*{reason}.*try again later"):
            next(pages)
        assert sum(map(len, ask(offset=50))) == N - 50  # no wrong page was kept


def test_what_does_not_exist_is_asked_for_once(server: OpenMLServer, make: MakeClient) -> None:
    for ask, code in ((lambda: make().task(7), 151), (lambda: make().suite("of-nobody"), 601),
                      (lambda: make().flow(7), 181), (lambda: make().qualities(7), 111)):
        n = server.count()
        with pytest.raises(OpenMLError, match=f"error {code}.*exists") as error:
            ask()
        assert error.value.code == code
        assert server.count() == n + 1


# A guest in the process

def test_nothing_of_openml_or_of_the_process_stays_changed(make: MakeClient, package: Any, tmp_path: Path,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    def state() -> tuple[Any, ...]:
        return (dict(package.config.get_config_as_dict()), package._api_calls._send_request, dict(os.environ),
                list(logging.getLogger().handlers), sorted(folders.iterdir()))
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    folders = tmp_path / "temporary"
    folders.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders))
    before = state()
    everything(make())
    with pytest.raises(OpenMLError):
        make().task(7)
    assert state() == before


def test_the_default_server_is_the_one_that_openml_is_set_to(server: OpenMLServer, package: Any, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package.config, "server", server.url)
    assert OpenMLClient(cache=tmp_path).flow(J48).name == "weka.J48"


@pytest.mark.parametrize("missing", ["openml", "requests"])
def test_a_missing_package_is_named_with_the_extra(make: MakeClient, missing: str,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(KnowledgeBaseError, match=rf"{missing}: pip install 'precedent-automl\[openml\]'"):
        make()
