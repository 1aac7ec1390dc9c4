"""Whatever a test starts must end with it."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator

import pytest
from misbehaving import MARKER, Marked


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Marked]:
    """Everything started from here on; nothing of it may outlive the test."""
    marked = Marked(uuid.uuid4().hex)
    monkeypatch.setenv(MARKER, marked.mark)
    yield marked
    left = marked.pids()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left
