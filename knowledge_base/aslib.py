"""Scenarios of the algorithm selection library, ASlib: reading them, and adding them to a knowledge base.

A scenario is a folder: what is measured, on which instances, with which features, and how each algorithm did. The
format is that of Bischl et al. (2016), "ASlib: A benchmark library for algorithm selection", Artificial Intelligence
237; auto-sklearn ships its meta-data in it, with the configuration of each algorithm in ``configurations.csv``.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from knowledge_base import aslib_files
from knowledge_base.errors import InvalidRecord
from knowledge_base.records import canonical_json, key_of
from knowledge_base.store import KnowledgeBase

# ASlib's names, auto-sklearn's and OpenML's, and those of scikit-learn's scorers, by which the store knows metrics.
_METRICS = {
    "accuracy": "accuracy", "predictive_accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy",
    "roc_auc": "roc_auc", "area_under_roc_curve": "roc_auc", "average_precision": "average_precision", "f1": "f1",
    "f1_macro": "f1_macro", "f1_micro": "f1_micro", "f1_weighted": "f1_weighted", "log_loss": "neg_log_loss",
    "root_mean_squared_error": "neg_root_mean_squared_error", "mean_squared_error": "neg_mean_squared_error",
    "mean_absolute_error": "neg_mean_absolute_error", "median_absolute_error": "neg_median_absolute_error", "r2": "r2",
}
_SIZES = {"n_rows": "NumberOfInstances", "n_features": "NumberOfFeatures", "n_classes": "NumberOfClasses"}


@dataclass(frozen=True, eq=False)
class Scenario:
    """What one scenario holds.

    Parameters
    ----------
    name : str
        Its ``scenario_id``.
    performance_measure : str
        The first of its performance measures.
    performance_type : str
        ``"solution_quality"`` or ``"runtime"``.
    maximise : bool
        Whether a greater performance is better.
    instances : tuple of str
        Those with features or runs, sorted.
    features : DataFrame of float64, indexed by instance_id
        Means over repetitions; NaN where missing.
    feature_costs : DataFrame of float64, indexed by instance_id
        Seconds that each feature step took, means over repetitions; without columns where no costs are given.
    runs : DataFrame with columns instance_id, algorithm, repetition (int64), performance (float64), status
        One row a run, in ASlib's words; `performance` is NaN unless `status` is "ok".
    algorithms : DataFrame with columns algorithm, configuration (dict), indexed by the scenario's algorithm id
        `algorithm` is the learner with the scenario's name before it, such as ``"autosklearn:random_forest"``.
    source : dict
        The name of the folder, the SHA-256 of each file, and the comments that head them.
    """

    name: str
    performance_measure: str
    performance_type: str
    maximise: bool
    instances: tuple[str, ...]
    features: pd.DataFrame
    feature_costs: pd.DataFrame
    runs: pd.DataFrame
    algorithms: pd.DataFrame
    source: Mapping[str, Any]


class _Study(NamedTuple):
    """The runs on one instance, as the store takes them."""

    name: str
    task: dict[str, Any]
    metafeatures: dict[str, float]
    outcomes: list[dict[str, Any]]

    @property
    def key(self) -> int:
        return key_of(self.name)


def read_scenario(folder: str | os.PathLike[str]) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    folder : path-like
        With ``description.txt``, ``algorithm_runs.arff`` and ``feature_values.arff``; ``feature_costs.arff`` and
        ``configurations.csv`` may be missing.

    Raises
    ------
    InvalidRecord
        A file is missing or malformed; names the file, and the line or the column.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> for name, text in {
    ...     "description.txt": "scenario_id: Pets;performance_measures: accuracy;maximize: true;"
    ...                        "performance_type: solution_quality",
    ...     "algorithm_runs.arff": "@relation runs;@attribute instance_id string;@attribute repetition real;"
    ...                            "@attribute algorithm string;@attribute accuracy real;"
    ...                            "@attribute runstatus {ok, timeout};@data;cats,1,tree,0.75,ok;cats,1,svm,?,timeout",
    ...     "feature_values.arff": "@relation values;@attribute instance_id string;@attribute repetition real;"
    ...                            "@attribute NumberOfClasses real;@data;cats,1,2",
    ... }.items():
    ...     _ = Path(folder.name, name).write_text(text.replace(";", chr(10)))
    >>> read_scenario(folder.name).runs
      instance_id algorithm  repetition  performance   status
    0        cats      tree           1         0.75       ok
    1        cats       svm           1          NaN  timeout
    >>> store = KnowledgeBase(f"{folder.name}/knowledge.duckdb")
    >>> import_scenario(store, folder.name)
    {'tasks': 1, 'outcomes': 2, 'failures': 1, 'foreign_configurations': 2, 'already_known': 0}
    >>> store.outcomes(status="ok")[["algorithm", "loss"]]
       algorithm  loss
    0  pets:tree  0.25
    >>> folder.cleanup()
    """
    root = Path(folder)
    about = aslib_files.description(root / "description.txt")
    runs = aslib_files.runs(root / "algorithm_runs.arff", about["performance_measures"])
    features = aslib_files.by_instance(root / "feature_values.arff")
    costs = root / "feature_costs.arff"
    prefix = re.sub("[^0-9a-z]", "", about["scenario_id"].lower()) or "aslib"
    return Scenario(
        name=about["scenario_id"], performance_measure=about["performance_measures"],
        performance_type=about["performance_type"], maximise=about["maximize"] == "true",
        instances=tuple(sorted({*features.index, *runs["instance_id"]})), features=features,
        feature_costs=aslib_files.by_instance(costs) if costs.exists() else pd.DataFrame(index=features.index),
        runs=runs.reset_index(drop=True), algorithms=aslib_files.algorithms(root, runs, prefix),
        source=aslib_files.source(root))


