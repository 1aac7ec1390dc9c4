from __future__ import annotations

import gzip
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import openml_answers as answers
import openml_tables as tables
import pytest
from openml_server import Fault, OpenMLServer
from openml_uploads import KEY

from knowledge_base.openml_requests import (
    OpenMLError,
    PassingFault,
    PossiblyTaken,
    Requests,
    checked_file,
    seconds_to_wait,
    xml_root,
)

pytest.importorskip("requests")
MakeRequests = Callable[..., Requests]
TASK = tables.FIRST_TASK


@pytest.fixture
def server() -> Iterator[OpenMLServer]:
    with OpenMLServer() as server:
        yield server


@pytest.fixture
def make(server: OpenMLServer, tmp_path: Path) -> MakeRequests:
    def make(server: OpenMLServer = server, cache: Path = tmp_path, **options: Any) -> Requests:
        quick = {"requests_per_s": 1e6, "retries": 3, "backoff_s": 0.001, "timeout_s": 10.0}
        return Requests(server.url, cache, **{**quick, **options})
    return make


def gaps_s(server: OpenMLServer) -> list[float]:
    times = [request.time_s for request in server.requests]
    return [after - before for before, after in pairwise(times)]


def test_requests_keep_to_their_rate_across_threads(server: OpenMLServer, make: MakeRequests) -> None:
    requests = make(requests_per_s=20.0)
    ask = [threading.Thread(target=requests.get, args=(f"{server.url}/task/{TASK + number}", bytes))
           for number in range(6)]
    begin = time.monotonic()
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert time.monotonic() - begin >= 5 / 20
    assert server.count() == 6


def test_retries_keep_to_the_rate(server: OpenMLServer, make: MakeRequests) -> None:
    server.misbehave(Fault.UNAVAILABLE, times=2)
    begin = time.monotonic()
    make(requests_per_s=8.0).get(f"{server.url}/task/{TASK}", bytes)
    assert time.monotonic() - begin >= 2 / 8


def test_kept_answers_need_not_wait(server: OpenMLServer, make: MakeRequests) -> None:
    requests = make(requests_per_s=0.5)
    begin = time.monotonic()
    for _ in range(10):
        requests.get(f"{server.url}/task/{TASK}", bytes)
    assert time.monotonic() - begin < 10.0
    assert server.count() == 1


def test_pauses_double_and_differ(server: OpenMLServer, make: MakeRequests, caplog: pytest.LogCaptureFixture) -> None:
    server.misbehave(Fault.UNAVAILABLE, times=3)
    with caplog.at_level(logging.INFO):
        make(backoff_s=0.05).get(f"{server.url}/task/{TASK}", bytes)
    told = [record for record in caplog.records if record.name == "knowledge_base.openml_requests"]
    assert "HTTP 503; retry 1 of 3 in" in told[0].getMessage()
    pauses_s = [record.args[-1] for record in told if isinstance(record.args, tuple)]
    assert len(pauses_s) == len(gaps_s(server)) == 3
    for number, (gap_s, pause_s) in enumerate(zip(gaps_s(server), pauses_s, strict=True)):
        assert 0.5 * 0.05 * 2**number <= pause_s <= 1.5 * 0.05 * 2**number
        assert pause_s <= gap_s


def test_the_server_says_when_to_come_back(server: OpenMLServer, make: MakeRequests) -> None:
    server.misbehave(Fault.TOO_MANY_REQUESTS, retry_after="1")
    make().get(f"{server.url}/task/{TASK}", bytes)
    assert gaps_s(server)[0] >= 1.0
    server.misbehave(Fault.UNAVAILABLE, retry_after="86400")
    n = server.count()
    with pytest.raises(OpenMLError, match=r"HTTP 503. Try again later"):
        make().get(f"{server.url}/task/{TASK + 1}", bytes)
    assert server.count() == n + 1


def test_a_date_to_come_back_at() -> None:
    date = datetime.now(UTC) + timedelta(seconds=100)
    assert seconds_to_wait(format_datetime(date, usegmt=True)) == pytest.approx(99.5, abs=1.5)
    assert seconds_to_wait("soon") == 0.0


@pytest.mark.parametrize("damage", [b"", b"no gzip", gzip.compress(b"<oml:task>")[:-3], gzip.compress(b"<html>")],
                         ids=["empty", "no gzip", "cut", "web page"])
def test_a_damaged_kept_answer_is_fetched_again(server: OpenMLServer, make: MakeRequests, tmp_path: Path,
                                                damage: bytes) -> None:
    address = f"{server.url}/task/{TASK}"
    root = make().get(address, xml_root)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage)
    assert make().get(address, xml_root).tag == root.tag
    assert make().get(address, xml_root).tag == root.tag
    assert server.count() == 2


def test_only_what_is_worth_keeping_is_kept(server: OpenMLServer, make: MakeRequests, tmp_path: Path) -> None:
    for _ in range(2):
        make().get(f"{server.url}/task/{TASK}", len, keep=lambda length: length > 10**6)
    assert server.count() == 2
    assert list(tmp_path.iterdir()) == []


def test_a_refused_answer_is_not_kept(server: OpenMLServer, make: MakeRequests, tmp_path: Path) -> None:
    def never(body: bytes) -> bytes:
        raise PassingFault("bad", "Do better.")
    with pytest.raises(OpenMLError, match=r"bad, after 3 retries. Do better. What was fetched before is kept"):
        make().get(f"{server.url}/task/{TASK}", never)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing_half_done(server: OpenMLServer, make: MakeRequests, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(OpenMLError, match=r"No space left.*free some space"):
            make().get(f"{server.url}/task/{TASK}", bytes)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OpenMLError, match="choose another folder"):
        make(cache=tmp_path / "file").get(f"{server.url}/task/{TASK}", bytes)


