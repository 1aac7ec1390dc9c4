from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge_base import InvalidRecord, KnowledgeBase, KnowledgeBaseError, Writer, inbox
from knowledge_base.inbox import claimed, files
from knowledge_base.records import key_of

Start = Callable[..., Writer]
Make = Callable[..., dict[str, Any]]


def lines(kb: KnowledgeBase) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files(kb.inbox) for line in file.read_text().splitlines()]


def test_an_outcome_is_in_the_file_when_append_returns(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    writer = start(kb)
    writer.append(an_outcome(0, error="line\nfeed\x00'; DROP TABLE outcome; --"))
    header, outcome = lines(kb)
    assert header["format"] == inbox.FORMAT
    assert header["content_hash"] == "c0"
    assert outcome["error"] == "line\nfeed\x00'; DROP TABLE outcome; --"
    writer.close()
    assert files(kb.inbox) == []


def test_a_refused_outcome_leaves_no_trace(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    with start(kb) as writer:
        with pytest.raises(InvalidRecord):
            writer.append(an_outcome(0, loss=None))
        assert len(lines(kb)) == 1
        writer.append(an_outcome(1))
    assert kb.outcomes()["number"].tolist() == [0]


@pytest.fixture
def named(kb: KnowledgeBase, a_task: Make) -> Callable[[str | None], Writer]:
    def make(name: str | None) -> Writer:
        return kb.writer(task=a_task(), metafeatures={}, metafeatures_version="1", space_version="1", provenance={},
                         study_name=name)

    return make


def test_a_study_that_has_a_name_is_stored_once_however_often_it_comes(kb: KnowledgeBase, named: Start,
                                                                       an_outcome: Make) -> None:
    for name, n_outcomes in (("a", 2), ("a", 3), ("a", 1), ("b", 1), (None, 1), (None, 1)):
        with named(name) as writer:
            for number in range(n_outcomes):
                writer.append(an_outcome(number))
    stored = kb.outcomes()
    assert stored.groupby("study_id").size().sort_values().tolist() == [1, 1, 1, 3]
    assert {key_of("a"), key_of("b")} <= set(stored["study_id"])
    assert kb.check().is_ok


def test_writers_of_one_study_at_the_same_time_are_folded_into_one(kb: KnowledgeBase, named: Start,
                                                                   an_outcome: Make) -> None:
    with named("a") as one, named("a") as other:
        for number in range(3):
            one.append(an_outcome(number))
            other.append(an_outcome(number))
    assert kb.outcomes()["number"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["", "'; DROP TABLE study; --", "../\x00", "שלום"])
def test_any_text_can_name_a_study(kb: KnowledgeBase, named: Start, an_outcome: Make, name: str) -> None:
    with named(name) as writer:
        writer.append(an_outcome())
    assert kb.outcomes()["study_id"].tolist() == [key_of(name)]


def test_half_of_a_surrogate_pair_names_no_study(kb: KnowledgeBase, named: Start) -> None:
    with pytest.raises(InvalidRecord, match="study_name"):
        named("\ud800")
    assert files(kb.inbox) == []


def test_a_writer_without_outcomes_leaves_nothing(kb: KnowledgeBase, start: Start) -> None:
    start(kb).close()
    assert files(kb.inbox) == []
    assert not kb.path.exists()


def test_a_closed_writer_stays_closed(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    writer = start(kb)
    writer.append(an_outcome())
    writer.close()
    writer.close()
    with pytest.raises(KnowledgeBaseError, match="closed"):
        writer.append(an_outcome())
    assert len(kb.outcomes()) == 1


def test_a_file_is_nobodys_while_its_writer_has_it(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    writer = start(kb)
    writer.append(an_outcome())
    with claimed(kb.inbox, 10) as mine:
        assert mine == []
    assert kb.fold() == 0
    os.close(writer._descriptor or -1)  # what the operating system does when a process is killed
    with claimed(kb.inbox, 10) as mine:
        assert [path.suffix for path in mine] == [inbox.LIVE]
        with claimed(kb.inbox, 10) as others:
            assert others == []
    assert kb.fold() == 1


def test_a_writer_that_is_killed_before_its_first_line_leaves_nothing_that_counts(kb: KnowledgeBase) -> None:
    kb.inbox.mkdir()
    young, old = kb.inbox / "0.new", kb.inbox / "1.new"
    for path in (young, old):
        path.touch()
    os.utime(old, (0, 0))
    report = kb.check(repair=True)
    assert (report.waiting, report.live, report.quarantined, report.problems) == (0, 0, 0, [])
    assert young.exists()
    assert not old.exists()


def test_a_full_disk_takes_back_half_a_line(kb: KnowledgeBase, start: Start, an_outcome: Make,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    writer = start(kb)
    writer.append(an_outcome(0))
    room = 40
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(descriptor, data[:room])
        room -= written
        return written

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        with pytest.raises(KnowledgeBaseError, match="space"):
            writer.append(an_outcome(1))
    writer.append(an_outcome(2))
    writer.close()
    assert kb.outcomes()["configuration_id"].tolist() == ["k0", "k2"]
    assert kb.check().quarantined == 0


def test_threads_share_a_writer(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    with start(kb) as writer:
        def work(first: int) -> None:
            for number in range(first, first + 100):
                writer.append(an_outcome(number))

        threads = [threading.Thread(target=work, args=(100 * k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    stored = kb.outcomes()
    assert stored["number"].tolist() == list(range(400))
    assert stored["configuration_id"].nunique() == 400


def test_files_are_none_where_there_is_no_inbox(tmp_path: Path) -> None:
    assert files(tmp_path / "nowhere") == []
