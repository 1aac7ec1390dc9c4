"""`automl benchmark setup`: build the environments that other frameworks run in."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from automl.cli.kb.working import working

NAME = "setup"
HELP = "build the environments of other frameworks"
EXAMPLES = """examples:
  automl benchmark setup flaml h2o
  automl benchmark setup flaml_ensemble mljar --environments /data/environments
  automl benchmark setup autogluon_best --python python3.11

Each of the other frameworks runs in a virtual environment of its own, in one exact version; the
variants of one share it. What is there already is left alone, unless the versions have changed; what was broken off is
built anew. They take from 0.5 to several GB, AutoGluon most: where its accelerator build is not wanted, set pip's
variable PIP_EXTRA_INDEX_URL to https://download.pytorch.org/whl/cpu. H2O needs Java.
"""
_SHOWN = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl benchmark setup`."""
    parser.add_argument("frameworks", metavar="FRAMEWORK", nargs="+", help="names as in `automl benchmark run`")
    parser.add_argument(
        "--environments", metavar="FOLDER", type=Path, help="where to build them (default: the user's cache)"
    )
    parser.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="whose version they get (default: the one that runs)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Build what is not there, one after the other."""
    from automl.benchmark.environments import build, frameworks_named, is_built, python_of

    for framework in frameworks_named(arguments.frameworks):
        if not framework.requirements:
            print(f"{framework.name}: needs none, it runs in {sys.executable}")
        elif is_built(framework, arguments.environments):
            print(f"{framework.name}: is there, {python_of(framework, arguments.environments)}")
        else:
            start = time.monotonic()
            with working(f"{framework.name}: making its environment") as say:

                def tell(line: str, name: str = framework.name) -> None:
                    if line.startswith(("Collecting", "Downloading", "Building", "Installing")):
                        say(f"{name}: {line[:_SHOWN]}")

                python = build(framework, arguments.environments, arguments.python, tell)
            print(f"{framework.name}: built in {time.monotonic() - start:.0f} s, {python}", flush=True)
