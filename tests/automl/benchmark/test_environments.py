"""Environments of a package that lies in a file, so that no network is asked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from local_wheels import write_wheel

from automl.benchmark import environments
from automl.benchmark.environments import build, frameworks_named, is_built, python_of
from automl.benchmark.frameworks import FRAMEWORKS, Framework


@pytest.fixture(scope="module")
def framework(tmp_path_factory):
    requirement = write_wheel(tmp_path_factory.mktemp("wheels"), "madeup", "1.5")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environments, "_HARNESS_REQUIREMENTS", ())
        yield Framework("made_up", Path("made_up.py"), (requirement,), {}, True)


@pytest.fixture(scope="module")
def built(framework, tmp_path_factory):
    """The folder of environments, after a try that failed and one that did not, and what pip said in the second."""
    folder = tmp_path_factory.mktemp("environments")
    with pytest.raises(ChildProcessError) as failure:
        build(replace(framework, requirements=("/no/such.whl",)), folder)
    assert not is_built(framework, folder)
    lines = []
    build(framework, folder, on_line=lines.append)
    return folder, str(failure.value), lines


def test_its_python_has_what_it_needs_and_nothing_of_ours(framework, built):
    python = python_of(framework, built[0])
    assert python.is_relative_to(built[0] / "made_up")
    code = "import importlib.util as u, madeup; print(madeup.version, u.find_spec('automl'))"
    done = subprocess.run([python, "-P", "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout == "1.5 None\n"


def test_progress_is_told(built):
    assert any(line.startswith("Installing collected packages") for line in built[2])


def test_why_pip_failed_is_told_with_a_remedy(built):
    message = built[1]
    assert "pip cannot install made_up" in message
    assert "/no/such.whl" in message
    assert "--python PATH" in message


def test_variants_share_it(framework, built):
    assert python_of(replace(framework, name="other", options={"deep": True}), built[0]) == python_of(
        framework, built[0]
    )


def test_other_requirements_need_another_one(framework, built):
    newer = replace(framework, requirements=("madeup==2.0",))
    assert is_built(framework, built[0])
    assert not is_built(newer, built[0])
    with pytest.raises(ValueError, match="of other versions than it needs now"):
        python_of(newer, built[0])


def test_one_that_is_not_there_is_an_error_that_names_the_command(framework, tmp_path):
    folder = tmp_path / "a folder"
    with pytest.raises(ValueError, match="is not there") as error:
        python_of(framework, folder)
    assert f"automl benchmark setup made_up --environments '{folder}'" in str(error.value)


def test_one_that_was_broken_off_is_not_there(framework, tmp_path):
    (tmp_path / "made_up" / "bin").mkdir(parents=True)
    (tmp_path / "made_up" / "bin" / "python").symlink_to(sys.executable)
    assert not is_built(framework, tmp_path)
    (tmp_path / "made_up" / "requirements.json").write_text("[half a li")
    assert not is_built(framework, tmp_path)


def test_a_program_that_is_missing_is_told_before_anything_is_built(framework, tmp_path):
    with pytest.raises(ValueError, match="needs the program no-such-java"):
        build(replace(framework, programs=("no-such-java",)), tmp_path)
    assert not list(tmp_path.iterdir())
    assert FRAMEWORKS["h2o"].programs == ("java",)


def test_a_framework_without_requirements_runs_here(tmp_path):
    assert python_of(FRAMEWORKS["constant"], tmp_path) == Path(sys.executable)


def test_a_name_that_is_none_is_told_with_those_that_are():
    with pytest.raises(ValueError, match=r"no framework 'flalm'; there are: precedent, precedent_cold, .*mljar"):
        frameworks_named(["flaml", "flalm"])


def test_the_default_folder_is_the_users_own():
    assert environments.default_folder().is_relative_to(Path.home())
