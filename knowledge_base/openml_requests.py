"""Requests to OpenML's server: at a steady rate, again where a fault may pass, each answer fetched once.

What is sent is another matter: it goes again only where the server surely has not taken it.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import importlib
import logging
import os
import random
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from xml.etree import ElementTree

from knowledge_base.errors import KnowledgeBaseError

_LOGGER = logging.getLogger(__name__)
T = TypeVar("T")

NAMESPACE = "{http://openml.org/openml}"
DATABASE_BUSY = 107
"""OpenML's code for a database that does not keep up."""

_KEY_REFUSED = (102, 103, 104)
"""No key, a wrong one, one that may not write."""
_AFTER_THE_FACT = (105, DATABASE_BUSY)
"""Faults of the server's own that may come when what was sent has been taken already."""

_LONGEST_WAIT_S = 60.0
_LONGEST_RETRY_AFTER_S = 600.0
_MOST_OF_AN_ADDRESS = 120


class OpenMLError(KnowledgeBaseError):
    """Something asked of OpenML was not to be had; the message names it and what to do.

    Parameters
    ----------
    message : str
    code : int, optional
        OpenML's number of the error, where it gave one; 542, for example, ends a list of evaluations.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class PossiblyTaken(OpenMLError):
    """Something was sent to OpenML, and its server may have taken it or not: sending again could make a second one."""


class PassingFault(Exception):
    """An answer that may be better the next time; the text says what is wrong with it.

    Parameters
    ----------
    reason : str
    remedy : str
        What to do if it is not better the next times either.
    wait_s : float
        How long the server asks to be left alone.
    """

    def __init__(self, reason: str, remedy: str, *, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.remedy, self.wait_s = remedy, wait_s


class Requests:
    """Fetches addresses. Threads may share one.

    Parameters
    ----------
    server : str
        Address of the API; only under its host is the key sent along.
    cache : Path
        Folder of the answers that were kept; made where missing.
    requests_per_s : float
        A request begins this often at most, tries again counted.
    retries : int
        How often a request is tried again.
    backoff_s : float
        Pause before the first retry; each further one doubles it, up to a minute. A pause is drawn between half
        of that and one and a half times it, so that many clients do not come back at once.
    timeout_s : float
        How long the server may keep silent.
    api_key : str, optional

    Raises
    ------
    OpenMLError
        The package `requests`, which comes with `openml`, is missing.
    ValueError
        A number makes no sense.
    """

    def __init__(self, server: str, cache: Path, *, requests_per_s: float, retries: int, backoff_s: float,
                 timeout_s: float, api_key: str | None = None) -> None:
        if not requests_per_s > 0 or not timeout_s > 0 or backoff_s < 0 or retries < 0:
            raise ValueError(f"requests_per_s ({requests_per_s}) and timeout_s ({timeout_s}) must be positive, "
                             f"retries ({retries}) and backoff_s ({backoff_s}) not negative.")
        self._exceptions: Any = imported("requests").exceptions
        self._session: Any = imported("requests").Session()
        self._session.headers["User-Agent"] = "precedent-automl"
        self._server, self._cache, self._api_key = server, cache, api_key
        self._interval_s, self._retries = 1.0 / requests_per_s, retries
        self._backoff_s, self._timeout_s = backoff_s, timeout_s
        self._next_s = 0.0
        self._guard = threading.Lock()
        self._jitter = random.Random()

    def get(self, address: str, read: Callable[[bytes], T], *, keep: Callable[[T], bool] = lambda found: True) -> T:
        """Fetch an address, or take what was kept of it, and read the answer.

        Parameters
        ----------
        address : str
        read : callable
            Makes of the body what is returned; raises `PassingFault` for a body that is not as it should be.
        keep : callable, default: always
            Whether an answer read is worth keeping.

        Raises
        ------
        OpenMLError
            The server refused, or did not answer as it should as often as was tried.
        """
        path = self._cache / f"{hashlib.sha256(address.encode()).hexdigest()}.gz"
        with contextlib.suppress(OSError, EOFError, zlib.error, PassingFault):
            return read(gzip.decompress(path.read_bytes()))

        def fetch() -> tuple[bytes, T]:
            body = self._fetched(address)
            return body, read(body)

        body, found = self._tried(address, fetch, "What was fetched before is kept and need not be fetched again.")
        if keep(found):
            self._keep(path, body)
        return found

    def post(self, address: str, read: Callable[[bytes], T], *, api_key: str, fields: Mapping[str, str],
             files: Mapping[str, object]) -> T:
        """Send something, and read the answer; neither is kept.

        It is sent again only where the server surely has not taken it: no connection came about, or the answer was
        "too many requests" (429) or a "service unavailable" (503) that is not of OpenML's own making. After anything
        else nobody but the server knows. It is not sent on to another address either: the key is for this server.

        Parameters
        ----------
        address : str
        read : callable
            As in `get`.
        api_key : str
            Sent in the form, so that it stands in no address.
        fields : dict of str to str
        files : dict of str to str, or to (name, content)

        Raises
        ------
        PossiblyTaken
            It is not known whether the server took it.
        OpenMLError
            The server refused, or was not reached as often as was tried.
        """
        def send() -> T:
            body = self._sent(address, {**fields, "api_key": api_key}, files)
            try:
                return read(body)
            except PassingFault as fault:
                raise _possibly_taken(address, str(fault)) from fault

        return self._tried(address, send, "Nothing was taken by the server.")

    def _tried(self, address: str, attempt: Callable[[], T], state: str) -> T:
        tries = 0
        while True:
            self._pace()
            try:
                return attempt()
            except PassingFault as fault:
                if tries == self._retries or fault.wait_s > _LONGEST_RETRY_AFTER_S:
                    again = f", after {tries} {'retry' if tries == 1 else 'retries'}" if tries else ""
                    raise OpenMLError(f"{address:.{_MOST_OF_AN_ADDRESS}}: {fault}{again}. {fault.remedy} "
                                      f"{state}") from fault
                pause_s = min(self._backoff_s * 2.0**tries, _LONGEST_WAIT_S) * self._jitter.uniform(0.5, 1.5)
                pause_s = max(pause_s, fault.wait_s)
                tries += 1
                _LOGGER.info("%.*s: %s; retry %d of %d in %.1f s", _MOST_OF_AN_ADDRESS, address, fault, tries,
                             self._retries, pause_s)
                time.sleep(pause_s)

    def _pace(self) -> None:
        with self._guard:
            now = time.monotonic()
            begin = max(now, self._next_s)
            self._next_s = begin + self._interval_s
        time.sleep(begin - now)

    def _fetched(self, address: str) -> bytes:
        to_server = urlsplit(address)[:2] == urlsplit(self._server)[:2]
        exceptions = self._exceptions
        try:
            response = self._session.get(address, timeout=self._timeout_s,
                                         params={"api_key": self._api_key} if self._api_key and to_server else None)
        except (exceptions.Timeout, exceptions.ConnectionError, exceptions.ChunkedEncodingError,
                exceptions.ContentDecodingError) as error:
            reason = (f"no answer within {self._timeout_s:g} s" if isinstance(error, exceptions.Timeout)
                      else f"the connection failed or broke off ({type(error).__name__})")
            # The error itself would show the address with the key.
            raise PassingFault(reason, "Is the server to be reached from here? If so, try again later.") from None
        except exceptions.RequestException as error:
            raise OpenMLError(f"{address:.{_MOST_OF_AN_ADDRESS}} cannot be asked for ({type(error).__name__}): check "
                              "the address of the server.") from None
        if response.status_code == 200:
            return bytes(response.content)
        raise _refusal(address, response.status_code, response.content, response.headers.get("Retry-After"))

    def _sent(self, address: str, form: Mapping[str, str], files: Mapping[str, object]) -> bytes:
        exceptions = self._exceptions
        try:
            # A connection of its own: one that was kept for later may have been closed meanwhile at the other end.
            with imported("requests").Session() as session:
                response = session.post(address, data=form, files=files or None, timeout=self._timeout_s,
                                        headers=self._session.headers, allow_redirects=False)
        # The errors themselves would show what was sent.
        except exceptions.RequestException as error:
            if isinstance(error, exceptions.ConnectTimeout) or _was_refused(error):
                raise PassingFault(f"no connection came about ({type(error).__name__})", "Is the server to be reached "
                                   "from here? If so, try again later.") from None
            if isinstance(error, (exceptions.Timeout, exceptions.ConnectionError, exceptions.ChunkedEncodingError,
                                  exceptions.ContentDecodingError)):
                raise _possibly_taken(address, f"no whole answer came ({type(error).__name__})") from None
            raise OpenMLError(f"{address:.{_MOST_OF_AN_ADDRESS}}: nothing can be sent there ({type(error).__name__}): "
                              "check the address of the server.") from None
        status, body = response.status_code, bytes(response.content)
        if status == 200:
            return body
        if 300 <= status < 400:
            raise OpenMLError(f"{address:.{_MOST_OF_AN_ADDRESS}}: the server sends on to another address (HTTP "
                              f"{status}), which is not followed with a key: give that address as the server.")
        code, _ = _error_of(body)
        if code in _AFTER_THE_FACT or (status >= 500 and (status != 503 or code is not None)) or status in (408, 425):
            raise _possibly_taken(address, f"the server answered with HTTP {status}"
                                  + ("" if code is None else f", error {code}"))
        raise _refusal(address, status, body, response.headers.get("Retry-After"))

    def _keep(self, path: Path, body: bytes) -> None:
        """Write beside, then rename: no killed process leaves half an answer."""
        draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(gzip.compress(body, 1, mtime=0))
                os.replace(draft, path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise OpenMLError(f"{path.parent} cannot be written to ({error.strerror or error}): free some space, or "
                              "choose another folder for the cache.") from error


def imported(package: str) -> Any:
    """Import a package of the extra `openml`; `Any`, for it may be missing where types are checked.

    Raises
    ------
    OpenMLError
        It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise OpenMLError(f"OpenML cannot be read without the package {package}: "
                          "pip install 'precedent-automl[openml]'") from error


