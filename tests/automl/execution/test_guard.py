"""Exceptions and odd results become outcomes; global state stays as it was."""

from __future__ import annotations

import errno
import random
import warnings

import numpy as np
import pytest
from misbehaving import Misbehaving, make_trial

from automl.execution.guard import describe, failure, guarded
from automl.trial import Outcome, Status, Trial


def test_global_generators_are_seeded_and_put_back() -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = random.random(), np.random.random()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    first, second = (guarded(Misbehaving(), make_trial("ok"), None) for _ in range(2))
    assert first == second
    assert (random.random(), np.random.random()) == expected  # noqa: NPY002
    assert guarded(Misbehaving(), make_trial("ok", 1), None) != first


def test_seeds_past_32_bits_are_taken() -> None:
    trial = Trial(0, make_trial("ok").configuration, make_trial("ok").fidelity, seed=2**40 + 3)
    assert guarded(Misbehaving(), trial, None).ok


def test_warnings_are_silent_inside_and_as_before_outside() -> None:
    def warn(trial: Trial, time_limit_s: float | None) -> Outcome:
        warnings.warn("noise", UserWarning, stacklevel=1)
        return Outcome(Status.OK, 0.0, 0.1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert guarded(warn, make_trial("ok"), None).ok
        with pytest.raises(UserWarning):
            warnings.warn("noise", UserWarning, stacklevel=1)


def test_the_time_limit_reaches_the_evaluator() -> None:
    def echo(trial: Trial, time_limit_s: float | None) -> Outcome:
        return Outcome(Status.OK, time_limit_s or 0.0, 0.1)

    assert guarded(echo, make_trial("ok"), 2.5).loss == 2.5


def test_an_interrupt_of_the_process_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        guarded(Misbehaving(), make_trial("interrupt"), None)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MemoryError(), Status.MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), Status.MEMORY),
        (RuntimeError("std::bad_alloc"), Status.MEMORY),
        (OSError(errno.ENOENT, "No such file"), Status.CRASH),
        (ValueError("loss must be finite, says a learner"), Status.CRASH),
        (GeneratorExit(), Status.CRASH),
    ],
)
def test_status_of_an_exception(error: BaseException, status: Status) -> None:
    outcome = failure(error, 0.5)
    assert (outcome.status, outcome.seconds) == (status, 0.5)
    assert outcome.error is not None and outcome.error.startswith(type(error).__name__)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_any_exception_can_be_described() -> None:
    assert "Mute" in describe(Mute())
    assert len(describe(ValueError("x" * 100_000))) < 2000


def raise_here(trial: Trial, time_limit_s: float | None) -> Outcome:
    raise ValueError("a bad value")


def test_the_innermost_frames_are_named() -> None:
    # Not by Misbehaving: cloudpickle may have put copies without a file in the place of its methods.
    outcome = guarded(raise_here, make_trial("ok"), None)
    assert outcome.error is not None
    first, second, *_ = outcome.error.splitlines()
    assert first == "ValueError: a bad value"
    assert second.strip().startswith("at raise_here (") and "test_guard.py" in second
