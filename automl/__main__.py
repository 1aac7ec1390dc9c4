"""`python -m automl` is the command `automl`."""

from __future__ import annotations

import sys

from automl.cli import main

if __name__ == "__main__":
    sys.exit(main())
