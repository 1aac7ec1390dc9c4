"""Messages arrive whole or not at all, and reading never blocks."""

from __future__ import annotations

import pickle
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from automl.execution.channel import Channel, channel_pair


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    channel, theirs = channel_pair()
    yield channel, theirs
    channel.close()
    theirs.close()


def frame(message: object) -> bytes:
    payload = pickle.dumps(message)
    return struct.pack("<Q", len(payload)) + payload


def test_messages_keep_their_order(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    other = Channel(theirs)
    sent = [1, "two", {"three": b"3" * 100_000}]
    sender = threading.Thread(target=lambda: [other.send(message) for message in sent])
    sender.start()
    received: list[object] = []
    while len(received) < len(sent):
        assert channel.wait(5.0)
        received += channel.receive()
    sender.join()
    assert received == sent
    assert not channel.closed


def test_half_a_message_is_not_waited_for(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    data = frame("first") + frame("second")
    theirs.sendall(data[:-3])
    assert channel.receive() == ["first"]
    assert channel.receive() == []
    theirs.sendall(data[-3:])
    assert channel.receive() == ["second"]


def test_the_last_message_of_a_peer_that_has_gone_is_read(ends: tuple[Channel, socket.socket]) -> None:
    channel, theirs = ends
    theirs.sendall(frame("last") + b"half")
    theirs.close()
    assert channel.wait()
    assert channel.receive() == ["last"]
    assert channel.closed
    with pytest.raises(OSError):
        channel.send("more")


@pytest.mark.parametrize("nonsense", [b"\xff" * 4096, struct.pack("<Q", 3) + b"abc"])
def test_nonsense_closes(ends: tuple[Channel, socket.socket], nonsense: bytes) -> None:
    channel, theirs = ends
    theirs.sendall(frame("good") + nonsense)
    assert channel.receive() == ["good"]
    assert channel.closed


def test_wait_ends_in_time(ends: tuple[Channel, socket.socket]) -> None:
    channel, _ = ends
    start = time.monotonic()
    assert not channel.wait(0.05)
    assert 0.04 < time.monotonic() - start < 1
