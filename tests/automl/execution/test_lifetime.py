"""However the user's process ends, the template, the workers, their children and files end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from misbehaving import Marked

pytestmark = pytest.mark.once
# No guard of __main__, a class and a lambda of its own, hung trials with children.
SCRIPT = """
import os, signal, sys, time
sys.path[:] = {path!r}
from automl.execution import PoolExecutor
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

class Evaluator:
    half = staticmethod(lambda value: value / 2)

    def __call__(self, trial, time_limit_s):
        if trial.configuration.algorithm == "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.fork()
            time.sleep(1000)
        return Outcome(Status.OK, self.half(trial.number), 0.1)

def trial(number, name):
    return Trial(number, Configuration(name, {{}}), Fidelity(1), seed=0)

executor = PoolExecutor(2, preload=({preload}), work_dir={folder!r})
executor.start(Evaluator())
executor.submit(trial(1, "ok"))
if {wait}:
    (found,) = executor.collect()
    executor.submit(trial(2, "hang"))
    executor.submit(trial(3, "hang"))
    executor.collect(0.3)
    print(found[1].loss, flush=True)
{ending}
"""


def start(folder: Path, ending: str, *, wait: bool = True, preload: str = "") -> subprocess.Popen[str]:
    source = SCRIPT.format(path=sys.path, folder=str(folder), ending=ending, wait=wait, preload=preload)
    script = folder.parent / "script.py"
    script.write_text(source)
    return subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("preload", ["", "'os',"], ids=["anew", "forked"])
@pytest.mark.parametrize(
    ("ending", "returncode"),
    [
        ("executor.close()", 0),
        ("", 0),
        ("del executor", 0),
        ("sys.exit(7)", 7),
        ("raise ValueError('unforeseen')", 1),
        ("os._exit(8)", 8),
        ("os.abort()", -signal.SIGABRT),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
)
def test_nothing_outlives_the_script(
    marked: Marked, folder: Path, ending: str, returncode: int, preload: str
) -> None:  # fmt: skip
    script = start(folder, ending, preload=preload)
    out, err = script.communicate(timeout=20)
    assert (out, script.returncode) == ("0.5\n", returncode), err
    assert marked.gone_within(3.0)
    assert not list(folder.iterdir())


def test_nothing_outlives_a_script_killed_during_the_imports(marked: Marked, folder: Path) -> None:
    script = start(folder, "os.kill(os.getpid(), signal.SIGKILL)", wait=False, preload="'sklearn.ensemble', 'lightgbm'")
    script.communicate(timeout=20)
    assert script.returncode == -signal.SIGKILL
    assert marked.pids()
    assert marked.gone_within(3.0)
    assert not list(folder.iterdir())


def test_nothing_outlives_a_script_whose_forked_child_lives_on(marked: Marked, folder: Path) -> None:
    # The child holds a copy of every descriptor that the script had, the template's channel among them.
    ending = """
if os.fork() == 0:
    del os.environ["PRECEDENT_TEST_MARKER"]
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(1000)"])
os.kill(os.getpid(), signal.SIGKILL)
"""
    inherit = "import fcntl\nos.set_inheritable(executor._template._channel.fileno(), True)\n"
    script = start(folder, inherit + ending)
    try:
        assert script.stdout is not None and script.stdout.readline() == "0.5\n"
        assert script.wait(20) == -signal.SIGKILL
        assert marked.gone_within(3.0)
    finally:
        os.killpg(script.pid, signal.SIGKILL)
        script.communicate(timeout=5)


def test_ctrl_c_does_not_reach_the_workers(marked: Marked, folder: Path) -> None:
    ending = """
executor.cancel()
for number in range(20):
    executor.submit(trial(number, "ok"))
print("ready", flush=True)
try:
    time.sleep(10)
except KeyboardInterrupt:
    pass
found = []
while executor.pending:
    found += executor.collect(5)
print(len(found), {str(outcome.status) for _, outcome in found})
executor.close()
"""
    script = start(folder, ending)
    assert script.stdout is not None
    assert [script.stdout.readline() for _ in range(2)] == ["0.5\n", "ready\n"]
    time.sleep(0.1)
    # As a terminal does: to the whole foreground group.
    os.killpg(script.pid, signal.SIGINT)
    out, err = script.communicate(timeout=20)
    assert (out, script.returncode) == ("20 {'ok'}\n", 0), err
