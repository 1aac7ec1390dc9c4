"""What may be used of the machine."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from automl.execution.resources import available_cpus, available_memory_mb, default_memory_limit_mb


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_affinity_is_respected() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert available_cpus() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert available_cpus() <= len(before)


def test_memory_is_shared_among_workers() -> None:
    assert 0 < available_memory_mb() <= psutil.virtual_memory().total / 2**20
    assert default_memory_limit_mb(4) == pytest.approx(default_memory_limit_mb(1) / 4, rel=0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="control groups")
def test_a_limit_of_a_control_group_counts(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    from automl.execution import resources

    limit, usage = Path(str(tmp_path), "limit"), Path(str(tmp_path), "usage")
    monkeypatch.setattr(resources, "_CGROUPS", ((str(limit), str(usage)),))
    usage.write_text(f"{20 << 20}\n")
    limit.write_text(f"{100 << 20}\n")
    assert available_memory_mb() == 80
    limit.write_text("max\n")
    assert available_memory_mb() > 80
