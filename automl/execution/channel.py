"""Channel: whole messages over a stream socket, read without ever waiting for the rest of one."""

from __future__ import annotations

import pickle
import select
import socket
import struct
from typing import Any

_HEADER = struct.Struct("<Q")
_CHUNK = 1 << 16
_LARGEST = 1 << 30


class Channel:
    """One end of a socket pair that carries pickled messages.

    A peer that dies, hangs or writes nonsense in the middle of a message never blocks the
    reader; `closed` says that there will be no more.

    Parameters
    ----------
    connection : socket.socket
        A connected stream socket; the channel owns it.

    Attributes
    ----------
    closed : bool
        Whether the peer has gone or has sent what is no message.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.closed = False
        self._socket = connection
        self._buffer = bytearray()

    def fileno(self) -> int:
        """File descriptor, for selectors."""
        return self._socket.fileno()

    def send(self, message: object) -> None:
        """Send a message.

        Raises
        ------
        OSError
            If the peer has gone.
        """
        payload = pickle.dumps(message, protocol=5)
        self._socket.sendall(_HEADER.pack(len(payload)) + payload)

    def receive(self) -> list[Any]:
        """Give the messages that have arrived whole, without waiting."""
        self._fill()
        messages = []
        try:
            while len(self._buffer) >= _HEADER.size:
                (size,) = _HEADER.unpack_from(self._buffer)
                if size > _LARGEST:
                    raise ValueError(f"a message of {size} bytes")
                end = _HEADER.size + size
                if len(self._buffer) < end:
                    break
                messages.append(pickle.loads(self._buffer[_HEADER.size : end]))
                del self._buffer[:end]
        except Exception:
            # Whatever nonsense unpickles to: the peer no longer keeps to the protocol.
            self.closed = True
        return messages

    def _fill(self) -> None:
        while not self.closed:
            try:
                chunk = self._socket.recv(_CHUNK, socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                chunk = b""
            if not chunk:
                self.closed = True
            self._buffer += chunk

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until there is something to read or the peer has gone; whether that is so."""
        if self.closed:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000))

    def close(self) -> None:
        """Close this end. Safe to call twice."""
        self.closed = True
        self._socket.close()


def channel_pair() -> tuple[Channel, socket.socket]:
    """A channel and the bare socket of its other end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return Channel(ours), theirs
