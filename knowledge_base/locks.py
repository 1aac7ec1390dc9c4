"""Advisory locks that the operating system takes back when their holder dies, `kill -9` included."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge_base.errors import KnowledgeBaseError, Locked, ReadOnly

if sys.platform == "win32":
    import msvcrt

    # Windows locks bar others from reading the locked bytes: lock one far behind any content.
    _FAR_OFFSET = 1 << 30

    def try_lock(descriptor: int) -> bool:
        """Lock an open file without waiting; False when another descriptor holds it."""
        os.lseek(descriptor, _FAR_OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file without waiting; False when another descriptor holds it.

        `flock` belongs to the open file, not to the process as `lockf` does: threads exclude each other
        too, and closing another descriptor of the same file does not drop it.
        """
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True


def backoff(wait_s: float) -> Iterator[None]:
    """Yield at once, then again after pauses that grow from 1 to 50 ms, until `wait_s` seconds have passed."""
    deadline = time.monotonic() + wait_s
    pause_s = 0.001
    while True:
        yield
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return
        time.sleep(min(pause_s, left_s))
        pause_s = min(2 * pause_s, 0.05)


@contextmanager
def held(path: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock file at `path`, made with its folder where missing, for the length of the block.

    Raises
    ------
    Locked
        Another process or thread still holds it after `wait_s` seconds.
    ReadOnly
        The lock file cannot be made or opened for writing.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as error:
        raise as_store_error(error, path) from error
    try:
        for _ in backoff(wait_s):
            try:
                if try_lock(descriptor):
                    break
            except OSError as error:
                raise Locked(f"{path} cannot be locked ({error.strerror}): move the knowledge base to a "
                             "file system with locks.") from error
        else:
            raise Locked(f"Another process is writing to the knowledge base beside {path}: try again later.")
        yield
    finally:
        os.close(descriptor)


def as_store_error(error: OSError, path: Path) -> KnowledgeBaseError:
    """Translate an operating system's refusal to write into an error that says what to do."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReadOnly(f"{path} cannot be written to ({error.strerror}): choose another place for the knowledge "
                        "base (environment variable PRECEDENT_KNOWLEDGE_BASE), or mend the permissions.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return KnowledgeBaseError(f"No space is left to write {path}: free some; nothing stored so far is harmed.")
    return KnowledgeBaseError(f"{path} cannot be written to: {error.strerror or error}.")
