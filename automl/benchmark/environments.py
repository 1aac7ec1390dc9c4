"""One virtual environment for each framework file that names requirements, shared by its frameworks."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs

from automl.benchmark.frameworks import FRAMEWORKS, Framework

_HARNESS_REQUIREMENTS = ("pandas", "pyarrow")
_STAMP = "requirements.json"
_SHOWN_LINES = 15


def default_folder() -> Path:
    """Where environments lie unless told otherwise: in the user's cache."""
    return platformdirs.user_cache_path("precedent", appauthor=False) / "environments"


def frameworks_named(names: Sequence[str]) -> list[Framework]:
    """Give the frameworks of these names.

    Raises
    ------
    ValueError
        If there is none of a name; the message lists those that there are.

    Examples
    --------
    >>> [framework.name for framework in frameworks_named(["constant", "h2o"])]
    ['constant', 'h2o']
    """
    unknown = next((name for name in names if name not in FRAMEWORKS), None)
    if unknown is not None:
        raise ValueError(f"there is no framework {unknown!r}; there are: {', '.join(FRAMEWORKS)}")
    return [FRAMEWORKS[name] for name in names]


def python_of(framework: Framework, folder: Path | None = None) -> Path:
    """Give the Python that a framework runs in.

    Parameters
    ----------
    framework : Framework
    folder : Path, optional
        Of the environments; `default_folder()` if not given.

    Raises
    ------
    ValueError
        If its environment is not there, or was built for other requirements; the message says how to build it.

    Examples
    --------
    >>> python_of(FRAMEWORKS["constant"]) == Path(sys.executable)
    True
    """
    if not framework.requirements:
        return Path(sys.executable)
    place = _place(framework, folder)
    if is_built(framework, folder):
        return _python(place)
    remedy = f"automl benchmark setup {framework.name}"
    if folder is not None:
        remedy += f" --environments {shlex.quote(str(folder))}"
    what = "is of other versions than it needs now" if (place / _STAMP).exists() else "is not there"
    raise ValueError(f"the environment of {framework.name}, {place}, {what}: build it by `{remedy}`")


def is_built(framework: Framework, folder: Path | None = None) -> bool:
    """Whether a framework's environment is there, whole, and of the requirements that it has now."""
    place = _place(framework, folder)
    try:
        stamp = json.loads((place / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == _all_requirements(framework)) and _python(place).exists()


def build(
    framework: Framework,
    folder: Path | None = None,
    python: str | Path = sys.executable,
    on_line: Callable[[str], None] = lambda line: None,
) -> Path:
    """Build a framework's environment anew, whatever is in its place.

    Parameters
    ----------
    framework : Framework
    folder : Path, optional
        Of the environments; `default_folder()` if not given.
    python : str or Path
        The interpreter whose version it gets.
    on_line : callable
        Told each line that pip writes.

    Returns
    -------
    Path
        Its Python.

    Raises
    ------
    ValueError
        If a program that the framework needs is missing.
    ChildProcessError
        If it cannot be made, or pip fails, with the last lines of what was said.
    """
    missing = [program for program in framework.programs if shutil.which(program) is None]
    if missing:
        raise ValueError(
            f"{framework.name} needs the program {missing[0]}, which is not found: install it so that "
            f"`{missing[0]}` runs in a terminal, then set {framework.name} up again"
        )
    place = _place(framework, folder)
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _run([str(python), "-m", "venv", str(place)], f"{python} cannot make a virtual environment", on_line)
    pip = [str(_python(place)), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    _run(
        [*pip, *_all_requirements(framework)],
        f"pip cannot install {framework.name}; another Python may do, which --python PATH chooses",
        on_line,
    )
    (place / _STAMP).write_text(json.dumps(_all_requirements(framework)), encoding="utf-8")
    return _python(place)


def _place(framework: Framework, folder: Path | None) -> Path:
    return (default_folder() if folder is None else folder.absolute()) / framework.environment


def _python(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _all_requirements(framework: Framework) -> list[str]:
    return [*framework.requirements, *_HARNESS_REQUIREMENTS]


def _run(command: Sequence[str], failure: str, on_line: Callable[[str], None]) -> None:
    """Run a command to its end; what it says is told line by line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    last: deque[str] = deque(maxlen=_SHOWN_LINES)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            last.append(line.rstrip())
            on_line(line.rstrip())
    if process.returncode:
        raise ChildProcessError("\n  ".join([f"{failure}; the last that was said:", *last]))
