"""Print a pip constraint for the lowest version of each runtime dependency that pyproject.toml allows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def main() -> None:
    for requirement in tomllib.loads(PYPROJECT.read_text())["project"]["dependencies"]:
        bounded = re.fullmatch(r"([\w.-]+)>=([\w.]+)", requirement)
        if bounded is None:
            raise SystemExit(f"{requirement!r} in pyproject.toml should read name>=version")
        print(f"{bounded[1]}=={bounded[2]}")


if __name__ == "__main__":
    main()
