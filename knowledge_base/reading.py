"""The questions that a search asks, as SQL over one layer and pandas over the layers' answers.

Conditions are constant texts, chosen by name; values reach DuckDB as parameters only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knowledge_base import neighbours

Ask = Callable[[str, Mapping[str, Any]], pd.DataFrame]
"""Puts a query with named parameters to every layer and returns the rows of all, first layer first."""

_CONDITIONS = {
    "task_ids": "task.task_id IN (SELECT unnest($task_ids::BIGINT[]))",
    "task_type": "task.task_type = $task_type",
    "content_hash": "task.content_hash = $content_hash",
    "exclude_content": "task.content_hash NOT IN (SELECT unnest($exclude_content::VARCHAR[]))",
    "version": "metafeature.version = $version",
    "metric": "study.metric = $metric",
    "seed": "study.seed = $seed",
    "space_version": "study.space_version = $space_version",
    "status": "outcome.status IN (SELECT unnest($status::VARCHAR[]))",
    "full_fidelity": "outcome.is_full_fidelity = $full_fidelity",
}
_STUDIES = "FROM outcome JOIN study USING (study_key) JOIN task USING (task_id)"
_OUTCOME_COLUMNS = """
    task_id, task.content_hash, task.task_type, study_key AS study_id, study.started_at, study.metric, study.split,
    study.space_version, study.source, number, trial_number, configuration_id, algorithm, configuration, status, loss,
    list_transform(fold_losses, lambda x: coalesce(x, 'nan'::FLOAT)) AS fold_losses, metrics, folds,
    iterations_fraction, rows_fraction, is_full_fidelity, seconds, fit_seconds, predict_seconds, peak_mb,
    outcome.seed AS seed, error
"""


def outcomes(ask: Ask, **conditions: object) -> pd.DataFrame:
    """One row an outcome, by study and number."""
    where, values = _where(conditions)
    frame = ask(f"SELECT {_OUTCOME_COLUMNS} {_STUDIES} JOIN configuration USING (configuration_key) {where}", values)
    frame = frame.drop_duplicates(["study_id", "number"])
    return frame.sort_values(["started_at", "study_id", "number"], ignore_index=True, kind="stable")


def studies(ask: Ask) -> pd.DataFrame:
    """One row a study, by its start."""
    frame = ask(f"""
        SELECT study_key AS study_id, task_id, any_value(task.content_hash) AS content_hash,
            any_value(task.name) AS name, any_value(task_type) AS task_type, any_value(metric) AS metric,
            any_value(split) AS split, any_value(study.seed) AS seed, any_value(study.source) AS source,
            any_value(space_version) AS space_version, any_value(started_at) AS started_at, count(*) AS n_outcomes
        {_STUDIES} GROUP BY study_key, task_id""", {})
    return frame.drop_duplicates("study_id").sort_values(["started_at", "study_id"], ignore_index=True, kind="stable")


def numbers(ask: Ask, study_id: int) -> set[int]:
    """The numbers of a study's outcomes."""
    frame = ask("SELECT number FROM outcome WHERE study_key = $study_id", {"study_id": study_id})
    return set(frame["number"].tolist())