def xml_root(body: bytes, name: str = "") -> ElementTree.Element:
    """Parse an answer of the API.

    Parameters
    ----------
    body : bytes
    name : str, default=""
        What the name of the root element begins with, its namespace left out.

    Raises
    ------
    PassingFault
        It is no XML, or not OpenML's: cut off, or a page for people in its place.

    Examples
    --------
    >>> root = xml_root(b'<oml:task xmlns:oml="http://openml.org/openml"><oml:task_id>3</oml:task_id></oml:task>')
    >>> root.findtext(NAMESPACE + "task_id")
    '3'
    """
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise not_openml(body, str(error)) from error
    if not root.tag.startswith(NAMESPACE + name):
        raise not_openml(body, f"an element {root.tag}")
    return root


def not_openml(body: bytes, found: str) -> PassingFault:
    """Return the fault of a body that is not OpenML's XML."""
    what = "a web page" if is_web_page(body) else "something else, or a part of it,"
    return PassingFault(f"{what} came in place of OpenML's XML ({found})",
                        "The server may be under maintenance: try again later; or it is no OpenML server.")


def checked_file(body: bytes, md5: str | None) -> bytes:
    """Return a file as it is.

    Raises
    ------
    PassingFault
        It does not have this checksum, or is a page for people.
    """
    if md5 and hashlib.md5(body, usedforsecurity=False).hexdigest() != md5.lower():
        raise PassingFault(f"the file does not have the checksum {md5}",
                           "If it stays so, OpenML holds a damaged file: leave its data set out.")
    if is_web_page(body):
        raise PassingFault("a web page came in place of a file", "The server may be under maintenance: try again "
                           "later.")
    return body


