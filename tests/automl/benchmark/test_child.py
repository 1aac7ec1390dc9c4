"""The process of a run, whatever it does: these are plain scripts, which speak the protocol or do not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from made_up_frameworks import gone

from automl.benchmark import child as child_module
from automl.benchmark.child import Child, Ended, OutOfMemory, TimedOut

TALK = """
import json, os, subprocess, sys, time
def say(**event):
    print(json.dumps(event), flush=True)
"""


@pytest.fixture
def start(tmp_path):
    """Starts a script as a child."""

    def start(script, n_cores=1, cores=None, is_own_python=True):
        path = tmp_path / "script.py"
        path.write_text(TALK + textwrap.dedent(script))
        return Child([sys.executable, str(path)], tmp_path, n_cores, cores, is_own_python)

    return start


def test_it_is_heard_and_goes_on_when_it_is_let(start):
    script = "say(event='a', x=1)\nline = sys.stdin.readline()\nsay(event='b', line=line)"
    with start(script) as child:
        assert child.hear(30.0) == {"event": "a", "x": 1}
        with pytest.raises(TimedOut):
            child.hear(0.2)
        child.let_go_on()
        assert child.hear(30.0) == {"event": "b", "line": "\n"}
        with pytest.raises(Ended, match="exited with status 0"):
            child.hear(30.0)
        assert child.peak_mb > 3


def test_its_memory_is_that_of_all_its_processes(start):
    script = """
        hold = "x = b'1' * 100_000_000\\nprint(1, flush=True)\\nimport time; time.sleep(60)"
        others = [subprocess.Popen([sys.executable, "-c", hold], stdout=-1) for _ in range(2)]
        for each in others:
            each.stdout.readline()
        say(event="held")
        time.sleep(60)
    """
    with start(script) as child:
        child.hear(30.0)
        assert 200 < child.peak_mb < 350


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("os._exit(3)", "exited with status 3"),
        ("os.kill(os.getpid(), 9)", "ended by signal 9 .Killed"),
        ("os.kill(os.getpid(), 11)", "ended by signal 11 .Segmentation fault"),
        ("os.kill(os.getpid(), 40)", "ended by signal 40"),
        ("print('Hello'); sys.stdout.flush(); time.sleep(60)", "said 'Hello.n', which is no event"),
        ("print('[1]'); sys.stdout.flush(); time.sleep(60)", "which is no event"),
        ("os.write(1, b'\\xff\\n'); time.sleep(60)", "which is no event"),
        ("sys.stdout.write('{\"event\": '); sys.stdout.flush(); os._exit(0)", "which is no event"),
    ],
)
def test_an_end_or_nonsense_in_place_of_an_event(start, script, error):
    with start(script) as child, pytest.raises(Ended, match=error) as raised:
        child.hear(30.0)
    assert type(raised.value) is Ended


def test_a_kill_by_the_kernel_for_want_of_memory_is_told_apart(start, monkeypatch):
    counts = iter([7, 8])
    monkeypatch.setattr(child_module, "_oom_kills", lambda: next(counts))
    with start("os.kill(os.getpid(), 9)") as child, pytest.raises(OutOfMemory, match="memory was full"):
        child.hear(30.0)


def test_what_it_said_last_is_heard_after_its_end(start):
    with start("say(event='a'); say(event='b'); os._exit(1)") as child:
        time.sleep(0.3)
        assert [child.hear(30.0)["event"] for _ in range(2)] == ["a", "b"]
        with pytest.raises(Ended):
            child.hear(30.0)


def test_nothing_below_it_is_left(start):
    """A child, one of a session of its own, and a daemon whose parent has gone."""
    script = """
        sleep = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)"]
        pids = [subprocess.Popen(sleep).pid, subprocess.Popen(sleep, start_new_session=True).pid]
        read, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(write, str(os.getpid()).encode())
                time.sleep(300)
            os._exit(0)
        os.wait()
        say(event="ready", pids=[*pids, int(os.read(read, 100))])
        if "die" in sys.argv:
            os._exit(0)
        time.sleep(300)
    """
    with start(script) as child:
        pids = child.hear(30.0)["pids"]
        assert len(pids) == 3 and all(psutil.pid_exists(pid) for pid in pids)
    assert gone(pids)
    with start(script.replace('if "die" in sys.argv:', "if True:")) as child:
        pids = child.hear(30.0)["pids"]
        with pytest.raises(Ended):
            child.hear(30.0)
    assert gone(pids)


def test_others_are_left_alone(start):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
    try:
        with start("say(event='a')") as child:
            child.hear(30.0)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_megabytes_of_noise_do_not_stop_it_and_the_end_is_kept(start):
    script = """
        for i in range(80):
            os.write(2, b"x" * 100_000)
        os.write(2, "été \\U0001f642 the end\\n".encode() + b"\\xff")
        say(event="done")
        time.sleep(60)
    """
    with start(script) as child:
        assert child.hear(60.0)["event"] == "done"
        words = child.last_words()
    assert len(words) <= 20_000
    assert words.endswith("été 🙂 the end\n�")


def test_its_threads_and_cores_are_bounded(start):
    script = """
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        say(event="a", threads=[os.environ[name] for name in names], cores=sorted(os.sched_getaffinity(0)))
    """
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("processes are not bound to cores here")
    last = max(os.sched_getaffinity(0))
    with start(script, n_cores=3, cores={last}) as child:
        seen = child.hear(30.0)
    assert (seen["threads"], seen["cores"]) == (["3"] * 3, [last])


@pytest.mark.parametrize("is_own_python", [True, False])
def test_another_python_does_not_look_where_this_one_does(start, monkeypatch, is_own_python):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/somewhere/else.py")
    with start("say(event='a', path=os.environ.get('PYTHONPATH'))", is_own_python=is_own_python) as child:
        assert child.hear(30.0)["path"] == ("/somewhere" if is_own_python else None)


def test_an_interrupt_ends_it(start):
    with pytest.raises(KeyboardInterrupt), start("say(event='a', pid=os.getpid()); time.sleep(300)") as child:
        pid = child.hear(30.0)["pid"]
        raise KeyboardInterrupt
    assert gone([pid])
