"""Whether a store can be trusted: its file, what its tables say of each other, and what waits in its inbox."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from knowledge_base import folding, inbox, schema
from knowledge_base.absorb import REFERENCES
from knowledge_base.connections import Connection, copied, reading
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.layout import Layout
from knowledge_base.locks import held
from knowledge_base.records import key_of


@dataclass
class CheckReport:
    """What `KnowledgeBase.check` found.

    Attributes
    ----------
    rows : dict of str to int
        Rows of each table.
    waiting : int
        Outcomes of inbox files that no writer has open: the next fold takes them in.
    live : int
        Inbox files whose writers still run.
    quarantined : int
        Inbox lines that could not be read and were set aside in the inbox's folder ``quarantine``.
    problems : list of str
        What is wrong, one sentence each.
    repaired : list of str
        What was put right.
    """

    rows: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    live: int = 0
    quarantined: int = 0
    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong; outcomes that wait are no fault."""
        return not self.problems


def check(layout: Layout) -> CheckReport:
    """Read every value of a store and look over its inbox; change nothing."""
    report = CheckReport()
    if os.path.exists(layout.database):
        try:
            with reading(layout.database) as connection:
                _check_tables(connection, report)
        except KnowledgeBaseError as error:
            report.problems.append(str(error))
    with inbox.claimed(layout.inbox, limit=1_000_000) as free:
        files = [folding.read(file) for file in free]
    report.waiting = sum(len(file.outcomes) for file in files)
    report.live = len(inbox.files(layout.inbox)) - len(files)
    unread = sum(len(file.bad_lines) for file in files)
    report.quarantined = unread + _lines(layout.quarantine)
    for file in files:
        if file.is_newer:
            report.problems.append(f"Inbox file {file.path.name} is of a newer version: upgrade precedent-automl.")
    if unread:
        report.problems.append(f"{unread} lines of inbox files cannot be read: the next fold sets them aside.")
    return report


def repair(layout: Layout, *, wait_s: float) -> list[str]:
    """Fold the inbox in, take out outcomes that come twice, clear what killed processes left; say what was done."""
    done = []
    added = folding.fold(layout, wait_s=wait_s)
    if added:
        done.append(f"{added} outcomes were folded in.")
    with held(layout.lock, wait_s=wait_s):
        layout.scratch.unlink(missing_ok=True)
        inbox.forget(layout.inbox)
        if os.path.exists(layout.database) and _repeated(layout.database):
            with copied(layout, wait_s=wait_s) as connection:
                done += _deduplicate(connection)
    return done


def _check_tables(connection: Connection, report: CheckReport) -> None:
    for table, keys in schema.TABLES.items():
        # To hash every row is to read every block, and DuckDB verifies the checksum of each that it reads.
        read = connection.execute(f"SELECT count(*), bit_xor(hash(everything)) FROM {table} AS everything").fetchall()
        report.rows[table] = read[0][0]
        repeated = _count(connection, f"SELECT 1 FROM {table} GROUP BY {', '.join(keys)} HAVING count(*) > 1")
        if repeated:
            report.problems.append(f"{repeated} keys of table {table} come more than once.")
    for table, column, target in REFERENCES:
        lost = _count(connection, f"SELECT 1 FROM {table} ANTI JOIN {target} USING ({column})")
        if lost:
            report.problems.append(f"{lost} rows of table {table} refer to no {target}.")
    wrong = sum(key_of(content, kind) != key for key, content, kind in connection.execute(
        "SELECT task_id, content_hash, task_type FROM task").fetchall())
    if wrong:
        report.problems.append(f"{wrong} tasks have a key that is not theirs.")
    unreadable = sum(not _is_json(text) for text, in connection.execute(
        "SELECT configuration FROM configuration UNION ALL SELECT provenance FROM provenance").fetchall())
    if unreadable:
        report.problems.append(f"{unreadable} configurations or provenances are no JSON.")


def _repeated(path: Path) -> bool:
    with reading(path) as connection:
        return any(_count(connection, f"SELECT 1 FROM {table} GROUP BY {', '.join(keys)} HAVING count(*) > 1 LIMIT 1")
                   for table, keys in schema.TABLES.items())


def _deduplicate(connection: Connection) -> list[str]:
    done = []
    for table, keys in schema.TABLES.items():
        query = (f"DELETE FROM {table} WHERE rowid NOT IN "
                 f"(SELECT min(rowid) FROM {table} GROUP BY {', '.join(keys)})")
        removed = connection.execute(query).fetchall()[0][0]
        if removed:
            done.append(f"{removed} repeated rows of table {table} were removed.")
    return done


def _count(connection: Connection, query: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])


def _lines(folder: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in folder.glob("*")) if folder.is_dir() else 0


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