def test_the_key_goes_to_the_server_alone_and_into_no_message(server: OpenMLServer, make: MakeRequests) -> None:
    requests = make(api_key="secret", retries=0)
    requests.get(f"{server.url}/task/{TASK}", bytes)
    with OpenMLServer() as other:
        requests.get(f"{other.url}/task/{TASK}", bytes)
        assert other.requests[0].api_key is None
    assert server.requests[0].api_key == "secret"
    server.misbehave(Fault.CUT_OFF)
    with pytest.raises(OpenMLError) as broken:
        requests.get(f"{server.url}/task/{TASK + 1}", bytes)
    server.__exit__(None, None, None)
    with pytest.raises(OpenMLError) as unreachable:
        requests.get(f"{server.url}/task/{TASK + 2}", bytes)
    for error in (broken.value, unreachable.value):
        shown: BaseException | None = error
        while shown is not None:
            assert "secret" not in str(shown)
            shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)


def test_an_address_that_is_none(make: MakeRequests) -> None:
    with pytest.raises(OpenMLError, match=r"file:///etc/passwd cannot be asked for.*check the address"):
        make().get("file:///etc/passwd", bytes)


def test_refusals_that_are_not_openml_s(server: OpenMLServer, make: MakeRequests) -> None:
    with pytest.raises(OpenMLError, match="HTTP 404") as error:
        make().get(f"{server.site}/nowhere", bytes)
    assert error.value.code is None
    assert server.count() == 1


@pytest.mark.parametrize("wrong", [{"requests_per_s": 0.0}, {"timeout_s": -1.0}, {"retries": -1}, {"backoff_s": -0.1},
                                   {"requests_per_s": float("nan")}])
def test_numbers_that_make_no_sense(make: MakeRequests, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        make(**wrong)


@pytest.mark.parametrize(("body", "found"), [
    (b"<html><body>", "a web page"), (b"", "something else"), (b"<oml:task xmlns:oml='http://x'/>", "http://x"),
    (b"\xff\xfe<", "something else"), (tables.document("task")[:-5], "a part of it"),
])
def test_what_is_no_openml_xml(body: bytes, found: str) -> None:
    with pytest.raises(PassingFault, match=found) as error:
        xml_root(body)
    assert "maintenance" in error.value.remedy


def test_files() -> None:
    assert checked_file(b"abc", "900150983CD24FB0D6963F7D28E17F72") == checked_file(b"abc", None) == b"abc"
    with pytest.raises(PassingFault, match="checksum"):
        checked_file(b"abd", "900150983cd24fb0d6963f7d28e17f72")
    with pytest.raises(PassingFault, match="web page"):
        checked_file(b" <!DOCTYPE html>", None)


def test_an_error_of_openml_is_told(server: OpenMLServer, make: MakeRequests) -> None:
    with pytest.raises(OpenMLError, match=r"HTTP 412 \(Function not valid, error 100\)") as error:
        make().get(f"{server.site}{answers.API}nonsense", bytes)
    assert error.value.code == 100


def send_flow(requests: Requests, server: OpenMLServer, *, key: str = KEY, path: str = "flow") -> str:
    description = '<oml:flow xmlns:oml="http://openml.org/openml"><oml:name>a.B</oml:name>' \
        '<oml:external_version>b==1</oml:external_version></oml:flow>'
    return requests.post(f"{server.url}/{path}", lambda body: xml_root(body, "upload_flow").tag, api_key=key, fields={},
                         files={"description": description})


@pytest.mark.parametrize("fault", [Fault.TOO_MANY_REQUESTS, Fault.UNAVAILABLE])
def test_what_was_turned_away_is_sent_again(fault: Fault, server: OpenMLServer, make: MakeRequests) -> None:
    server.misbehave(fault, times=2)
    assert send_flow(make(), server).endswith("upload_flow")
    assert server.count("upload_flow") == 3 and len(server.uploads.flows) == 1


@pytest.mark.parametrize("fault", [Fault.CUT_OFF, Fault.HTML, Fault.DATABASE_ERROR, Fault.GATEWAY_TIMEOUT, Fault.SLOW])
def test_what_may_have_been_taken_is_not_sent_again(fault: Fault, server: OpenMLServer, make: MakeRequests) -> None:
    server.misbehave(fault, delay_s=30.0)
    with pytest.raises(PossiblyTaken, match="not known whether the server took what was sent"):
        send_flow(make(timeout_s=0.3 if fault is Fault.SLOW else 10.0), server)
    assert server.count() == len(server.uploads.flows) == 1


def test_where_nobody_listens_sending_is_tried_again(make: MakeRequests, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with OpenMLServer() as gone:
        requests = make(gone, retries=2)
    with pytest.raises(OpenMLError, match=r"after 2 retries.*Nothing was taken by the server") as caught:
        send_flow(requests, gone)
    assert not isinstance(caught.value, PossiblyTaken)
    assert KEY not in caplog.text and KEY not in str(caught.value)


def test_a_key_is_not_sent_on_to_another_address(server: OpenMLServer, make: MakeRequests) -> None:
    with OpenMLServer() as other:
        moved = f"{other.url}/flow"
        server.misbehave(Fault.MOVED, location=moved)
        with pytest.raises(OpenMLError, match="not followed with a key"):
            send_flow(make(), server)
        assert server.count() == 1 and other.count() == 0


@pytest.mark.parametrize(("key", "code"), [("wrong", 103), ("", 102)])
def test_a_key_that_is_not_accepted(key: str, code: int, server: OpenMLServer, make: MakeRequests) -> None:
    with pytest.raises(OpenMLError, match="does not accept the API key") as caught:
        send_flow(make(), server, key=key)
    assert caught.value.code == code and server.count() == 1
