"""Whether stored configurations still fit the search space of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from automl.algorithms import full_space
from automl.recording import ENSEMBLE, configuration_of
from automl.space import Space
from automl.task import PROBLEMS
from knowledge_base.connections import reading

MOST_EXAMINED = 20_000
# Keys are hashes: those that are lowest are a random sample, and the same one each time.
_TRIED = """
    WITH examined AS (FROM configuration ORDER BY configuration_key LIMIT $most_examined), tried AS (
        SELECT configuration_key, task_type, count(*) AS n_outcomes
        FROM outcome SEMI JOIN examined USING (configuration_key)
            JOIN study USING (study_key) JOIN task USING (task_id)
        GROUP BY ALL
    )
    SELECT configuration_key, algorithm, configuration, task_type, n_outcomes
    FROM tried JOIN examined USING (configuration_key) ORDER BY configuration_key, task_type
"""


@dataclass(frozen=True)
class SpaceCheck:
    """How many of a store's configurations fit the current space.

    Parameters
    ----------
    n_configurations : int
        All that the store holds.
    n_examined : int
        Of which so many, a random sample if not all, were held against the space.
    n_outcomes : int
        Outcomes of those.
    outdated : DataFrame
        Those that do not fit, with one row for each algorithm: algorithm, n_configurations, n_outcomes, example (the
        reason for one of them).
    """

    n_configurations: int
    n_examined: int
    n_outcomes: int
    outdated: pd.DataFrame

    @property
    def is_sample(self) -> bool:
        """Whether the store has more configurations than were examined."""
        return self.n_examined < self.n_configurations

    @property
    def n_outdated(self) -> int:
        """Configurations among those examined that do not fit."""
        return int(self.outdated["n_configurations"].sum())

    @property
    def n_outdated_outcomes(self) -> int:
        """Outcomes of those that do not fit."""
        return int(self.outdated["n_outcomes"].sum())


def current_spaces() -> dict[str, Space]:
    """Build the space of all algorithms for each type of task, whatever is installed."""
    return {problem: full_space(problem) for problem in PROBLEMS}


def check_space(path: Path, spaces: Mapping[str, Space], most_examined: int = MOST_EXAMINED) -> SpaceCheck:
    """Hold the configurations of the store at `path` against the space of the tasks that they were tried on.

    Parameters
    ----------
    path : Path
    spaces : mapping of str to Space
        By type of task.
    most_examined : int
        Of more configurations a random sample of this size is examined.

    Raises
    ------
    KnowledgeBaseError
        If the store cannot be read.
    """
    with reading(path) as connection:
        n_configurations = connection.execute("SELECT count(*) FROM configuration").fetchall()[0][0]
        tried = connection.execute(_TRIED, {"most_examined": most_examined}).df()
    tried["example"] = [why_outdated(row, spaces) for row in tried.to_dict("records")]
    outdated = tried[tried["example"].notna()].groupby("algorithm", as_index=False).agg(
        n_configurations=("configuration_key", "nunique"), n_outcomes=("n_outcomes", "sum"),
        example=("example", "first"),
    )  # fmt: skip
    return SpaceCheck(
        n_configurations,
        min(n_configurations, most_examined),
        int(tried["n_outcomes"].sum()),
        outdated.sort_values(["n_outcomes", "algorithm"], ascending=[False, True], ignore_index=True),
    )


def why_outdated(row: Mapping[object, object], spaces: Mapping[str, Space]) -> str | None:
    """Say why a stored configuration does not fit the space of its task, or None if it does.

    Examples
    --------
    >>> spaces = current_spaces()
    >>> why_outdated({"task_type": "ranking", "algorithm": "knn", "configuration": "{}"}, spaces)
    'unknown type of task ranking'
    """
    if row["algorithm"] == ENSEMBLE:  # its members are examined themselves
        return None
    space = spaces.get(str(row["task_type"]))
    if space is None:
        return f"unknown type of task {row['task_type']}"
    try:
        return space.why_invalid(configuration_of(row))
    except (ValueError, TypeError, AttributeError) as error:  # of the same name, but no values of ours
        return f"no configuration of ours: {error}"
