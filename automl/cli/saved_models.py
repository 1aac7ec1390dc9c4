"""Saved models, as the commands open them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from automl.cli.user_errors import UserError


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the model and what it is trusted with."""
    parser.add_argument("model", metavar="MODEL", help="file that `automl fit` saved")
    parser.add_argument(
        "--trust",
        metavar="TYPE",
        action="append",
        default=[],
        help="let the file build this type too, whose code may run; can be repeated",
    )


def open_model(arguments: argparse.Namespace) -> Any:
    """Load the model that the arguments name.

    Raises
    ------
    UserError
        If there is no such file, or if it holds types that are not trusted.
    """
    import automl

    if not Path(arguments.model).is_file():
        raise UserError(f"{arguments.model}: no such file")
    try:
        return automl.load(arguments.model, trusted=arguments.trust)
    except automl.UntrustedFileError as error:
        raise UserError(f"{error}, or with --trust TYPE on the command line") from error
