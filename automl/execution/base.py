"""Executor: runs trials, wherever; knows nothing of search."""

from __future__ import annotations

from typing import Protocol

from automl.trial import Outcome, Trial


class Evaluator(Protocol):
    """What runs inside a worker. Picklable; its large arrays may be memory-mapped there."""

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        """Evaluate one trial; `time_limit_s` is a soft limit that the learner itself observes."""


class Executor(Protocol):
    """Submit trials, collect outcomes. All executors give equal outcomes for equal trials."""

    @property
    def n_workers(self) -> int:
        """Trials that run at the same time; on a cluster it may change."""

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        """Start a trial or queue it; past `time_limit_s` and a grace it is killed."""

    def collect(self, timeout_s: float | None = None) -> list[tuple[Trial, Outcome]]:
        """Wait until a trial has finished or `timeout_s` has passed; give all finished ones, in that order."""

    @property
    def pending(self) -> int:
        """Trials submitted and not yet collected."""

    def cancel(self) -> list[tuple[Trial, Outcome]]:
        """Kill what runs, drop what is queued; give an outcome with status timeout for each."""

    def close(self) -> None:
        """End every process; nothing is left behind. Safe to call twice."""