def matrices(ask: Ask, *, metric: str, or_recorded: bool = False, **conditions: object
             ) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Losses and seconds per fold of each cell's best outcome; tasks in rows, configurations in columns.

    With `or_recorded`, of tasks without a search for the metric, the negated score that their trials had by it.
    """
    where, values = _where({**conditions, "metric": None if or_recorded else metric, "status": ["ok"],
                            "full_fidelity": True})
    value = "CASE WHEN study.metric = $by THEN loss ELSE -metrics[$by] END" if or_recorded else "loss"
    cells = ask(f"""
        WITH trial AS (
            SELECT task_id, configuration_key, study.metric = $by AS own, {value} AS value,
                coalesce(nullif(fit_seconds + predict_seconds, 0), seconds) / greatest(folds, 1) AS seconds
            {_STUDIES} {where}
        )
        SELECT task_id, configuration_key, own, min(value) AS loss, arg_min(seconds, value) AS seconds
        FROM trial WHERE isfinite(value) GROUP BY ALL""", {**values, "by": metric})
    if not cells["own"].all():
        cells = cells[cells["own"] | ~cells.groupby("task_id")["own"].transform("any")]
    # Several layers may know a cell: the best is written last.
    cells = cells.iloc[np.argsort(-cells["loss"].to_numpy(), kind="stable")]
    rows, tasks = pd.factorize(cells["task_id"].to_numpy(), sort=True)
    keys, distinct = pd.factorize(cells["configuration_key"].to_numpy())
    places, names = pd.factorize(_identifiers(ask, distinct), sort=True)
    flat = rows * len(names) + places[keys]
    index = pd.Index(tasks, name="task_id", dtype="int64")
    columns = pd.Index(names, name="configuration_id", dtype=object)
    filled = []
    for name in ("loss", "seconds"):
        result = np.full(len(tasks) * len(names), np.nan)
        result[flat] = cells[name].to_numpy(dtype=np.float64, na_value=np.nan)
        filled.append(pd.DataFrame(result.reshape(len(tasks), len(names)), index=index, columns=columns))
    return filled[0], filled[1]


def best_configurations(ask: Ask, task_ids: Sequence[int], n_per_task: int, **conditions: object) -> pd.DataFrame:
    """The `n_per_task` configurations of least loss of each task, in the order of `task_ids`."""
    where, values = _where({**conditions, "task_ids": task_ids, "status": ["ok"], "full_fidelity": True})
    frame = ask(f"""
        WITH cell AS (
            SELECT task_id, configuration_key, min(loss) AS loss, arg_min(seconds, loss) AS seconds
            {_STUDIES} {where} GROUP BY ALL
        ), best AS (
            FROM cell QUALIFY row_number() OVER (
                PARTITION BY task_id ORDER BY loss, seconds, configuration_key) <= $n_per_task
        )
        SELECT task_id, configuration_id, algorithm, configuration, loss, seconds
        FROM best JOIN configuration USING (configuration_key)""", {**values, "n_per_task": n_per_task})
    place = {task_id: order for order, task_id in enumerate(task_ids)}
    frame["place"] = frame["task_id"].map(place)
    frame = frame.sort_values(["place", "loss", "seconds", "configuration_id"], ignore_index=True)
    frame = frame.drop_duplicates(["task_id", "configuration_id"], ignore_index=True)
    frame["rank"] = frame.groupby("task_id").cumcount() + 1
    frame = frame[frame["rank"] <= n_per_task].reset_index(drop=True)
    return frame[["task_id", "configuration_id", "algorithm", "configuration", "loss", "rank", "seconds"]]


def configurations(ask: Ask, configuration_ids: Sequence[str]) -> pd.DataFrame:
    """What these configurations are, by identifier."""
    frame = ask("SELECT configuration_id, algorithm, configuration FROM configuration "
                "WHERE configuration_id IN (SELECT unnest($ids::VARCHAR[]))", {"ids": list(configuration_ids)})
    return frame.drop_duplicates("configuration_id").sort_values("configuration_id", ignore_index=True)


def algorithms(ask: Ask, task_ids: Sequence[int]) -> set[str]:
    """The algorithms that were tried on some of these tasks, at any fidelity and with any success."""
    where, values = _where({"task_ids": task_ids})
    found = ask(f"SELECT DISTINCT algorithm {_STUDIES} JOIN configuration USING (configuration_key) {where}", values)
    return set(found["algorithm"])


def latest_outcomes(ask: Ask, task_ids: Sequence[int], n_per_task: int, **conditions: object) -> pd.DataFrame:
    """The last `n_per_task` outcomes of each task, of any status and fidelity, oldest first."""
    where, values = _where({**conditions, "task_ids": task_ids})
    frame = ask(f"""
        WITH last AS (
            SELECT outcome.*, task_id, started_at {_STUDIES} {where}
            QUALIFY row_number() OVER (
                PARTITION BY task_id ORDER BY started_at DESC, study_key DESC, number DESC) <= $n_per_task
        )
        SELECT task_id, study_key AS study_id, number, started_at, algorithm, configuration, status, loss, folds,
            iterations_fraction, rows_fraction, seconds
        FROM last JOIN configuration USING (configuration_key)""", {**values, "n_per_task": n_per_task})
    frame = frame.drop_duplicates(["study_id", "number"])
    frame = frame.sort_values(["task_id", "started_at", "study_id", "number"], ignore_index=True, kind="stable")
    return frame.groupby("task_id").tail(n_per_task).reset_index(drop=True)


def nearest_tasks(ask: Ask, metafeatures: Mapping[str, float | None], k: int, **conditions: object) -> pd.DataFrame:
    """The `k` stored tasks nearest by meta-features, with what is known of them and their distance."""
    where, values = _where(conditions)
    one_version = conditions.get("version") is not None
    stored = ask(f"""
        WITH asked AS (SELECT unnest($names::VARCHAR[]) AS name, unnest(range(len($names::VARCHAR[]))) AS position)
        SELECT task_id, position, {"value" if one_version else "arg_max(value, version) AS value"}
        FROM metafeature JOIN asked USING (name) JOIN task USING (task_id) {where}
        {"" if one_version else "GROUP BY ALL"}""", {**values, "names": list(metafeatures)})
    distance = neighbours.nearest(metafeatures, stored, k)
    known = ask("SELECT task_id, content_hash, name, n_rows, n_features, n_classes, task_type, source FROM task "
                "WHERE task_id IN (SELECT unnest($task_ids::BIGINT[]))", {"task_ids": distance.index.tolist()})
    known = known.drop_duplicates("task_id").set_index("task_id").reindex(distance.index)
    known.insert(2, "distance", distance)
    return known.reset_index()


def metafeatures(ask: Ask, **conditions: object) -> pd.DataFrame:
    """Tasks in rows, meta-features in columns."""
    where, values = _where(conditions)
    known = ask(f"SELECT task_id, metafeature.name AS name, version, value FROM metafeature JOIN task USING (task_id) "
                f"{where}", values)
    known = known.sort_values("version", kind="stable").drop_duplicates(["task_id", "name"], keep="last")
    return known.pivot_table(index="task_id", columns="name", values="value", dropna=False)


def _where(conditions: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
    given = {name: value for name, value in conditions.items() if value is not None}
    texts = [_CONDITIONS[name] for name in given]
    return ("WHERE " + " AND ".join(texts) if texts else ""), given


def _identifiers(ask: Ask, keys: NDArray[np.int64]) -> NDArray[np.object_]:
    known = ask("SELECT configuration_key, configuration_id FROM configuration "
                "WHERE configuration_key IN (SELECT unnest($keys::BIGINT[]))", {"keys": keys.tolist()})
    names = known.drop_duplicates("configuration_key").set_index("configuration_key")["configuration_id"]
    return np.array(names.reindex(keys).tolist(), dtype=object)
