from __future__ import annotations

import numpy as np
import openml_tables as tables
import pandas as pd
import pytest
from openml_tables import document, element, nested

from knowledge_base.openml_answers import evaluations_page, setups_page, splits
from knowledge_base.openml_requests import PassingFault

IDS = {"run_id": 1, "task_id": 2, "setup_id": 3, "flow_id": 4, "data_id": 5}


def evaluation(**changes: object) -> str:
    fields = {**IDS, "flow_name": "a<b>(1)", "data_name": "d", "value": 0.5, "upload_time": "2018-03-01 12:00:00"}
    return nested("evaluation", *(element(name, value) for name, value in {**fields, **changes}.items()
                                  if value is not None))


def test_evaluations() -> None:
    page = evaluations_page(document("evaluations", evaluation(), evaluation(run_id=9, value=None, data_name=None)))
    assert page.columns.tolist() == ["run_id", "task_id", "setup_id", "flow_id", "dataset_id", "flow_name",
                                     "dataset_name", "value", "upload_time"]
    assert page.iloc[0].tolist() == [1, 2, 3, 4, 5, "a<b>(1)", "d", 0.5, pd.Timestamp("2018-03-01 12:00:00")]
    assert page["run_id"].tolist() == [1, 9]
    assert np.isnan(page["value"][1])
    assert pd.isna(page["dataset_name"][1])


@pytest.mark.parametrize("value", ["", "NaN", "many"])
def test_a_value_that_is_no_number_is_missing(value: str) -> None:
    assert evaluations_page(document("evaluations", evaluation(value=value)))["value"].isna().all()


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("value", [None, "", "x"])
def test_an_evaluation_without_its_ids_is_a_fault(name: str, value: str | None) -> None:
    with pytest.raises(PassingFault, match=f"element {name} is missing or no number"):
        evaluations_page(document("evaluations", evaluation(**{name: value})))


def test_setups() -> None:
    page = setups_page(document(
        "setups",
        nested("setup", element("setup_id", 7), element("flow_id", 1),
               *(nested("parameter", element("full_name", name), element("default_value", 1), element("value", value))
                 for name, value in (("a(1)_x", '"gini"'), ("a(1)_y", ""), ("b(2)_x", "<&>")))),
        nested("setup", element("setup_id", 8), element("flow_id", 1))))
    assert page == {7: {"a(1)_x": '"gini"', "a(1)_y": "", "b(2)_x": "<&>"}, 8: {}}


@pytest.mark.parametrize(("read", "root"), [(evaluations_page, "evaluations"), (setups_page, "setups")])
def test_pages_that_are_none(read: object, root: str) -> None:
    assert callable(read)
    whole = {"evaluations": document(root, evaluation()),
             "setups": document(root, nested("setup", element("setup_id", 7)))}[root]
    for body, reason in ((document(root), "empty page"), (whole[:-30], "part of it"), (b"", "something else"),
                         (document("tasks"), "element http://openml.org/openml}tasks"),
                         (b"<html><br></html>", "web page")):
        with pytest.raises(PassingFault, match=reason):
            read(body)


def test_a_parameter_without_a_name_is_a_fault() -> None:
    with pytest.raises(PassingFault, match="came in place"):
        setups_page(document("setups", nested("setup", element("setup_id", 7), nested("parameter",
                                                                                      element("value", 1)))))


def test_splits_of_several_repeats_come_by_repeat_and_fold() -> None:
    lines = [f"{kind},{row},{repeat},{fold}\n" for fold in (1, 0) for repeat in (1, 0)
             for kind, row in (("TEST", 2 * repeat + fold), ("TRAIN", 3), ("TRAIN", 1))]
    head = "% splits\n@RELATION x\n@ATTRIBUTE 'type' {TRAIN, TEST}\n" + "".join(
        f"@ATTRIBUTE {name} NUMERIC\n" for name in ("rowid", "repeat", "fold"))
    found = splits((head + "@DATA\n" + "".join(lines)).encode())
    assert [test.tolist() for _, test in found] == [[0], [1], [2], [3]]
    assert [train.tolist() for train, _ in found] == [[3, 1]] * 4


@pytest.mark.parametrize("change", [
    lambda body: body[:-20], lambda body: body + b"TEST,7\n", lambda body: body.replace(b"TEST,", b"TESTS,", 1),
    lambda body: b"<html></html>", lambda body: b"", lambda body: body.replace(b"rowid", b"row"),
    lambda body: body.split(b"@data")[0],
])
def test_splits_that_are_none(change: object) -> None:
    assert callable(change)
    body = tables.splits(tables.datasets()[0])
    assert body is not None
    assert len(splits(body)) == 10
    with pytest.raises(PassingFault, match="cannot be read"):
        splits(change(body))
