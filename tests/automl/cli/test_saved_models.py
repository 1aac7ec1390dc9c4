from __future__ import annotations

import argparse

import pytest

import automl
from automl.cli.saved_models import add_model_arguments, open_model
from automl.cli.user_errors import UserError


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_model_arguments(parser)
    return parser.parse_args(words)


def test_a_missing_file_is_said_so():
    with pytest.raises(UserError, match=r"gone\.automl: no such file"):
        open_model(arguments("gone.automl"))


def test_types_that_are_trusted_reach_the_loader_and_others_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "m.automl"
    path.touch()

    def load(path, *, trusted):
        if "mine.Scorer" not in trusted:
            raise automl.UntrustedFileError("it holds mine.Scorer")
        return trusted

    monkeypatch.setattr(automl, "load", load)
    with pytest.raises(UserError, match=r"mine\.Scorer.*--trust"):
        open_model(arguments(str(path)))
    assert open_model(arguments(str(path), "--trust", "mine.Scorer", "--trust", "mine.Other")) == [
        "mine.Scorer",
        "mine.Other",
    ]
