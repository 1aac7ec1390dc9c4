"""The documentation page is the registry's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "metafeatures_page.py"


def test_page_is_current() -> None:
    found = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"],
        check=False,
        cwd=SCRIPT.parents[1],
        env={"PYTHONPATH": str(SCRIPT.parents[1])},
    )
    assert found.returncode == 0, "run: python scripts/metafeatures_page.py"
