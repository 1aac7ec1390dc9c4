"""Count what `pip install .` brings into a new environment, and weigh it.

The environment is made in a temporary folder and removed; pip itself does not count. An MB is 2**20 bytes of disk
blocks, as `du -sm` counts it. Exit code 1 when a bound is passed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAX_DISTRIBUTIONS = 45
MAX_MB = 600
NOT_OURS = {"pip", "setuptools"}


def disk_mb(folder: Path) -> float:
    """Disk blocks that a folder takes, in 2**20 bytes."""
    return sum(path.lstat().st_blocks for path in folder.rglob("*")) * 512 / 2**20


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        [site_packages] = Path(folder).glob("lib/python*/site-packages")
        before_mb = disk_mb(site_packages)
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", os.fspath(ROOT)], check=True)
        listed = json.loads(subprocess.check_output([*pip, "list", "--format=json"]))
        names = sorted(entry["name"] for entry in listed if entry["name"] not in NOT_OURS)
        size_mb = disk_mb(site_packages) - before_mb
    print(f"{len(names)} distributions (at most {MAX_DISTRIBUTIONS}): {', '.join(names)}")
    print(f"{size_mb:.0f} MB on disk (at most {MAX_MB})")
    return int(len(names) > MAX_DISTRIBUTIONS or size_mb > MAX_MB)


if __name__ == "__main__":
    sys.exit(main())
