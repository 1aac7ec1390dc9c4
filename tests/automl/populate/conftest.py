"""The stand-in server and a client of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from openml_server import OpenMLServer, private_openml

from knowledge_base.openml_client import OpenMLClient


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenMLServer]:
    if importlib.util.find_spec("openml") is None:
        pytest.skip("openml is not installed")
    with private_openml(tmp_path_factory.mktemp("openml")), OpenMLServer() as server:
        yield server


@pytest.fixture
def client(server: OpenMLServer, tmp_path: Path) -> OpenMLClient:
    return OpenMLClient(server.url, cache=tmp_path / "cache", requests_per_s=1e6, retries=2, backoff_s=0.001)
