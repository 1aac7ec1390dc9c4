"""The watch over the parent, during whatever the process does."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from automl.execution.boot import end_with_parent


def run_watched(control: socket.socket) -> int:
    pid = os.fork()
    if pid == 0:
        status = 3
        try:
            end_with_parent(control.fileno())
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                sum(range(1000))
        except SystemExit:
            status = 4
        finally:
            os._exit(status)
    return pid


@pytest.mark.parametrize("message", [b"", b"unread"])
def test_a_peer_that_hangs_up_ends_it(message: bytes) -> None:
    ours, theirs = socket.socketpair()
    pid = run_watched(theirs)
    theirs.close()
    ours.sendall(message)
    time.sleep(0.4)
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    start = time.monotonic()
    # The child holds a copy of this end; shutting down reaches it, as the end of all copies does.
    ours.shutdown(socket.SHUT_RDWR)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 4
    assert time.monotonic() - start < 2
    ours.close()


def test_the_end_of_the_parent_ends_it() -> None:
    read_end, write_end = os.pipe()
    ours, theirs = socket.socketpair()
    middle = os.fork()
    if middle == 0:
        run_watched(theirs)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(middle, 0)
    os.close(write_end)
    # The watched process alone holds the other end now.
    start = time.monotonic()
    assert os.read(read_end, 1) == b""
    assert time.monotonic() - start < 2
    for end in (ours, theirs):
        end.close()
    os.close(read_end)
