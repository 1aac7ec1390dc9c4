"""What the pool, its template process and the workers say to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Settings(NamedTuple):
    """Pool to template: how to run workers; on its command line as JSON, or directly where it is forked.

    What a worker inherits of a forked process is not what it took, and does not count against its limit.
    """

    n_workers: int
    memory_limit_mb: float | None
    grace_s: float
    preload: Sequence[str]
    folder: str
    inherited_mb: float = 0.0

    @property
    def worker_limit_mb(self) -> float | None:
        """Limit on what a worker holds, the inherited included."""
        return None if self.memory_limit_mb is None else self.memory_limit_mb + self.inherited_mb


class Load(NamedTuple):
    """Pool to template: the evaluator lies in the folder."""


class Run(NamedTuple):
    """Pool to template to worker: evaluate a trial; `question` is the pickled trial."""

    ticket: int
    question: bytes
    time_limit_s: float | None


class Cancel(NamedTuple):
    """Pool to template: kill what runs, drop what is queued; a Done for each."""


class Ready(NamedTuple):
    """Template to pool: the evaluator is loaded."""


class Failed(NamedTuple):
    """Template to pool: the evaluator cannot be loaded."""

    error: str


class Workers(NamedTuple):
    """Template to pool: the process ids of the living workers, each the leader of a group."""

    pids: tuple[int, ...]


class Done(NamedTuple):
    """Worker to template to pool: `answer` is the pickled outcome; a worker that asks for it is replaced."""

    ticket: int
    answer: bytes
    replace_worker: bool


class Lost(NamedTuple):
    """Template to pool: the worker crashed or was killed at its limits; `answer` is the outcome that says so."""

    ticket: int
    answer: bytes