def is_web_page(body: bytes) -> bool:
    """Tell whether a body begins as HTML does.

    Examples
    --------
    >>> is_web_page(b"<!DOCTYPE html><html>"), is_web_page(b"@RELATION iris")
    (True, False)
    """
    return body.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))


def seconds_to_wait(retry_after: str | None) -> float:
    """Read the header Retry-After (RFC 9110, section 10.2.3): seconds, or a date; 0 where it says nothing.

    Examples
    --------
    >>> seconds_to_wait("120"), seconds_to_wait("Fri, 31 Dec 1999 23:59:59 GMT"), seconds_to_wait(None)
    (120.0, 0.0, 0.0)
    """
    if retry_after is None:
        return 0.0
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _refusal(address: str, status: int, body: bytes, retry_after: str | None) -> Exception:
    """Make an error of an answer whose status is not 200."""
    code, message = _error_of(body)
    said = f" ({message}, error {code})" if code is not None else ""
    wait_s = seconds_to_wait(retry_after)
    if status == 429:
        return PassingFault("the server finds the requests too many (HTTP 429)", "Ask less often: lower "
                            "requests_per_s.", wait_s=wait_s)
    if status in (408, 425) or status >= 500 or code == DATABASE_BUSY:
        return PassingFault(f"the server is not at its best: HTTP {status}{said}", "Try again later.", wait_s=wait_s)
    if code in _KEY_REFUSED:
        return OpenMLError(f"{address:.{_MOST_OF_AN_ADDRESS}}: the server does not accept the API key{said}: give the "
                           "one that your profile at OpenML shows.", code)
    return OpenMLError(f"{address:.{_MOST_OF_AN_ADDRESS}}: the server refused with HTTP {status}{said}. Check that "
                       "what was asked for exists and is public.", code)


def _possibly_taken(address: str, reason: str) -> PossiblyTaken:
    return PossiblyTaken(f"{address:.{_MOST_OF_AN_ADDRESS}}: {reason}, so that it is not known whether the server took "
                         "what was sent: look at your uploads at OpenML before sending it again.")


def _was_refused(error: Exception) -> bool:
    """Tell whether an error of `requests` says that no connection was made."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, imported("urllib3").exceptions.NewConnectionError)


def _error_of(body: bytes) -> tuple[int | None, str]:
    """Find OpenML's own code and message in the body of a refusal."""
    try:
        root = xml_root(body, "error")
        message = " ".join(filter(None, (root.findtext(NAMESPACE + name)
                                         for name in ("message", "additional_information"))))
        return int(root.findtext(NAMESPACE + "code", "")), message.strip()
    except (PassingFault, ValueError):
        return None, ""
