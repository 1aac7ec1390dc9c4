"""A client of the stand-in server."""

from __future__ import annotations

from pathlib import Path

import pytest
from openml_server import OpenMLServer

from knowledge_base.openml_client import OpenMLClient


@pytest.fixture
def client(server: OpenMLServer, tmp_path: Path) -> OpenMLClient:
    return OpenMLClient(server.url, cache=tmp_path / "cache", requests_per_s=1e6, retries=2, backoff_s=0.001)
