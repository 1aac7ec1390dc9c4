"""Runs one trial so that whatever the learner raises or returns becomes an Outcome."""

from __future__ import annotations

import errno
import random
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from automl.execution.base import Evaluator
from automl.trial import Outcome, Status, Trial

_MESSAGE_CHARACTERS = 1000
_FRAMES = 3


def guarded(evaluator: Evaluator, trial: Trial, time_limit_s: float | None) -> Outcome:
    """Evaluate a trial; failures come back as outcomes.

    Warnings are silenced, and the global random generators of Python and numpy start from
    the trial's seed and are put back afterwards, so that a learner that draws from them
    gives the same outcome wherever it runs.

    Parameters
    ----------
    evaluator : Evaluator
    trial : Trial
    time_limit_s : float or None
        Handed to the evaluator, which observes it.

    Returns
    -------
    Outcome
        Status crash for anything raised, memory for a failed allocation, invalid for a loss
        that is not finite or a result that is no Outcome.

    Raises
    ------
    KeyboardInterrupt
        Whoever interrupts the process means the process; a worker catches it.
    """
    start = time.perf_counter()
    try:
        with _seeded(trial.seed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = evaluator(trial, time_limit_s)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return failure(error, time.perf_counter() - start)
    if not isinstance(outcome, Outcome):
        text = f"the evaluator returned {type(outcome).__name__}, not an Outcome"
        return Outcome.failed(Status.INVALID, text, time.perf_counter() - start)
    return outcome


def failure(error: BaseException, seconds: float) -> Outcome:
    """Turn an exception into an outcome.

    Examples
    --------
    >>> failure(MemoryError("no room"), 0.5).status
    <Status.MEMORY: 'memory'>
    >>> failure(ValueError("no"), 0.5).error
    'ValueError: no'
    """
    status = Status.CRASH
    if _is_allocation_failure(error):
        status = Status.MEMORY
    elif _comes_from_outcome(error):
        status = Status.INVALID
    return Outcome.failed(status, describe(error), seconds)


def describe(error: BaseException) -> str:
    """Type and message of an exception, then the innermost frames, innermost first."""
    message = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"  at {frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames)]
    return "\n".join([message[:_MESSAGE_CHARACTERS], *places])


def _is_allocation_failure(error: BaseException) -> bool:
    # Native libraries hand a C++ allocation failure on as their own exception type.
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, Exception) and "bad_alloc" in "".join(traceback.format_exception_only(error)))
    )


def _comes_from_outcome(error: BaseException) -> bool:
    # An Outcome refuses an ok status with a loss that is not finite: an invalid result, not a crash.
    frames = list(traceback.walk_tb(error.__traceback__))
    return bool(frames) and frames[-1][0].f_code is Outcome.__post_init__.__code__


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    # Learners that draw from the global generators use numpy's legacy one.
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
