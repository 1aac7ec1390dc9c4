from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base import InvalidRecord, KnowledgeBase, NotAKnowledgeBase, ReadOnly, Writer
from knowledge_base.locks import held

Fill = Callable[..., None]
Start = Callable[..., Writer]
Make = Callable[..., dict[str, Any]]
_ROOT = Path(__file__).parents[2]

_HOSTILE = (
    st.sampled_from(["'; DROP TABLE outcome; --", '"', "''", "\\", "$1", "?", "{}", "\x00", "a\x00b", "\n", "\r\n",
                     "../../etc/passwd", "NULL", "nan", "\ufeff", "\u202e", "\U0001f600", "שלום", "x" * 1_000_000,
                     "\ud800"])
    | st.text() | st.text(st.characters(), max_size=20)
)


@settings(suppress_health_check=list(HealthCheck), max_examples=6, deadline=None)
@given(texts=st.lists(_HOSTILE, min_size=10, max_size=30, unique=True))
def test_hostile_text_in_every_field_comes_back_as_it_is_or_is_refused(
        tmp_path_factory: pytest.TempPathFactory, start: Start, an_outcome: Make, texts: list[str]) -> None:
    kb = KnowledgeBase(tmp_path_factory.mktemp("hostile") / "knowledge.duckdb")
    kept = [text for text in texts if text and not any(0xD800 <= ord(character) < 0xE000 for character in text)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(held(kb.inbox / "lock", wait_s=0.0))  # all are folded in at once, afterwards
        for text in texts:
            with (contextlib.nullcontext() if text in kept else pytest.raises(InvalidRecord),
                  start(kb, text, name=text, source=text, metric=text, split=text, metafeatures={text: 1.0},
                        space_version=text, metafeatures_version=text) as writer):
                writer.append(an_outcome(0, configuration_id=text, algorithm=text, configuration={text: text},
                                         error=text, metric=text, metrics={text: 0.5}))
    assert kb.fold() == len(kept)
    stored = kb.outcomes()
    for column in ("content_hash", "source", "metric", "split", "space_version", "configuration_id", "algorithm",
                   "error"):
        assert set(stored[column]) == set(kept), column
    for row in stored.to_dict("records"):
        text = row["content_hash"]
        assert row["metrics"] == {text: 0.5}
        assert json.loads(row["configuration"]) == {text: text}
    for text in kept[:2]:
        assert kb.outcomes(metric=text, space_version=text, task_type="binary")["error"].tolist() == [text]
        (near,) = kb.nearest_tasks({text: 1.0}, task_type="binary", metafeatures_version=text).to_dict("records")
        assert (near["name"], near["distance"]) == (text, 0.0)
        assert kb.has_content(text)
        assert kb.loss_matrix(task_type="binary", metric=text).columns.tolist() == [text]
    assert len(kb.outcomes(exclude_content=kept)) == 0
    assert kb.check().is_ok


def test_opening_and_appending_are_fast(kb: KnowledgeBase, fill: Fill, start: Start, an_outcome: Make) -> None:
    fill(kb, losses={f"k{number}": 0.5 for number in range(500)}, metafeatures={f"m{k}": 1.0 for k in range(60)})

    def best_of_five(action: Callable[[], object]) -> float:
        took = []
        for _ in range(5):
            begin = time.process_time()  # what other processes do meanwhile is not its fault
            action()
            took.append(time.process_time() - begin)
        return min(took)

    assert best_of_five(lambda: KnowledgeBase(kb.path)) <= 0.05
    with start(kb) as writer:
        assert best_of_five(lambda: writer.append(an_outcome())) <= 0.005


def test_a_store_and_its_folder_are_made_when_something_is_written(tmp_path: Path, fill: Fill) -> None:
    path = tmp_path / "deep" / "down" / "knowledge.duckdb"
    with KnowledgeBase(path) as kb:
        assert not path.parent.exists()
        fill(kb)
    assert path.is_file()
    assert len(KnowledgeBase(str(path)).outcomes()) == 1


def test_read_only_refuses_everything_that_writes(tmp_path: Path, kb: KnowledgeBase, start: Start, fill: Fill) -> None:
    with pytest.raises(NotAKnowledgeBase, match="no knowledge base at"):
        KnowledgeBase(kb.path, read_only=True)
    fill(kb)
    reader = KnowledgeBase(kb.path, read_only=True)
    assert len(reader.trials_of("c0")) == 1
    for action in (lambda: start(reader), reader.fold, lambda: reader.merge(kb.path), lambda: reader.import_(tmp_path)):
        with pytest.raises(ReadOnly, match="read_only=False"):
            action()


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="another user is needed, whom permissions bind")
def test_a_folder_that_cannot_be_written_to_can_be_read(fill: Fill) -> None:
    script = """
import os, sys
from knowledge_base import KnowledgeBase, ReadOnly
kb = KnowledgeBase(sys.argv[1])
kb.outcomes(), kb.check()  # whatever is imported late is imported now
if os.getuid() == 0:
    os.setuid(65534)
kb = KnowledgeBase(sys.argv[1])
assert len(kb.outcomes()) == 1
assert kb.check().is_ok
for path in sys.argv[1:]:
    try:
        KnowledgeBase(path).writer(task={"content_hash": "c1", "task_type": "binary", "metric": "m"}, metafeatures={},
                                   metafeatures_version=None, space_version=None, provenance={})
    except ReadOnly as error:
        print(error)
"""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        kb = KnowledgeBase(folder / "knowledge.duckdb")
        fill(kb)
        (folder / "closed").mkdir(mode=0o700)
        kb.inbox.chmod(0o555)
        folder.chmod(0o555)
        result = subprocess.run([sys.executable, "-c", script, str(kb.path), str(folder / "closed" / "a.duckdb")],
                                capture_output=True, text=True, check=False,
                                env={**os.environ, "PYTHONPATH": str(_ROOT)})
        folder.chmod(0o755)
        kb.inbox.chmod(0o755)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("PRECEDENT_KNOWLEDGE_BASE") == 2


def test_a_knowledge_base_travels_to_other_processes(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb)
    copy = pickle.loads(pickle.dumps(kb))
    assert copy.path == kb.path
    assert len(copy.outcomes()) == 1
    assert repr(kb.path.name)[1:-1] in repr(copy)


def test_reading_what_a_killed_search_of_the_same_data_left(kb: KnowledgeBase, start: Start, an_outcome: Make) -> None:
    writer = start(kb)
    writer.append(an_outcome())
    os.close(writer._descriptor or -1)  # as when its process is killed
    assert len(kb.outcomes()) == 0
    assert len(kb.trials_of("c0")) == 1
