"""setup.sh of the framework folder for AMLB, with stand-ins for Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "amlb" / "extensions" / "Precedent" / "setup.sh"
NEW_PYTHON = """#!/bin/sh
case "$*" in
    *version_info*) exit 0 ;;
    *importlib.metadata*) echo 9.8.7 ;;
    "-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
    *) for package; do :; done; echo "$package" > "$LOG" ;;
esac
"""
OLD_PYTHON = "#!/bin/sh\nexit 1\n"


class Place:
    """A copy of the framework folder, and a PATH on which only the Pythons of a test are."""

    def __init__(self, folder: Path):
        self.folder, self.bin, self.log = folder / "Precedent", folder / "bin", folder / "package.txt"
        (self.folder / ".setup").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(SCRIPT, self.folder)
        for name in ("bash", "dirname", "mkdir", "cp"):
            (self.bin / name).symlink_to(str(shutil.which(name)))
        self.amlb = self.python("amlb_python", OLD_PYTHON)

    def python(self, name: str, text: str) -> Path:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def setup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        (self.folder / ".setup" / "setup_env").write_text(f"AMLB_ROOT=/amlb\nPY_EXEC_PATH={self.amlb}\n")
        return subprocess.run(
            [str(self.bin / "bash"), str(self.folder / "setup.sh"), *arguments],
            env={"PATH": str(self.bin), "LOG": str(self.log)}, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_checkout_is_installed_by_the_first_python_that_is_new_enough(place: Place) -> None:
    place.python("python3.12", OLD_PYTHON)
    place.python("python3.11", NEW_PYTHON)
    done = place.setup("checkout", str(ROOT))
    assert done.returncode == 0, done.stderr
    assert place.log.read_text().strip() == f"{ROOT.resolve()}[parquet]"
    assert (place.folder / ".setup" / "installed").read_text() == "9.8.7\n"
    assert os.access(place.folder / "venv" / "bin" / "python", os.X_OK)


def test_the_python_of_amlb_comes_first_and_a_version_from_the_index(place: Place) -> None:
    place.amlb = place.python("amlb_python", NEW_PYTHON)
    done = place.setup("1.2.3")
    assert done.returncode == 0, done.stderr
    assert place.log.read_text().strip() == "precedent-automl[parquet]==1.2.3"


def test_without_a_new_python_the_remedy_is_said(place: Place) -> None:
    done = place.setup("1.2.3")
    assert done.returncode == 1
    assert "PY_EXEC_PATH" in done.stderr
    assert not place.log.exists()


def test_a_copy_of_the_folder_asks_for_the_checkout(place: Place) -> None:
    place.python("python3.13", NEW_PYTHON)
    done = place.setup()
    assert done.returncode == 1
    assert "setup_args: [checkout, /path/to/it]" in done.stderr


def test_the_folder_belongs_to_this_checkout() -> None:
    assert (SCRIPT.parent / "../../../.." / "pyproject.toml").resolve() == ROOT.resolve() / "pyproject.toml"
