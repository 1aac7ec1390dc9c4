"""One worker at the end of a channel, run in a forked process of the test."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from misbehaving import Misbehaving, make_trial

from automl.execution.channel import Channel, channel_pair
from automl.execution.memory import descendants
from automl.execution.messages import Done, Run
from automl.execution.process import kill_group
from automl.execution.worker import work


@pytest.fixture
def worker() -> Iterator[tuple[Channel, int]]:
    channel, theirs = channel_pair()
    parent_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        channel.close()
        try:
            work(Channel(theirs), Misbehaving(), 1000.0, parent_pid)
        finally:
            os._exit(0)
    theirs.close()
    yield channel, pid
    # As the template does, which is not there.
    left = descendants(pid)
    channel.close()
    kill_group(pid)
    for each in left:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def ask(channel: Channel, behaviour: str) -> Done:
    channel.send(Run(1, pickle.dumps(make_trial(behaviour)), None))
    assert channel.wait(10.0)
    (done,) = channel.receive()
    assert isinstance(done, Done)
    return done


@pytest.mark.parametrize(
    ("behaviour", "soiled"),
    [
        ("ok", False),
        ("raise_", False),
        ("shout", False),
        ("set_handlers", False),
        ("start_thread", True),
        ("fork_children", True),
        ("memory_error", True),
        ("keep_300_mb", True),
        pytest.param(
            "fork_daemon", True, marks=pytest.mark.skipif(sys.platform != "linux", reason="orphans go elsewhere")
        ),
    ],
)
def test_a_worker_asks_to_be_replaced_when_a_trial_leaves_something(
    worker: tuple[Channel, int], behaviour: str, soiled: bool
) -> None:
    channel, _ = worker
    assert ask(channel, behaviour).replace_worker is soiled


def test_it_ends_when_its_channel_does(worker: tuple[Channel, int]) -> None:
    channel, pid = worker
    assert pickle.loads(ask(channel, "ok").answer).peak_mb > 10
    channel.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
