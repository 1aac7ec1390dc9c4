"""Each kind of message is itself again on the other side."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from automl.execution.channel import Channel, channel_pair
from automl.execution.messages import Cancel, Done, Failed, Load, Lost, Ready, Run, Settings, Workers


@pytest.mark.parametrize(
    "message",
    [
        Load(), Run(3, b"trial", None), Cancel(), Ready(), Failed("why"), Workers((1, 2)), Done(3, b"outcome", True),
        Lost(3, b"outcome"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_round_trip(message: NamedTuple) -> None:
    channel, theirs = channel_pair()
    other = Channel(theirs)
    other.send(message)
    (received,) = channel.receive()
    assert type(received) is type(message)
    assert received == message
    channel.close()
    other.close()


def test_settings_travel_as_json() -> None:
    settings = Settings(2, None, 0.5, ["json"], "/folder")
    assert Settings(**json.loads(json.dumps(settings._asdict()))) == settings
