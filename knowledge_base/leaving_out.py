"""Copying a store without some of its tasks: for an honest test of experience, on data that the store has seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from knowledge_base.connections import Connection, copied
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.exchange import bring_in
from knowledge_base.layout import Layout
from knowledge_base.locks import held

_OF_TASKS = (
    ("outcome", "study_key IN (SELECT study_key FROM study SEMI JOIN left_out USING (task_id))"),
    ("study", "task_id IN (SELECT task_id FROM left_out)"),
    ("metafeature", "task_id IN (SELECT task_id FROM left_out)"),
    ("task", "task_id IN (SELECT task_id FROM left_out)"),
)
"""What goes with a task, in an order in which nothing that is still needed goes first."""


def copy_without(sources: Sequence[Path], target: Path, *, names: Collection[str], content_hashes: Collection[str],
                 wait_s: float) -> list[str]:
    """Write the union of stores to a new file, without the tasks of these names (in any case) or contents.

    Parameters
    ----------
    sources : sequence of Path
        Stores; may be none.
    target : Path
        Must not exist.
    names, content_hashes : collections of str
    wait_s : float
        Longest wait for a store that is being written to.

    Returns
    -------
    list of str
        Names of the tasks that were left out, or their content hashes where they have none, sorted.

    Raises
    ------
    KnowledgeBaseError
        The target exists, or a source cannot be read.
    """
    if target.exists():
        raise KnowledgeBaseError(f"{target} exists already: give the path of a file to be made.")
    layout = Layout.of(target)
    for source in sources:
        bring_in(source, layout, wait_s=wait_s)
    with held(layout.lock, wait_s=wait_s), copied(layout, wait_s=wait_s) as connection:
        return _leave_out(connection, names, content_hashes)


def _leave_out(connection: Connection, names: Collection[str], content_hashes: Collection[str]) -> list[str]:
    connection.execute(
        "CREATE TEMP TABLE left_out AS SELECT task_id, coalesce(name, content_hash) AS name FROM task "
        "WHERE list_contains($names, name) OR list_contains($names, lower(name)) "
        "OR list_contains($hashes, content_hash)",
        {"names": [*names, *(name.lower() for name in names)], "hashes": list(content_hashes)})
    for table, condition in _OF_TASKS:
        connection.execute(f"DELETE FROM {table} WHERE {condition}")
    return [row[0] for row in connection.execute("SELECT DISTINCT name FROM left_out ORDER BY name").fetchall()]