def import_scenario(store: KnowledgeBase, folder: str | os.PathLike[str], *, task_type: str | None = None,
                    metric: str | None = None) -> dict[str, int]:
    """Add a scenario's runs to a knowledge base, one study an instance; a second time adds nothing.

    Every run becomes an outcome at full fidelity, one that did not succeed with a status of its own. Algorithms become
    foreign configurations, under a space version of the scenario's own. The scenario's features become meta-features,
    under a version of their own too. Instances without runs are left out. When the runs on an instance have changed
    since, they are another study.

    Parameters
    ----------
    store : KnowledgeBase
    folder : path-like
        As for `read_scenario`.
    task_type : {"binary", "multiclass", "regression"}, optional
        By default "regression" where the metric is one of regression, else by the feature ``NumberOfClasses``.
    metric : str, optional
        What the store calls the performance measure, a scorer's name such as "neg_log_loss". By default it is found
        by the measure's own name. A measure that is minimised is taken as the loss, of one that is maximised the
        distance from the best score.

    Returns
    -------
    dict of str to int
        ``tasks``, ``outcomes``, ``failures`` among them and ``foreign_configurations`` that were added; outcomes
        that were ``already_known``. Outcomes added and known are all of the scenario's runs.

    Raises
    ------
    InvalidRecord
        The scenario is malformed, measures runtime, or does not tell the metric or a task type; nothing was added.
    ReadOnly
        The store cannot be written to.
    Locked
        Another process held the store; the outcomes wait in the inbox, and the next fold takes them in.
    """
    scenario = read_scenario(folder)
    if scenario.performance_type != "solution_quality":
        raise InvalidRecord(f"Scenario {scenario.name} measures {scenario.performance_type}: only those of "
                            "solution_quality hold losses.")
    metric = metric or _metric(scenario)
    studies = [_study(scenario, str(instance), runs, metric, task_type)
               for instance, runs in scenario.runs.groupby("instance_id", sort=False)]
    store.fold()
    known = _known(store, studies, metric)
    new = {study.key: [outcome for number, outcome in enumerate(study.outcomes) if (study.key, number) not in known]
           for study in studies}
    for study in studies:
        if new[study.key]:
            _write(store, scenario, study)
    store.fold()
    added = [outcome for outcomes in new.values() for outcome in outcomes]
    return {
        "tasks": sum(bool(outcomes) for outcomes in new.values()), "outcomes": len(added),
        "failures": sum(outcome["status"] != "ok" for outcome in added),
        "foreign_configurations": len({outcome["configuration_id"] for outcome in added}),
        "already_known": len(scenario.runs) - len(added),
    }


