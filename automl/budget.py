"""Budget: the wall clock of one fit, with time set aside for its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Budget:
    """Time and trials that a fit may spend.

    Parameters
    ----------
    time_budget : float or None
        Seconds of wall clock from `start` on; None for no clock.
    max_trials : int or None
        Trials that may be asked; None for no limit.
    clock : callable
        Monotonic seconds.

    Examples
    --------
    >>> b = Budget(10.0, None, clock=iter([0.0, 4.0, 12.0]).__next__)
    >>> b.remaining_s(), b.remaining_s()
    (6.0, 0.0)
    """

    time_budget: float | None
    max_trials: int | None = None
    clock: Callable[[], float] = time.monotonic
    start: float = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.clock()

    @property
    def has_clock(self) -> bool:
        """Whether wall time limits the fit."""
        return self.time_budget is not None

    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.start

    def remaining_s(self) -> float:
        """Seconds left, infinite without a clock, never negative."""
        if self.time_budget is None:
            return float("inf")
        return max(0.0, self.time_budget - self.elapsed_s())
