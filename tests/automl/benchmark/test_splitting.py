from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl.benchmark.splitting import Splits
from automl.benchmark.suite import BenchmarkTable, read_suite
from automl.dataset import load_dataset
from knowledge_base import KnowledgeBase
from knowledge_base.default import shipped_paths

SHARED = Path("/work/shared/datasets")
LETTERS = pd.Series(list("ab") * 5)


def columns(*names):
    return pd.DataFrame({name: np.arange(10.0) for name in names})


def test_a_split_has_the_rows_of_its_fold(real, a_run):
    table = real["glass"]
    splits = [Splits().of(table, a_run("constant", table, fold=fold)) for fold in range(5)]
    rows = table.read()
    assert sum(len(split.X_test) for split in splits) == len(rows.X)
    for split in splits:
        assert len(split.X_train) + len(split.X_test) == len(rows.X)
        assert split.X_test.index.tolist() == list(range(len(split.X_test)))
        assert split.classes == tuple(sorted(set(rows.y.astype(str))))
        assert set(split.y_train) <= set(split.classes)


def test_amounts_are_floats(real, a_run):
    split = Splits().of(real["cholesterol"], a_run("constant", real["cholesterol"]))
    assert split.classes == ()
    assert split.y_train.dtype == "float64"


def test_the_content_hash_is_that_of_a_fit_on_the_whole_table(a_table, a_run):
    """As numbers, 2 comes before 10; as labels it does not."""
    X, y = columns("x"), pd.Series([10, 2] * 5)
    table = a_table(X, y, "binary")
    split = Splits().of(table, a_run("constant", table))
    assert split.classes == ("10", "2")
    assert split.content_hash == load_dataset(X, y).content_hash


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the tables that the shipped store was made from")
def test_the_content_hashes_are_those_of_the_store_that_ships(a_run):
    names = ["iris", "optdigits", "balance-scale", "cpu-act", "sonar"]
    tables = [each for each in read_suite(str(SHARED)) if each.name in names]
    studies = pd.concat([KnowledgeBase(path, read_only=True).studies() for path in shipped_paths()])
    known = studies.groupby("name")["content_hash"].agg(set)  # a table may have been collected in several studies
    found = {each.name: Splits().of(each, a_run("constant", each)).content_hash for each in tables}
    whole = {name: known.loc[name] for name in found if name in known.index}
    assert len(whole) >= 3
    same = [name for name in whole if whole[name] == {found[name]}]
    assert len(same) >= 3


def test_a_table_is_read_once_for_the_runs_that_follow_each_other(real, a_run):
    reads = []

    def counted(table):
        def read():
            reads.append(table.name)
            return table.read()

        return BenchmarkTable(table.suite, table.name, table.task, read)

    glass, colic = counted(real["glass"]), counted(real["colic"])
    splits = Splits()
    for table, fold in [(glass, 0), (glass, 1), (colic, 0), (colic, 0), (glass, 0)]:
        splits.of(table, a_run("constant", table, fold=fold))
    assert reads == ["glass", "colic", "glass"]


@pytest.mark.parametrize(
    ("X", "y", "task", "error"),
    [
        (columns("x", "__target__"), LETTERS, "binary", "column.* called '__target__'.*rename it"),
        (columns("x"), LETTERS.replace("a", "prediction"), "binary", "classes is called 'prediction'.*rename it"),
        (columns("1", 1), LETTERS, "binary", "two of its columns are called '1': rename one"),
        (columns("x"), pd.Series(list("abc") * 3 + ["a"]), "binary", "said to be binary, but its target has 3 classes"),
        (columns("x"), pd.Series(["a"] * 10), "multiclass", "class"),
        (columns("x"), LETTERS, "regression", "number|float"),
        (columns("x"), pd.Series([np.inf, *range(9)]), "regression", "infinity"),
        (columns("x").iloc[:3], LETTERS.iloc[:3], "binary", "3 rows, too few for 5 outer folds"),
    ],
)
def test_a_table_that_would_break_runs_is_refused(a_table, a_run, X, y, task, error):
    table = a_table(X, y, task)
    with pytest.raises(Exception, match=error):
        Splits().of(table, a_run("constant", table))


def test_a_column_called_prediction_is_a_column_like_others(a_table, a_run):
    table = a_table(columns("prediction", 7), LETTERS, "binary")
    assert list(Splits().of(table, a_run("constant", table)).X_train) == ["prediction", "7"]
