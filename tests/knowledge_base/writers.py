"""Processes that write at once, for test_many_writers.py: forked from one that has done the slow imports.

``python writers.py kill PATH ROUNDS SEED``: processes write studies, one after the other, each killed at a random
instant. ``python writers.py race PATH PROCESSES OUTCOMES``: processes write one study each at the same time.
Both print as JSON what was acknowledged.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from knowledge_base import KnowledgeBase


def outcome(name: str, number: int) -> dict[str, Any]:
    return {"configuration_id": name, "algorithm": "knn", "configuration": {"k": number % 50}, "status": "ok",
            "loss": number / 1e6, "is_full_fidelity": True, "fold_losses": [0.1, 0.2], "metrics": {"accuracy": 0.9},
            "seconds": 0.5, "trial_number": number}


def write_study(path: Path, content_hash: str, names: list[str], acknowledge: int) -> list[float]:
    """Write one study; report each outcome when its append has returned; return the seconds that each took."""
    took = []
    with KnowledgeBase(path).writer(
            task={"content_hash": content_hash, "task_type": "binary", "metric": "roc_auc"}, metafeatures={"a": 1.0},
            metafeatures_version="1", space_version="1", provenance={"pid": os.getpid()}) as writer:
        for number, name in enumerate(names):
            begin = time.perf_counter()
            writer.append(outcome(name, number))
            took.append(time.perf_counter() - begin)
            if acknowledge >= 0:
                os.write(acknowledge, (name + "\n").encode())
    return took


def kill(path: Path, rounds: int, seed: int) -> dict[str, Any]:
    dice, acknowledged = random.Random(seed), []
    for round_ in range(rounds):
        reader, pipe = os.pipe()
        process = os.fork()
        if process == 0:
            study = 0
            while True:
                names = [f"{round_}-{study}-{number}" for number in range(dice.randint(1, 20))]
                write_study(path, f"c{round_}", names, pipe)
                study += 1
        os.close(pipe)
        first = os.read(reader, 1 << 16)  # it has begun
        time.sleep(dice.uniform(0.0, 0.25))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        with os.fdopen(reader, "rb") as rest:
            acknowledged += (first + rest.read()).decode().split()
    return {"acknowledged": acknowledged}


def race(path: Path, processes: int, outcomes: int) -> dict[str, Any]:
    results = []
    for process in range(processes):
        reader, pipe = os.pipe()
        if os.fork() == 0:
            took = write_study(path, f"c{process}", [f"{process}-{number}" for number in range(outcomes)], -1)
            with os.fdopen(pipe, "w") as out:
                json.dump(took, out)
            os._exit(0)
        os.close(pipe)
        results.append(reader)
    took = []
    for reader in results:
        with os.fdopen(reader) as stream:
            took += json.load(stream)
        os.wait()
    return {"took": took}


if __name__ == "__main__":
    task, where, first, second = sys.argv[1:]
    answer = {"kill": kill, "race": race}[task](Path(where), int(first), int(second))
    json.dump(answer, sys.stdout)