def _metric(scenario: Scenario) -> str:
    try:
        return _METRICS[scenario.performance_measure]
    except KeyError:
        raise InvalidRecord(f"Performance measure {scenario.performance_measure!r} of scenario {scenario.name} is not "
                            "known: give metric=, the name of a scorer such as 'accuracy'.") from None


def _best(metric: str) -> float:
    """The best score by a metric, from which the store counts losses; 0 where there is none."""
    return 0.0 if metric.startswith(("neg_", "callable:", "positive_likelihood_ratio")) else 1.0


def _study(scenario: Scenario, instance: str, runs: pd.DataFrame, metric: str, task_type: str | None) -> _Study:
    row = scenario.features.loc[instance].to_dict() if instance in scenario.features.index else {}
    metafeatures = {str(name): value for name, value in row.items() if math.isfinite(value)}
    sizes = {ours: metafeatures.get(theirs) for ours, theirs in _SIZES.items()}
    task = {
        "content_hash": f"aslib:{scenario.name}:{instance}",  # the data themselves are not at hand
        "task_type": task_type or _task_type(scenario, instance, metric, sizes["n_classes"]),
        "name": instance, "source": "aslib", "metric": metric,
        **{name: None if size is None else round(size) for name, size in sizes.items()},
    }
    outcomes = [_outcome(scenario, run, metric) for run in runs.to_dict("records")]
    digest = hashlib.sha256(canonical_json(outcomes, "runs").encode()).hexdigest()
    name = f"aslib:{scenario.name}:{task['task_type']}:{metric}:{instance}:{digest}"
    return _Study(name, task, metafeatures, outcomes)


def _task_type(scenario: Scenario, instance: str, metric: str, n_classes: float | None) -> str:
    if metric.endswith("_error") or metric == "r2":
        return "regression"
    if n_classes is None or n_classes < 2:
        raise InvalidRecord(f"Scenario {scenario.name} does not tell the number of classes of instance {instance!r}: "
                            "give task_type=.")
    return "binary" if n_classes == 2 else "multiclass"


def _outcome(scenario: Scenario, run: Mapping[Any, Any], metric: str) -> dict[str, Any]:
    algorithm, configuration = scenario.algorithms.loc[run["algorithm"], ["algorithm", "configuration"]]
    outcome = {
        "configuration_id": f"{key_of(algorithm, canonical_json(configuration, 'configuration')):016x}",
        "algorithm": algorithm, "configuration": configuration, "status": aslib_files.STATUSES[run["status"]],
        "is_full_fidelity": True,
    }
    if run["status"] != "ok":
        return outcome | {"error": f"ASlib's runstatus is {run['status']}"}
    loss = _best(metric) - run["performance"] if scenario.maximise else run["performance"]
    return outcome | {"loss": loss, "metrics": {metric: _best(metric) - loss}}


def _known(store: KnowledgeBase, studies: list[_Study], metric: str) -> set[tuple[int, int]]:
    """Study and number of the outcomes that the store has of these studies."""
    task_ids = {key_of(study.task["content_hash"], study.task["task_type"]) for study in studies}
    stored = store.outcomes(task_ids, metric=metric)
    return set(zip(stored["study_id"].tolist(), stored["number"].tolist(), strict=True))


def _write(store: KnowledgeBase, scenario: Scenario, study: _Study) -> None:
    version = f"aslib:{scenario.name}"
    provenance = {"aslib": scenario.name, "performance_measure": scenario.performance_measure,
                  "maximise": scenario.maximise, **scenario.source}
    with store.writer(task=study.task, metafeatures=study.metafeatures, metafeatures_version=version,
                      space_version=version, provenance=provenance, study_name=study.name, fold=False) as writer:
        for outcome in study.outcomes:
            writer.append(outcome)
