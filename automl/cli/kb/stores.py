"""The store that a sub-command works on."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    from knowledge_base import KnowledgeBase

INTERRUPTED = "Query interrupted"


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the store."""
    parser.add_argument(
        "--store",
        metavar="PATH",
        help="the knowledge base (default: the user's own, which the environment variable PRECEDENT_KNOWLEDGE_BASE "
        "moves)",
    )


@contextmanager
def opened(path: str | None) -> Iterator[KnowledgeBase]:
    """Open the store at a path, or the user's own over what ships; what it refuses in the block is a `UserError`.

    Parameters
    ----------
    path : str or None
        There need not be a store yet: writing makes one.

    Raises
    ------
    UserError
        In place of a KnowledgeBaseError.
    KeyboardInterrupt
        In place of what DuckDB makes of Ctrl-C while a query runs.
    """
    from knowledge_base import KnowledgeBase, KnowledgeBaseError, open_default

    try:
        yield open_default() if path is None else KnowledgeBase(path)
    except KnowledgeBaseError as error:
        raise UserError(str(error)) from error
    except RuntimeError as error:
        if str(error) == INTERRUPTED:
            raise KeyboardInterrupt from error
        raise


def need_store(store: KnowledgeBase) -> None:
    """Refuse to go on where nothing has been stored yet.

    Raises
    ------
    UserError
        If there is neither the file nor an inbox that it could be made from.
    """
    if not store.path.exists() and not n_inbox_files(store.path):
        raise UserError(f"there is no knowledge base at {store.path}; check the path, or fill it: `automl fit` does")


def n_inbox_files(database: Path) -> int:
    """Count the files of outcomes that wait beside a store or are still written to."""
    from knowledge_base.inbox import files
    from knowledge_base.layout import Layout

    return len(files(Layout.of(database).inbox))
