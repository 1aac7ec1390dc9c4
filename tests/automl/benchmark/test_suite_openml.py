from __future__ import annotations

import dataclasses

import numpy as np
import openml_answers
import openml_tables
import pytest
import real_tables
from openml_server import Fault

from automl.benchmark.splitting import Splits
from automl.benchmark.suite import outer_folds
from automl.benchmark.suite_openml import read_openml_suite
from knowledge_base.openml_client import OpenMLClient, OpenMLError

TASKS = {name: openml_tables.FIRST_TASK + i for i, name in enumerate(real_tables.NAMES)}


@pytest.fixture
def client(server, tmp_path):
    return OpenMLClient(server.url, cache=tmp_path / "cache", requests_per_s=1e6, retries=1, backoff_s=0.001)


@pytest.mark.parametrize("name", ["glass", "cholesterol"])
def test_a_task_on_its_own_splits(client, a_run, name):
    (table,) = read_openml_suite(client, f"openml/t/{TASKS[name]}")
    truth = openml_tables.datasets()[real_tables.NAMES.index(name)]
    assert (table.suite, table.name, table.task) == (f"openml/t/{TASKS[name]}", name, truth.kind)
    rows = table.read()
    X, y = real_tables.load_table(name)
    assert list(rows.X) == list(X)
    for fold, (train, test) in enumerate(outer_folds(rows, table.task, 10)):
        assert sorted(test) == np.flatnonzero(truth.folds() == fold).tolist()
        assert not set(train) & set(test)
    split = Splits().of(table, a_run("constant", table, fold=3, conditions={"n_folds": 10}))
    expected = y[truth.folds() == 3].astype(str if truth.kind != "regression" else float)
    assert split.y_test.tolist() == expected.tolist()


def test_a_suite_by_its_number_or_alias(client, server):
    by_number = read_openml_suite(client, f"openml/s/{openml_answers.SUITE}")
    by_alias = read_openml_suite(client, f"openml/s/{openml_answers.SUITE_ALIAS}")
    names = [table.name for table in by_number]
    assert set(real_tables.NAMES) <= set(names)
    assert [table.name for table in by_alias] == names
    assert {table.suite for table in by_alias} == {f"openml/s/{openml_answers.SUITE_ALIAS}"}
    assert server.count("file") == 0  # tables are read when they are run


def test_fewer_folds_are_its_first_ones(client, a_run):
    (table,) = read_openml_suite(client, f"openml/t/{TASKS['glass']}")
    few, all_ten = ([test.tolist() for _, test in outer_folds(table.read(), table.task, n)] for n in (2, 10))
    assert few == all_ten[:2]
    with pytest.raises(ValueError, match="folds of its own, 10: ask for no more by --outer-folds"):
        Splits().of(table, a_run("constant", table, conditions={"n_folds": 11}))


def test_tables_of_one_name_are_told_apart(client, monkeypatch):
    real = client.task
    monkeypatch.setattr(client, "task", lambda task_id: dataclasses.replace(real(task_id), dataset_name="same"))
    ids = [TASKS["glass"], TASKS["colic"]]
    monkeypatch.setattr(client, "suite", lambda name: [*ids, ids[0]])
    tables = read_openml_suite(client, "openml/s/1")
    assert [(table.suite, table.name) for table in tables] == [(f"openml/t/{i}", "same") for i in ids]


@pytest.mark.parametrize("source", ["openml/", "openml/s/", "openml/t/iris", "openml/d/61", "openml/271"])
def test_another_form_is_refused(client, source):
    with pytest.raises(ValueError, match="is no suite of OpenML: write openml/s/271, openml/s/ALIAS or openml/t/59"):
        read_openml_suite(client, source)


@pytest.mark.parametrize("source", ["openml/t/999", "openml/s/999", "openml/s/no-such-alias"])
def test_what_openml_does_not_know_is_said(client, source):
    with pytest.raises(OpenMLError, match=source.rpartition("/")[2]):
        read_openml_suite(client, source)


def test_a_server_that_is_down_is_said(client, server):
    server.misbehave(Fault.UNAVAILABLE, times=100)
    with pytest.raises(OpenMLError, match="503"):
        read_openml_suite(client, f"openml/t/{TASKS['glass']}")
