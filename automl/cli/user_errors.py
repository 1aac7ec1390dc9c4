"""Errors that the user can mend, and warnings: shown in one line, without a traceback."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """What is wrong and the remedy, in words for the user."""


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn the errors by which the library refuses input into `UserError`; a bug keeps its traceback.

    Raises
    ------
    UserError
        In place of a ValueError, a TypeError or an OSError other than BrokenPipeError.

    Examples
    --------
    >>> with user_errors():
    ...     float("ten")
    Traceback (most recent call last):
    ...
    automl.cli.user_errors.UserError: could not convert string to float: 'ten'
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        named = error.filename is not None and error.strerror is not None
        raise UserError(f"{error.filename}: {error.strerror}" if named else str(error)) from error
    except (ValueError, TypeError) as error:
        raise UserError(str(error)) from error


@contextmanager
def short_warnings(command: str) -> Iterator[None]:
    """Show warnings as one line each, without the place in the library that they come from."""

    def show(message: Warning | str, *_: object) -> None:
        print(f"automl {command}: warning: {message}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show  # type: ignore[assignment]
        yield
