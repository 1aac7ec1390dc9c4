from __future__ import annotations

import types
from typing import Any

import pytest

from knowledge_base.openml_package import Answer, borrowed
from knowledge_base.openml_requests import OpenMLError


def send(**request: object) -> Answer:
    return Answer(b"")


@pytest.fixture
def package() -> Any:
    config = types.SimpleNamespace(server="theirs", apikey="their key", _root_cache_directory="theirs",
                                   show_progress=True, OPENML_SKIP_PARQUET_ENV_VAR="OPENML_SKIP_PARQUET")
    calls = types.SimpleNamespace(_send_request=None)
    return types.SimpleNamespace(config=config, _api_calls=calls, __version__="0.15.1")


def test_settings_are_ours_inside_and_theirs_afterwards(package: Any) -> None:
    before = dict(vars(package.config))
    with borrowed(package, server="ours", send=send, what="task 3") as openml:
        assert (openml.config.server, openml.config.apikey, openml._api_calls._send_request) == ("ours", "", send)
        folder = openml.config._root_cache_directory
        assert folder.is_dir()
    assert vars(package.config) == before
    assert package._api_calls._send_request is None
    assert not folder.exists()


def test_its_errors_become_ours_and_settings_go_back_all_the_same(package: Any) -> None:
    before = dict(vars(package.config))
    with pytest.raises(OpenMLError, match=r"task 3 cannot be read \(KeyError: 'oml:task'\): leave it out"), \
            borrowed(package, server="ours", send=send, what="task 3"):
        raise KeyError("oml:task")
    with pytest.raises(OpenMLError, match="own words"), borrowed(package, server="ours", send=send, what="task 3"):
        raise OpenMLError("own words")
    with pytest.raises(MemoryError), borrowed(package, server="ours", send=send, what="task 3"):
        raise MemoryError
    assert vars(package.config) == before


def test_a_version_that_asks_in_another_way_is_refused(package: Any) -> None:
    del package._api_calls._send_request
    with pytest.raises(OpenMLError, match="openml==0"), borrowed(package, server="ours", send=send, what="task 3"):
        pass
