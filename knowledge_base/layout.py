"""Where a store keeps what: the database file, and beside it the inbox with its lock, scratch file and quarantine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The files of one store.

    Examples
    --------
    >>> from pathlib import Path
    >>> Layout(Path("/data/knowledge.duckdb")).inbox.as_posix()
    '/data/knowledge.duckdb.inbox'
    """

    database: Path

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Layout:
        """Return the layout of the store at `path`, which is the same by whatever name it is reached."""
        return cls(Path(os.path.realpath(path)))

    @property
    def inbox(self) -> Path:
        """The folder of outcomes that have not been folded in yet."""
        return self.database.with_name(self.database.name + ".inbox")

    @property
    def lock(self) -> Path:
        """Locked by whoever changes the database."""
        return self.inbox / "lock"

    @property
    def scratch(self) -> Path:
        """A copy of the database that is being worked on; on the same file system, to replace it in one step."""
        return self.inbox / "scratch.duckdb"

    @property
    def quarantine(self) -> Path:
        """The folder of inbox lines that could not be read."""
        return self.inbox / "quarantine"
