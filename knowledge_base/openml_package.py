"""The package `openml` as a guest: its settings and its way to ask are ours for the length of a call, then put back."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.openml_requests import OpenMLError

# What is set here belongs to the whole process.
_IN_USE = threading.RLock()


class Answer:
    """As much of a response as `openml` looks at.

    Examples
    --------
    >>> Answer("caf\u00e9".encode()).text == Answer("caf\u00e9".encode("latin-1")).text
    True
    """

    status_code = 200

    def __init__(self, body: bytes) -> None:
        self.headers = {"Content-Encoding": "gzip"}  # it complains of every other encoding
        try:
            self.text = body.decode()
        except UnicodeDecodeError:
            self.text = body.decode("latin-1")


@contextmanager
def borrowed(package: Any, *, server: str, send: Callable[..., Answer], what: str) -> Iterator[Any]:
    """Yield the package, set to a server, asking through `send`, its cache in a folder that goes with the block.

    Parameters
    ----------
    package : module
        `openml`.
    server : str
        Address of the API.
    send : callable
        Takes the place of `openml._api_calls._send_request`.
    what : str
        What is asked for, in messages.

    Raises
    ------
    OpenMLError
        The package raised an error of its own, or is of a version that asks in another way.
    """
    calls = vars(package._api_calls)
    if "_send_request" not in calls:
        raise OpenMLError(f"openml {package.__version__} asks its server in a way that is not known here: "
                          "pip install 'openml==0.15.1'")
    with _IN_USE, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="openml-")))
        stack.enter_context(_replaced(vars(package.config), {
            "server": server, "apikey": "", "_root_cache_directory": folder, "show_progress": False}))
        stack.enter_context(_replaced(calls, {"_send_request": send}))
        # Parquet files would be fetched in another way, without a checksum.
        stack.enter_context(_replaced(os.environ, {package.config.OPENML_SKIP_PARQUET_ENV_VAR: "true"}))
        stack.enter_context(_handled_root_log())
        try:
            yield package
        except (KnowledgeBaseError, MemoryError):
            raise
        except Exception as error:
            raise OpenMLError(f"What OpenML says of {what} cannot be read ({type(error).__name__}: "
                              f"{error!s:.200}): leave it out.") from error


@contextmanager
def _replaced(mapping: MutableMapping[str, Any], values: Mapping[str, Any]) -> Iterator[None]:
    """Set values of a mapping for the length of a block."""
    before = {name: mapping[name] for name in values if name in mapping}
    mapping.update(values)
    try:
        yield
    finally:
        for name in values:
            if name in before:
                mapping[name] = before[name]
            else:
                mapping.pop(name, None)


@contextmanager
def _handled_root_log() -> Iterator[None]:
    """Give the root logger a handler for the length of a block: else `openml` makes it one that stays."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
