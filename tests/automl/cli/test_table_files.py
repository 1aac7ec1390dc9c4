from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from automl.cli.table_files import check_writable, missing_column, read_table, write_table
from automl.cli.user_errors import UserError

TABLE = pd.DataFrame({"number": [1.5, np.nan, 3.0], "word": ["a", None, "c,d\n"], "whole": [1, 2, 3]})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "T.PARQUET", "it's [1] *.parquet"])
def test_what_is_written_is_read_back(tmp_path, name):
    path = str(tmp_path / name)
    write_table(TABLE, path)
    assert read_table(path).to_csv() == TABLE.to_csv()


def test_a_pipe_reads_and_writes_csv(monkeypatch, capsys):
    write_table(TABLE, None)
    written = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written.encode())))
    assert read_table("-").to_csv() == TABLE.to_csv()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("header.csv", b"a,b\n", "the table has no rows"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3,4\n", "not a CSV table"),
        ("binary.csv", b"\xff\xfe\x00\x81PAR1,\x00", "not a CSV table"),
        ("text.parquet", b"a,b\n1,2\n", "not a Parquet table"),
    ],
)
def test_what_is_no_table_is_said_so(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as raised:
        read_table(str(path))
    assert str(path) in str(raised.value)


def test_a_missing_file_is_said_so():
    with pytest.raises(UserError, match=r"nowhere\.csv: no such file"):
        read_table("nowhere.csv")


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    check_writable(str(tmp_path / "new.automl"))
    with pytest.raises(UserError, match="is a folder"):
        check_writable(str(tmp_path))
    with pytest.raises(UserError, match="does not exist"):
        check_writable(str(tmp_path / "no" / "new.automl"))


def test_a_missing_column_names_what_there_is():
    error = missing_column("zzz", [f"c{i}" for i in range(20)], "t.csv")
    assert str(error) == ("t.csv: no column 'zzz'; it has c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 8 more")
