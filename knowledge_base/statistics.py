"""What a store holds, counted: tasks, studies, algorithms, outcomes over time, and how dense the matrices are."""

from __future__ import annotations

import pandas as pd

from knowledge_base.connections import Connection

_ALL = "FROM outcome JOIN study USING (study_key) JOIN task USING (task_id)"

QUERIES = {
    "totals": """
        SELECT (SELECT count(*) FROM task) AS n_tasks, (SELECT count(*) FROM study) AS n_studies,
            (SELECT count(*) FROM configuration) AS n_configurations, (SELECT count(*) FROM outcome) AS n_outcomes,
            (SELECT count(DISTINCT algorithm) FROM configuration) AS n_algorithms,
            (SELECT coalesce(sum(seconds), 0) / 3600 FROM outcome) AS hours""",
    "task_types": f"""
        SELECT task_type, count(DISTINCT task_id) AS n_tasks, count(*) AS n_outcomes {_ALL}
        GROUP BY ALL ORDER BY n_outcomes DESC, task_type""",
    "statuses": """
        SELECT status, count(*) AS n_outcomes, count(*) / sum(count(*)) OVER () AS share FROM outcome
        GROUP BY ALL ORDER BY n_outcomes DESC, status""",
    "algorithms": """
        SELECT algorithm, count(DISTINCT configuration_key) AS n_configurations, count(*) AS n_outcomes,
            count(DISTINCT study.task_id) AS n_tasks, avg((status = 'ok')::INTEGER) AS share_ok,
            median(seconds) AS median_seconds
        FROM outcome JOIN configuration USING (configuration_key) JOIN study USING (study_key)
        GROUP BY ALL ORDER BY n_outcomes DESC, algorithm""",
    "space_versions": """
        SELECT space_version, count(DISTINCT configuration_key) AS n_configurations, count(*) AS n_outcomes
        FROM outcome JOIN study USING (study_key) GROUP BY ALL ORDER BY n_outcomes DESC, space_version""",
    "sources": """
        SELECT source, count(DISTINCT study_key) AS n_studies, count(*) AS n_outcomes
        FROM outcome JOIN study USING (study_key) GROUP BY ALL ORDER BY n_outcomes DESC, source""",
    "months": """
        SELECT strftime(started_at, '%Y-%m') AS month, count(DISTINCT study_key) AS n_studies, count(*) AS n_outcomes
        FROM outcome JOIN study USING (study_key) GROUP BY ALL ORDER BY month""",
    # The share of cells of a loss matrix that are known; a dense one is what a portfolio can be built from.
    "coverage": f"""
        WITH cell AS (
            SELECT DISTINCT task_type, metric, task_id, configuration_key {_ALL}
            WHERE status = 'ok' AND is_full_fidelity
        )
        SELECT task_type, metric, count(DISTINCT task_id) AS n_tasks,
            count(DISTINCT configuration_key) AS n_configurations, count(*) AS n_cells,
            n_cells / (n_tasks * n_configurations) AS share_known
        FROM cell GROUP BY task_type, metric ORDER BY n_cells DESC, task_type, metric""",
}


def stats(connection: Connection) -> dict[str, pd.DataFrame]:
    """Count what one store holds; one table for each entry of `QUERIES`."""
    return {name: connection.execute(query).df() for name, query in QUERIES.items()}
