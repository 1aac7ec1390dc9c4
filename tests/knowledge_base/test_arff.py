from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base import InvalidRecord
from knowledge_base.arff import Arff, read

_HEAD = "@relation r\n@attribute name string\n@attribute size numeric\n@data\n"


def parsed(folder: Path, text: str) -> Arff:
    path = folder / "some.arff"
    path.write_bytes(text.encode())
    return read(path)


def test_the_whole_grammar_is_read(tmp_path: Path) -> None:
    arff = parsed(tmp_path, """\ufeff% made for this test
%

@RELATION 'all of it'
  % in the header
@Attribute 'two words' STRING\r
@attribute "d'or"   {a, 'b, c' ,"d"}
@ATTRIBUTE size\tReal
@attribute day date "yyyy-MM-dd"
@attribute n integer
@DATA
% in the data
plain text , a, 1.5e-3 ,2020-01-01,7
'it\\'s, "100 %" \\\\ \\t\\n', 'b, c', -.5, "2020-01-02", +3.
\t"?" , ?, ?, ?, ?

'', d, 1E5, x, -inf
% at the end""")
    assert (arff.relation, arff.comments) == ("all of it", ("made for this test", "", "in the header"))
    expected = pd.DataFrame({
        "two words": ["plain text", "it's, \"100 %\" \\ \t\n", "?", ""], "d'or": ["a", "b, c", None, "d"],
        "size": [0.0015, -0.5, np.nan, 1e5], "day": ["2020-01-01", "2020-01-02", None, "x"],
        "n": [7.0, 3.0, np.nan, -np.inf]}, index=pd.Index([13, 14, 15, 17], name="line"), dtype=object)
    pd.testing.assert_frame_equal(arff.rows, expected.astype({"size": float, "n": float}))


def test_a_file_may_have_no_rows(tmp_path: Path) -> None:
    rows = parsed(tmp_path, _HEAD).rows
    assert rows.empty
    assert rows["size"].dtype == float


@pytest.mark.parametrize(("text", "message"), [
    ("", "no @data section"),
    ("@relation r\n@attribute a real\n", "no @data section"),
    ("@relation r\n@data\n", "line 2: expected @relation, @attribute"),
    ("<html>\n", "line 1: expected @relation, .*got '<html>'"),
    ("@relation r\n@attribute a\n@data\n", "line 2"),
    ("@relation r\n@attribute a complex\n", "line 2: attributes of type 'complex' are not supported"),
    ("@relation r\n@attribute a relational\n", "line 2: attributes of type 'relational'"),
    ("@relation r\n@attribute a {x,,y}\n", "line 2: no value can be read at character 3"),
    ("@relation r\n@attribute a real\n@attribute a real\n@data\n", "line 3: attribute 'a' comes twice"),
    (_HEAD + "a,1\nb\n", "line 6: there are 1 values for 2 attributes"),
    (_HEAD + "a,1,2\n", "line 5: there are 3 values for 2 attributes"),
    (_HEAD + "a,\n", "line 5: no value can be read at character 3"),
    (_HEAD + ",1\n", "line 5: no value can be read at character 1"),
    (_HEAD + "'a,1\n", "line 5: no value can be read at character 1"),
    (_HEAD + "'a'b,1\n", "line 5: no value can be read at character 1"),
    (_HEAD + "a,one\n", "line 5: size is 'one', expected a number"),
    (_HEAD + "a,1_000\n", "line 5: size is '1_000'"),
    (_HEAD + "{0 a, 1 1}\n", "line 5: sparse rows are not supported"),
    ("@relation r\n@attribute a {x, y}\n@data\nz\n", "line 4: a is 'z', expected one of x, y"),
])
def test_what_does_not_fit_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidRecord, match=rf"some\.arff.*{message}"):
        parsed(tmp_path, text)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecord, match=r"none\.arff cannot be read"):
        read(tmp_path / "none.arff")
    (tmp_path / "some.arff").write_bytes(b"@relation \xff")
    with pytest.raises(InvalidRecord, match=r"some\.arff cannot be read"):
        read(tmp_path / "some.arff")


@settings(suppress_health_check=list(HealthCheck), max_examples=100, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1), quote=st.sampled_from("'\""))
def test_any_text_comes_back_from_between_quotes(tmp_path: Path, texts: list[str], quote: str) -> None:
    escapes = {"\\": "\\\\", quote: "\\" + quote, "\n": "\\n", "\r": "\\r"}
    lines = [quote + "".join(escapes.get(character, character) for character in text) + quote + ",1" for text in texts]
    assert parsed(tmp_path, _HEAD + "\n".join(lines)).rows["name"].tolist() == texts


def test_a_long_line_that_does_not_end_well_is_refused_soon(tmp_path: Path) -> None:
    begun = time.process_time()
    for line in (" " * 100_000 + "'", "a" + " " * 100_000 + "'", "'" + "\\a" * 50_000):
        with pytest.raises(InvalidRecord, match="line 5"):
            parsed(tmp_path, f"{_HEAD}{line}\n")
    assert time.process_time() - begun < 2.0
