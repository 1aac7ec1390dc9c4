from __future__ import annotations

import os
import subprocess
import sys

import pytest

from automl.benchmark.cores import reserved_cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds processes to cores")
USABLE = os.sched_getaffinity(0) if sys.platform == "linux" else frozenset()
HOLD = "from automl.benchmark.cores import reserved_cores\nwith reserved_cores(1) as c: print(*c, flush=True); input()"


@pytest.mark.skipif(len(USABLE) < 2, reason="needs two cores")
def test_runs_at_the_same_time_have_cores_of_their_own():
    with reserved_cores(1) as one:
        other = subprocess.Popen([sys.executable, "-c", HOLD], stdin=-1, stdout=-1, text=True)
        assert other.stdout is not None
        with other:
            theirs = {int(core) for core in other.stdout.readline().split()}
            assert len(one) == len(theirs) == 1
            assert not one & theirs
            if len(USABLE) == 2:  # all are taken: they are shared
                with reserved_cores(1) as third:
                    assert len(third) == 1
            other.kill()
        with reserved_cores(len(USABLE) - 1) as again:  # the dead hold nothing
            assert again == USABLE - one


def test_more_than_there_are_is_all_of_them():
    with reserved_cores(10_000) as cores:
        assert cores == USABLE
    with reserved_cores(len(USABLE)) as cores:
        assert cores == USABLE
