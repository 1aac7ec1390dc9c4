from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBaseError, Locked, ReadOnly
from knowledge_base.locks import as_store_error, backoff, held, try_lock


def test_a_lock_is_held_by_one_open_file_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path, wait_s=0.0):
        second = os.open(path, os.O_RDWR)
        try:
            assert not try_lock(second)
        finally:
            os.close(second)
        with pytest.raises(Locked, match="try again"), held(path, wait_s=0.0):
            pass
    with held(path, wait_s=0.0):
        pass


def test_a_waiting_thread_gets_the_lock_when_it_is_let_go(tmp_path: Path) -> None:
    path, order = tmp_path / "deep" / "lock", []

    def second() -> None:
        with held(path, wait_s=10.0):
            order.append("second")

    with held(path, wait_s=0.0):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_backoff_tries_at_once_and_ends_in_time() -> None:
    assert sum(1 for _ in backoff(0.0)) == 1
    begin = time.monotonic()
    tries = sum(1 for _ in backoff(0.1))
    assert 0.1 <= time.monotonic() - begin < 1.0
    assert 3 < tries < 20


@pytest.mark.parametrize(("code", "kind", "remedy"), [
    (errno.EROFS, ReadOnly, "PRECEDENT_KNOWLEDGE_BASE"), (errno.EACCES, ReadOnly, "permissions"),
    (errno.ENOSPC, KnowledgeBaseError, "space"), (errno.EIO, KnowledgeBaseError, "cannot be written"),
])
def test_refusals_say_what_to_do(code: int, kind: type[Exception], remedy: str) -> None:
    error = as_store_error(OSError(code, os.strerror(code)), Path("/data"))
    assert type(error) is kind
    assert remedy in str(error)
