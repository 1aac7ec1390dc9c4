from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from knowledge_base import KnowledgeBase, KnowledgeBaseError, Locked, NewerVersion, NotAKnowledgeBase
from knowledge_base.connections import copied, quoted, reading, writing
from knowledge_base.layout import Layout

Fill = Callable[..., None]


@pytest.fixture
def layout(kb: KnowledgeBase, fill: Fill) -> Layout:
    fill(kb)
    return Layout.of(kb.path)


def count(path: Path) -> int:
    with reading(path) as connection:
        return int(connection.execute("SELECT count(*) FROM outcome").fetchall()[0][0])


def test_a_block_that_fails_leaves_the_store_as_it_was(layout: Layout) -> None:
    for opened in (writing, copied):
        with pytest.raises(ZeroDivisionError), opened(layout, wait_s=0.0) as connection:
            connection.execute("DELETE FROM outcome")
            raise ZeroDivisionError
        assert count(layout.database) == 1
    assert not layout.scratch.exists()


def test_readers_go_on_while_a_copy_is_worked_on(layout: Layout) -> None:
    with copied(layout, wait_s=0.0) as connection:
        connection.execute("DELETE FROM outcome")
        assert count(layout.database) == 1
    assert count(layout.database) == 0


def test_a_copy_starts_afresh_whatever_a_killed_one_left(layout: Layout) -> None:
    layout.scratch.write_bytes(b"half of a database")
    with copied(layout, wait_s=0.0) as connection:
        connection.execute("DELETE FROM outcome")
    assert count(layout.database) == 0


def test_the_log_of_a_killed_writer_is_read_and_does_not_outlive_a_copy(layout: Layout) -> None:
    script = ("import os, sys, duckdb; c = duckdb.connect(sys.argv[1]); "
              "c.execute('INSERT INTO outcome BY NAME SELECT * REPLACE (number + 1 AS number) FROM outcome'); "
              "os._exit(9)")
    subprocess.run([sys.executable, "-c", script, str(layout.database)], check=False)
    log = layout.database.with_name(layout.database.name + ".wal")
    assert log.exists()
    assert count(layout.database) == 2
    with copied(layout, wait_s=0.0):
        pass
    assert not log.exists()
    assert count(layout.database) == 2


def test_a_reader_waits_for_a_short_write_and_not_for_a_long_one(layout: Layout) -> None:
    with writing(layout, wait_s=0.0), pytest.raises(Locked, match="holds"), reading(layout.database, wait_s=0.05):
        pass
    done = threading.Event()

    def write() -> None:
        with writing(layout, wait_s=0.0):
            done.set()
            time.sleep(0.2)

    thread = threading.Thread(target=write)
    thread.start()
    done.wait()
    assert count(layout.database) == 1
    thread.join()


def test_another_process_that_writes_is_waited_for(layout: Layout) -> None:
    script = ("import sys, time, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(0.3)")
    with subprocess.Popen([sys.executable, "-c", script, str(layout.database)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(Locked), reading(layout.database, wait_s=0.0):
            pass
        assert count(layout.database) == 1


def test_what_is_no_knowledge_base_is_refused_and_untouched(tmp_path: Path) -> None:
    text, other, empty = tmp_path / "a.csv", tmp_path / "b.duckdb", tmp_path / "c.duckdb"
    text.write_text("a,b\n1,2\n")
    duckdb.connect(str(other)).execute("CREATE TABLE t (a INTEGER)").close()
    empty.touch()
    for path in (text, other, empty, tmp_path):
        with pytest.raises(NotAKnowledgeBase, match="path"):
            KnowledgeBase(path)
    assert text.read_text() == "a,b\n1,2\n"


def test_a_damaged_store_is_named(layout: Layout) -> None:
    layout.database.write_bytes(layout.database.read_bytes()[:5000])
    with pytest.raises(KnowledgeBaseError, match=r"damaged|cannot be read"):
        KnowledgeBase(layout.database)


def test_a_newer_store_is_refused_and_untouched(layout: Layout) -> None:
    with duckdb.connect(str(layout.database)) as connection:
        connection.execute("INSERT INTO precedent_migration VALUES (99, 'from the future', now()::TIMESTAMP)")
    with pytest.raises(NewerVersion, match="upgrade precedent-automl"):
        KnowledgeBase(layout.database)


def test_a_store_of_a_newer_duckdb_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise duckdb.IOException("Trying to read a database file with version number 999, but we can only read "
                                 "versions between 64 and 67.")

    monkeypatch.setattr(duckdb, "connect", connect)
    with pytest.raises(NewerVersion, match="upgrade the package duckdb"):
        KnowledgeBase(layout.database)


def test_paths_are_quoted_as_sql_literals(tmp_path: Path, fill: Fill) -> None:
    assert quoted("it's") == "'it''s'"
    folder = tmp_path / "it's; DROP TABLE outcome; --"
    here, there = KnowledgeBase(folder / "a'b.duckdb"), KnowledgeBase(folder / "c.duckdb")
    fill(here)
    assert there.merge(here.path)["outcome"] == 1
    assert there.merge(here.path)["outcome"] == 0
    assert len(there.outcomes()) == 1


def test_the_log_of_a_store_that_was_removed_does_not_harm_the_next(layout: Layout, fill: Fill) -> None:
    layout.database.unlink()
    layout.database.with_name(layout.database.name + ".wal").write_bytes(b"of another file")
    fill(KnowledgeBase(layout.database), "c1")
    assert count(layout.database) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file sizes are POSIX")
def test_a_full_disk_harms_nothing_and_what_was_recorded_comes_in_later(layout: Layout) -> None:
    script = """
import resource, sys
from knowledge_base import KnowledgeBase, KnowledgeBaseError
kb = KnowledgeBase(sys.argv[1])
writer = kb.writer(task={"content_hash": "c1", "task_type": "binary", "metric": "m"}, metafeatures={},
                   metafeatures_version=None, space_version=None, provenance={})
size = kb.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # no file may grow beyond what the store is now
recorded = 0
try:
    while True:
        writer.append({"configuration_id": f"k{recorded}", "algorithm": "knn", "status": "ok",
                       "configuration": {"x": "y" * 5000 + str(recorded)}, "loss": 0.5, "is_full_fidelity": True})
        recorded += 1
except KnowledgeBaseError:
    writer.close()
print(recorded)
"""
    result = subprocess.run([sys.executable, "-c", script, str(layout.database)], capture_output=True, text=True,
                            check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert result.returncode == 0, result.stderr
    recorded = int(result.stdout)
    assert recorded > 20
    kb = KnowledgeBase(layout.database)
    kb.fold()
    assert len(kb.outcomes()) == recorded + 1
    report = kb.check()
    assert report.is_ok, report.problems
    assert report.quarantined == 0
