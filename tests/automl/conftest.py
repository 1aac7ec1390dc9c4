"""The stand-in for OpenML's server."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
from openml_server import OpenMLServer, private_openml


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenMLServer]:
    if importlib.util.find_spec("openml") is None:
        pytest.skip("openml is not installed")
    with private_openml(tmp_path_factory.mktemp("openml")), OpenMLServer() as server:
        yield server
