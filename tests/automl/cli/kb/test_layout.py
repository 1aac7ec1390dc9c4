from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from automl.cli.kb.layout import bar, numbers, table, words


def printed(*arguments: object) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=80).print(table(*arguments))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_numbers_end_below_each_other():
    assert printed("Tasks [all]", [words("type"), numbers("tasks")], [["[red]a", "5"], ["b", "1,500"]]) == [
        "Tasks [all]",
        "type    tasks",
        "[red]a      5",
        "b       1,500",
    ]


def test_a_narrow_terminal_cuts_nothing_off():
    out = io.StringIO()
    rows = [["neg_root_mean_squared_error", "1,234,567"]]
    Console(file=out, width=24).print(table("T", [words("metric"), numbers("configurations")], rows))
    lines = out.getvalue().splitlines()[2:]
    assert "".join(line.split()[0] for line in lines) == rows[0][0]
    assert lines[0].endswith("1,234,567")


def test_rows_that_are_left_out_are_counted():
    lines = printed("T", [words("name")], [[str(i)] for i in range(1010)], 10)
    assert len(lines) == 13
    assert lines[-1] == "and 1,000 more, which --json shows"


@given(st.floats(0, 1), st.integers(2, 50))
def test_a_bar_is_as_long_as_its_share(share, n_cells):
    length = len(bar(share, n_cells, "#"))
    assert abs(length - share * n_cells) <= 1
    assert (length == 0) == (share == 0)
    assert (length == n_cells) == (share == 1)
