from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base import KnowledgeBase, Locked, Writer, folding
from knowledge_base.inbox import files
from knowledge_base.layout import Layout
from knowledge_base.locks import held

Start = Callable[..., Writer]
Make = Callable[..., dict[str, Any]]


@pytest.fixture
def closed_file(kb: KnowledgeBase, start: Start, an_outcome: Make) -> Path:
    """An inbox file of three outcomes that nobody has folded in."""
    kb.inbox.mkdir(parents=True, exist_ok=True)
    with held(Layout.of(kb.path).lock, wait_s=0.0), start(kb) as writer:
        for number in range(3):
            writer.append(an_outcome(number))
    (path,) = files(kb.inbox)
    return path


def test_what_is_written_comes_back(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    with start(kb, metafeatures={"log10_n_rows": 2.25, "absent": None}) as writer:
        writer.append(an_outcome(0, trial_number=7))
        writer.append({"configuration_id": "k1", "algorithm": "svm", "configuration": {}, "status": "timeout",
                       "is_full_fidelity": False})
    first, second = kb.outcomes(full_fidelity=None).to_dict("records")
    expected = an_outcome(0, trial_number=7)
    fidelity = expected.pop("fidelity")
    configuration = expected.pop("configuration")
    assert first["fold_losses"].tolist() == expected.pop("fold_losses")
    assert json.loads(first["configuration"]) == configuration
    assert {name: first[name] for name in fidelity} == fidelity
    assert first["error"] is None or first["error"] != first["error"]
    del expected["error"]
    assert {name: first[name] for name in expected} == expected
    assert second["status"] == "timeout"
    assert second["loss"] != second["loss"]
    assert second["metrics"] == {}
    assert files(kb.inbox) == []


def test_a_second_fold_of_the_same_file_adds_nothing(kb: KnowledgeBase, closed_file: Path) -> None:
    content = closed_file.read_bytes()
    assert kb.fold() == 3
    closed_file.write_bytes(content)  # as if killed between the transaction and the removal
    assert kb.fold() == 0
    assert files(kb.inbox) == []
    assert len(kb.outcomes()) == 3


def test_a_half_written_last_line_is_left_out(kb: KnowledgeBase, closed_file: Path) -> None:
    whole = closed_file.read_bytes()
    closed_file.write_bytes(whole[:-10])
    assert kb.fold() == 2
    assert kb.check().quarantined == 0


def test_a_file_cut_anywhere_gives_its_whole_lines(closed_file: Path) -> None:
    whole = closed_file.read_bytes()
    for length in range(0, len(whole) + 1, 17):
        closed_file.write_bytes(whole[:length])
        result = folding.read(closed_file)
        assert len(result.outcomes) == max(whole[:length].count(b"\n") - 1, 0)
        assert result.bad_lines == []


@pytest.mark.parametrize("junk", [b"\xff\xfe\x00", b"null", b"[]", b"{}", b'{"number": 1}', b"NaN", b"[" * 5000,
                                  b'{"number": {}, "status": []}'])
def test_a_line_that_is_none_is_set_aside_and_counted(kb: KnowledgeBase, closed_file: Path, junk: bytes) -> None:
    header, *outcomes = closed_file.read_bytes().splitlines(keepends=True)
    closed_file.write_bytes(header + outcomes[0] + junk + b"\n" + outcomes[1] + outcomes[2])
    report = kb.check()
    assert (report.waiting, report.quarantined, report.is_ok) == (3, 1, False)
    assert kb.fold() == 3
    (aside,) = (kb.inbox / "quarantine").iterdir()
    assert aside.read_bytes() == junk + b"\n"
    report = kb.check()
    assert (report.waiting, report.quarantined, report.is_ok) == (0, 1, True)


def test_a_file_without_a_readable_head_is_set_aside_whole(kb: KnowledgeBase, closed_file: Path) -> None:
    content = b"no head" + closed_file.read_bytes()
    closed_file.write_bytes(content)
    assert kb.fold() == 0
    assert (kb.inbox / "quarantine" / closed_file.name).read_bytes() == content
    assert files(kb.inbox) == []


def test_a_file_that_the_database_refuses_does_not_hold_up_the_others(
        kb: KnowledgeBase, closed_file: Path, start: Start, an_outcome: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = folding.read(closed_file)
    for row in bad.outcomes:
        row["status"] = None  # past the checks of the records: NOT NULL in the table
    real = folding.read
    monkeypatch.setattr(folding, "read", lambda path: bad if path == closed_file else real(path))
    with start(kb, "c1") as writer:
        writer.append(an_outcome())
    assert kb.outcomes()["content_hash"].tolist() == ["c1"]
    assert (kb.inbox / "quarantine" / closed_file.name).exists()


def test_a_file_of_a_later_format_waits_for_a_later_version(kb: KnowledgeBase, closed_file: Path) -> None:
    content = closed_file.read_bytes().replace(b'"format":1', b'"format":2', 1)
    closed_file.write_bytes(content)
    assert kb.fold() == 0
    assert closed_file.read_bytes() == content
    report = kb.check()
    assert not report.is_ok
    assert "upgrade" in report.problems[0]


def test_folding_gives_up_quietly_and_loses_nothing_when_the_store_is_held(
        kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    kb.inbox.mkdir()
    with held(Layout.of(kb.path).lock, wait_s=0.0):
        with start(kb) as writer:
            writer.append(an_outcome())
        with pytest.raises(Locked):
            kb.fold(wait_s=0.01)
    assert kb.check().waiting == 1
    assert kb.fold() == 1


def test_more_files_than_a_batch_all_come_in(kb: KnowledgeBase, closed_file: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    header, *outcomes = closed_file.read_bytes().splitlines(keepends=True)
    name = json.loads(header)["study"].encode()
    for _ in range(9):
        study = uuid.uuid4().hex
        (kb.inbox / f"{study}.jsonl").write_bytes(header.replace(name, study.encode()) + b"".join(outcomes))
    monkeypatch.setattr(folding, "_FILES_AT_ONCE", 4)
    monkeypatch.setattr(folding, "_OUTCOMES_AT_ONCE", 6)
    assert kb.fold() == 30
    assert kb.outcomes()["study_id"].nunique() == 10


def test_values_beyond_what_a_float_holds_become_infinite(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    with start(kb) as writer:
        writer.append(an_outcome(0, loss=1e300, fold_losses=[1e300, -1e300, None], seconds=1e300,
                                 fidelity={"folds": 2**62}))
    row = kb.outcomes().iloc[0]
    assert row["loss"] == 1e300
    assert str(row["fold_losses"].tolist()) == "[inf, -inf, nan]"
    assert row["seconds"] == float("inf")
    assert row["folds"] == 2**62


@pytest.mark.parametrize(("clock", "expected"), [("1970-01-01T00:00:00+00:00", "1970-01-01"),
                                                 ("2999-12-31T23:00:00-02:00", "3000-01-01 01:00:00")])
def test_clocks_that_go_wrong_decide_nothing(kb: KnowledgeBase, closed_file: Path, fill: Callable[..., None],
                                             clock: str, expected: str) -> None:
    header, *outcomes = closed_file.read_bytes().splitlines(keepends=True)
    record = json.loads(header) | {"started_at": clock}
    closed_file.write_bytes(json.dumps(record).encode() + b"\n" + b"".join(outcomes))
    os.utime(closed_file, (0, 0))
    fill(kb, "c1")
    stored = kb.outcomes()
    assert len(stored) == 4
    assert set(stored.loc[stored["content_hash"] == "c0", "started_at"].astype(str)) == {expected}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**200) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["\ud800", "0001-01-01T00:00:00+23:00", "nan", "{}", "{"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2), max_leaves=3)


@settings(suppress_health_check=list(HealthCheck), max_examples=4, deadline=None)
@given(data=st.data())
def test_no_file_whatever_it_holds_holds_up_the_others(kb: KnowledgeBase, start: Start, an_outcome: Make,
                                                       data: st.DataObject) -> None:
    left = set(files(kb.inbox))  # of a newer version, by the example before
    writer = start(kb, "good", metafeatures={"size": 1.0})
    writer.append(an_outcome())
    (good,) = set(files(kb.inbox)) - left
    header, outcome = (json.loads(line) for line in good.read_text().splitlines())
    for _ in range(40):
        lines = [dict(header, study=uuid.uuid4().hex), dict(outcome)]
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.sampled_from(sorted(line)))] = data.draw(_JSON)
        (kb.inbox / f"{uuid.uuid4().hex}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    before = len(kb.outcomes())
    writer.close()
    assert len(kb.outcomes()) > before
    assert "good" in kb.outcomes()["content_hash"].tolist()
    assert len(files(kb.inbox)) == sum(folding.read(file).is_newer for file in files(kb.inbox))
    report = kb.check()
    assert not [problem for problem in report.problems if "newer" not in problem]
