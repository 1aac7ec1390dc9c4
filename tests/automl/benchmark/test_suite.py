from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import real_tables

from automl.benchmark.suite import METRICS, Rows, choose, outer_folds, read_suite

HOSTILE = [
    "a,b", 'say "when"', "x'); DROP TABLE run; --", "two\nlines", "NA", "null", "below/deeper", "[a-z]*", "%s {0}",
    "été 🙂", "a;b\tc",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Writes a folder of CSV files and their catalog."""

    def write(*rows, columns=("name", "target", "task"), where=tmp_path / "suite"):
        where.mkdir(exist_ok=True)
        catalog = pd.DataFrame(rows, columns=list(columns))
        catalog.to_csv(where / "catalog.csv", index=False)
        for name in catalog.get("name", ()):
            path = where / f"{name}.csv"
            path.parent.mkdir(exist_ok=True, parents=True)
            pd.DataFrame({"x": range(10), "y": ["no", "yes"] * 5}).to_csv(path, index=False)
        return where

    return write


def test_a_folder_with_a_catalog(real):
    assert list(real) == list(real_tables.NAMES)
    for name, table in real.items():
        X, y = real_tables.load_table(name)
        rows = table.read()
        assert (table.suite, table.task, table.metric) == (
            "data", real_tables.CATALOG.loc[name, "task"], METRICS[table.task],
        )  # fmt: skip
        assert list(rows.X) == list(X)
        kind = float if table.task == "regression" else str
        assert rows.y.astype(kind).tolist() == y.astype(kind).tolist()
        assert rows.folds is None


def test_parquet_keeps_types_and_comes_before_csv(folder):
    where = folder(("t", "y", ""))
    table = pd.DataFrame({"x": pd.Categorical(["b", "a"] * 5), "y": np.linspace(0, 1, 10)}, index=range(5, 15))
    table.to_parquet(where / "t.parquet")
    (read,) = read_suite(str(where))
    assert read.task == "regression"
    pd.testing.assert_series_equal(read.read().X["x"], table["x"].reset_index(drop=True))


def test_the_task_is_inferred_where_the_catalog_is_silent(tmp_path):
    targets = {
        "binary": ["no", "yes"] * 10, "multiclass": [1, 2, 3, 4] * 5, "regression": np.linspace(0.5, 9, 20),
    }  # fmt: skip
    for name, y in targets.items():
        pd.DataFrame({"x": range(20), "y": y}).to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "catalog.csv").write_text("name,target\nbinary,y\nmulticlass,y\nregression,y\n")
    assert [table.task for table in read_suite(str(tmp_path))] == list(targets)


def test_rows_without_a_target_are_left_out(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,\n3,b\n,a\n")
    (table,) = read_suite(f"{tmp_path}/t.csv:y")
    rows = table.read()
    assert rows.y.tolist() == ["a", "b", "a"]
    assert rows.X["x"].fillna(0).tolist() == [1, 3, 0]
    assert rows.X.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize("target", ["y", "y:z", ":", "a.csv:y"])
def test_a_single_file_whose_target_may_have_colons(tmp_path, target):
    pd.DataFrame({"x": range(6), target: list("aabbab")}).to_csv(tmp_path / "t.csv", index=False)
    (table,) = read_suite(f"{tmp_path}/t.csv:{target}")
    assert (table.suite, table.name, table.task) == ("files", "t", "binary")
    assert table.read().y.tolist() == list("aabbab")


def test_hostile_names_come_back_as_they_are(folder):
    where = folder(*((name, "y", "binary") for name in HOSTILE))
    assert [table.name for table in read_suite(str(where))] == HOSTILE
    assert {len(table.read().X) for table in read_suite(str(where))} == {10}


@pytest.mark.parametrize("name", ["../elsewhere", "/etc/passwd", "a/../../b"])
def test_a_name_cannot_lead_out_of_the_folder(folder, name):
    where = folder(("t", "y", ""))
    (where / "catalog.csv").write_text(f"name,target\n{name},y\n")
    with pytest.raises(ValueError, match="leads out of the folder"):
        read_suite(str(where))


@pytest.mark.parametrize(
    ("catalog", "error"),
    [
        (None, "has no catalog.csv: write one with the columns name, target"),
        ("name,goal\nt,y\n", "lacks the column target"),
        ("target\ny\n", "lacks the column name"),
        ("", "lacks the column name"),
        ("name,target\n", "names no table"),
        ("name,target\nt,z\n", "t.csv has no column 'z'; it has: x, y"),
        ("name,target,task\nt,y,clustering\n", "the task 'clustering': give it one of binary, multiclass, regression"),
        ("name,target\nother,y\n", "'other', but there is no .*other.parquet and no .*other.csv"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(folder, catalog, error):
    where = folder(("t", "y", ""))
    (where / "catalog.csv").unlink()
    if catalog is not None:
        (where / "catalog.csv").write_text(catalog)
    with pytest.raises(ValueError, match=error):
        read_suite(str(where))


@pytest.mark.parametrize("source", ["no-such-folder", "no-such-file.csv:y", "http://example.org/x.csv"])
def test_what_is_no_suite_says_what_is_one(source):
    with pytest.raises(ValueError, match=r"is no suite: give a folder with a catalog.csv.* FILE:TARGET, openml/s/"):
        read_suite(source)


def test_tables_are_chosen_by_name_or_so_many_of_each_type(real):
    tables = list(real.values())
    assert choose(tables) == tables
    assert [table.name for table in choose(tables, ["glass", "colic"])] == ["colic", "glass"]
    one = choose(tables, per_type=1)
    assert [table.task for table in one] == ["binary", "multiclass", "regression"]
    assert choose(tables[::-1], per_type=1) == one  # not by their order
    assert set(one) < set(choose(tables, per_type=2))
    with pytest.raises(ValueError, match="no table 'iris' in the suite; it has: autompg, "):
        choose(tables, ["glass", "iris"])


@pytest.mark.parametrize("name", real_tables.NAMES)
def test_outer_folds_are_always_the_same_and_test_each_row_once(real, name):
    rows = real[name].read()
    folds = outer_folds(rows, real[name].task, 5)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(rows.y)))
    assert all(not set(train) & set(test) and len(train) + len(test) == len(rows.y) for train, test in folds)
    again = outer_folds(rows, real[name].task, 5)
    assert all((a[1] == b[1]).all() for a, b in zip(folds, again, strict=True))
    if real[name].task == "binary":
        shares = [rows.y.iloc[test].value_counts(normalize=True).max() for _, test in folds]
        assert max(shares) - min(shares) < 0.04


@pytest.mark.parametrize("y", [list("aaaaaaaaab"), list("aabbccddee"), list("aaaaaaabbb")])
def test_rare_classes_do_not_stop_the_splitting(y):
    folds = outer_folds(Rows(pd.DataFrame({"x": range(10)}), pd.Series(y)), "multiclass", 5)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(10))


def test_folds_of_the_source_are_kept_to():
    own = [(np.array([0, 1]), np.array([2])), (np.array([2]), np.array([0, 1]))]
    rows = Rows(pd.DataFrame({"x": range(3)}), pd.Series(list("aba")), own)
    assert outer_folds(rows, "binary", 1) == own[:1]
    with pytest.raises(ValueError, match="folds of its own, 2: ask for no more by --outer-folds"):
        outer_folds(rows, "binary", 3)


@pytest.mark.parametrize(("n_folds", "error"), [(1, "give --outer-folds 2 or more"), (4, "3 rows, too few for 4")])
def test_folds_that_cannot_be(n_folds, error):
    with pytest.raises(ValueError, match=error):
        outer_folds(Rows(pd.DataFrame({"x": range(3)}), pd.Series([0.5, 1.5, 2.5])), "regression", n_folds)
