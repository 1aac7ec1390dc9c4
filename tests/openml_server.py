"""A stand-in for OpenML's server, over real HTTP on loopback, that can misbehave on demand.

>>> with OpenMLServer() as server:
...     server.misbehave(Fault.UNAVAILABLE, times=2, kind="task")
"""

from __future__ import annotations

import gzip
import importlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from openml_answers import API, Answer, Answers
from openml_listing import Refusal
from openml_uploads import Form, Uploads, read_form

_HTML = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><p>We are back soon.<br></body></html>\n"


@contextmanager
def private_openml(folder: Path) -> Iterator[Any]:
    """Import the real client, its folders in `folder`; it makes some on import, and is put back afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setenv("OPENML_CACHE_DIR", str(folder))
        package = importlib.import_module("openml")
        for name, value in (("server", package.config.server), ("_root_cache_directory", folder)):
            patch.setattr(package.config, name, value)
        patch.setattr(package.config, "connection_n_retries", 1)
        yield package


class Fault(Enum):
    """A way of misbehaving."""

    TOO_MANY_REQUESTS = auto()
    UNAVAILABLE = auto()
    GATEWAY_TIMEOUT = auto()  # from before the server, which has taken what was sent
    MOVED = auto()  # to the address given as `location`
    DATABASE_ERROR = auto()  # OpenML's error 107, of a busy database
    SLOW = auto()
    CUT_OFF = auto()
    WRONG_CHECKSUM = auto()  # one character of the body is another
    HTML = auto()
    EMPTY_PAGE = auto()
    REPEATED_PAGE = auto()  # the answer to the request of its kind before


_TURNS_AWAY = (Fault.TOO_MANY_REQUESTS, Fault.UNAVAILABLE, Fault.MOVED)


@dataclass(frozen=True)
class Request:
    """A request that the server got; `time_s` is on the monotonic clock."""

    time_s: float
    kind: str
    path: str
    status: int
    api_key: str | None
    fault: Fault | None
    method: str = "GET"


@dataclass
class _Plan:
    fault: Fault
    times: int
    kind: str | None
    delay_s: float
    retry_after: str | None
    location: str | None


class OpenMLServer:
    """Serve from entering the context to leaving it.

    Parameters
    ----------
    published : bool, default=False
        Serve the published evaluations too, where they are there.
    """

    def __init__(self, *, published: bool = False) -> None:
        self.requests: list[Request] = []
        self._plans: list[_Plan] = []
        self._published = published
        self._lock = threading.Lock()
        self._last: dict[str, Answer] = {}
        self.closing = threading.Event()

    def __enter__(self) -> OpenMLServer:
        class Handler(_Handler):
            stand_in = self

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.site = f"http://127.0.0.1:{self._server.server_port}"
        self.answers = Answers(self.site, published=self._published)
        self.uploads = Uploads(self.answers)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The address of the API."""
        return self.site + API.rstrip("/")

    def misbehave(
        self,
        fault: Fault,
        times: int = 1,
        kind: str | None = None,
        *,
        delay_s: float = 0.0,
        retry_after: str | None = None,
        location: str | None = None,
    ) -> None:
        """Answer the next requests of a kind, or of any, wrongly.

        Parameters
        ----------
        fault : Fault
        times : int
        kind : str, optional
            See `openml_answers.Answer`.
        delay_s : float
            How long a slow answer takes.
        retry_after : str, optional
            What a refusal says of when to come back.
        location : str, optional
            Where to ask instead.
        """
        with self._lock:
            self._plans.append(_Plan(fault, times, kind, delay_s, retry_after, location))

    def count(self, *kinds: str) -> int:
        """Count the requests, all or those of some kinds."""
        return sum(not kinds or request.kind in kinds for request in self.requests)

    def respond(self, target: str, method: str = "GET", form: Form | None = None) -> tuple[Answer, _Plan | None]:
        """Find the answer to a request, and how to spoil it; note both."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        # What is sent changes what the server knows, unless it turns the request away.
        answer = self.answers(path) if form is None else Answer(self.uploads.kind(path), 200, "text/xml", b"")
        with self._lock:
            plan = next((plan for plan in self._plans if plan.times and plan.kind in (None, answer.kind)), None)
            if form is not None and not (plan and plan.fault in _TURNS_AWAY):
                answer = self.uploads(path, form)
            if plan:
                plan.times -= 1
                answer = self._spoilt(answer, plan.fault)
            if answer.status == 200:
                self._last[answer.kind] = answer
            api_key = form.fields.get("api_key") if form else parse_qs(parts.query).get("api_key", [None])[0]
            self.requests.append(
                Request(
                    time.monotonic(),
                    answer.kind,
                    path,
                    answer.status,
                    api_key,
                    plan.fault if plan else None,
                    method,
                )
            )
        return answer, plan

    def _spoilt(self, answer: Answer, fault: Fault) -> Answer:
        if fault is Fault.TOO_MANY_REQUESTS:
            return Answer(answer.kind, 429, "text/html", b"<html>too many requests</html>")
        if fault is Fault.UNAVAILABLE:
            return Answer(answer.kind, 503, "text/html", b"<html>service unavailable</html>")
        if fault is Fault.GATEWAY_TIMEOUT:
            return Answer(answer.kind, 504, "text/html", b"<html>gateway timeout</html>")
        if fault is Fault.MOVED:
            return Answer(answer.kind, 307, "text/html", b"<html>moved</html>")
        if fault is Fault.DATABASE_ERROR:
            return Answer(answer.kind, 412, "text/xml", Refusal(107, "Database connection error. ").body)
        if fault is Fault.WRONG_CHECKSUM:
            middle = len(answer.body) // 2
            changed = b"8" if answer.body[middle : middle + 1] != b"8" else b"9"
            return Answer(
                answer.kind, 200, answer.content_type, answer.body[:middle] + changed + answer.body[middle + 1 :]
            )
        if fault is Fault.HTML:
            return Answer(answer.kind, 200, "text/html", _HTML)
        if fault is Fault.EMPTY_PAGE:
            return Answer(answer.kind, 200, answer.content_type, self.answers.empty(answer.kind))
        if fault is Fault.REPEATED_PAGE:
            return self._last[answer.kind]
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    stand_in: OpenMLServer

    def do_GET(self) -> None:
        self._answer(*self.stand_in.respond(self.path, self.command))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = read_form(self.headers["Content-Type"], body)
        self._answer(*self.stand_in.respond(self.path, "POST", form))

    def _answer(self, answer: Answer, plan: _Plan | None) -> None:
        body = answer.body
        headers: Sequence[tuple[str, str]] = [("Content-Type", answer.content_type)]
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, 1), [*headers, ("Content-Encoding", "gzip")]
        if plan and plan.retry_after is not None:
            headers = [*headers, ("Retry-After", plan.retry_after)]
        if plan and plan.location is not None:
            headers = [*headers, ("Location", plan.location)]
        if plan and plan.fault is Fault.SLOW:
            self.stand_in.closing.wait(plan.delay_s)
        self.send_response(answer.status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        if plan and plan.fault is Fault.CUT_OFF:
            body, self.close_connection = body[: len(body) // 2], True
        try:
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()
        except OSError:  # the client gave up waiting
            self.close_connection = True

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""
