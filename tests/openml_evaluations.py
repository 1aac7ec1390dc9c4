"""Evaluations, setups, flows and runs as OpenML's server tells them: published ones, and made ones on the small tables.

The files of published evaluations (folder `shared/openml-evaluations` beside the repository) tell the flow, the
hyperparameters, the accuracy and the task of each. What they do not tell is filled in: ids of runs and setups count
up, a data set has the id of its task plus 100,000, and the names of the flows follow from their columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
from openml_tables import Dataset, Feature, element, nested

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "openml-evaluations"
METRIC = "predictive_accuracy"
N_PUBLISHED = 87_000
RANDOM_FOREST, ADABOOST = 6969, 6970
MADE_RANDOM_FOREST, MADE_ADABOOST, MADE_J48 = 8001, 8002, 60
N_MADE = 30
"""Made evaluations of each flow on each of the small classification tables."""

# Component: (id of its flow, name of its flow, what heads its parameters in the published files)
_IMPUTER = (6001, "sklearn.impute.SimpleImputer", "columntransformer__numeric__imputer__")
_FOREST = (6002, "sklearn.ensemble.forest.RandomForestClassifier", "randomforestclassifier__")
_BOOSTING = (6003, "sklearn.ensemble.weight_boosting.AdaBoostClassifier", "adaboostclassifier__")
_TREE = (6004, "sklearn.tree.tree.DecisionTreeClassifier", "adaboostclassifier__base_estimator__")
_J48 = (MADE_J48, "weka.J48", "")
_COMPONENTS = (_IMPUTER, _TREE, _BOOSTING, _FOREST, _J48)
_TRANSFORMER = (
    f"sklearn.compose._column_transformer.ColumnTransformer(numeric=sklearn.pipeline.Pipeline(imputer={_IMPUTER[1]}))"
)
_RANDOM_FOREST_NAME = f"sklearn.pipeline.Pipeline(columntransformer={_TRANSFORMER},randomforestclassifier={_FOREST[1]})"
_ADABOOST_NAME = (
    f"sklearn.pipeline.Pipeline(columntransformer={_TRANSFORMER},"
    f"adaboostclassifier={_BOOSTING[1]}(base_estimator={_TREE[1]}))"
)
_SCIKIT_LEARN = "sklearn==0.20.dev0\nnumpy>=1.6.1\nscipy>=0.9"


class PublishedDataset(Dataset):
    """The data set of a task with published evaluations: its qualities are known, its rows are not."""

    def __init__(self, task_id: int, qualities: Mapping[str, float]) -> None:
        kind = "binary" if qualities["NumberOfClasses"] == 2 else "multiclass"
        super().__init__(100_000 + task_id, task_id, f"dataset-of-task-{task_id}", kind, "class", METRIC)
        self._qualities = qualities

    def features(self) -> list[Feature]:
        n_columns = int(self._qualities["NumberOfFeatures"]) - 1
        n_numeric = int(self._qualities["NumberOfNumericFeatures"])
        levels = [str(number) for number in range(int(self._qualities["NumberOfClasses"]))]
        columns = [Feature(f"c{number}", None if number < n_numeric else ("0", "1")) for number in range(n_columns)]
        return [*columns, Feature("class", levels)]

    def qualities(self) -> Mapping[str, float]:
        return self._qualities


@dataclass(frozen=True)
class Evaluations:
    """Evaluations of one flow; run and setup number i belong to row i.

    Attributes
    ----------
    flow_id : int
    name : str
        Of the flow, without its version.
    dependencies : str
    first_id : int
        Run and setup of row 0.
    settings : dict of str to list of str
        Hyperparameter, as the published files name it, to its values as OpenML writes them.
    accuracies : sequence of str
    task_ids : ndarray of int, shape (n,)
    """

    flow_id: int
    name: str
    dependencies: str
    first_id: int
    settings: Mapping[str, Sequence[str]]
    accuracies: Sequence[str]
    task_ids: np.ndarray

    @property
    def full_name(self) -> str:
        return f"{self.name}(1)"

    def row_template(self) -> str:
        """Give an <oml:evaluation> to be filled with run, task, setup, data set, its name, time and value."""
        return nested(
            "evaluation",
            element("run_id", "%d"),
            element("task_id", "%d"),
            element("setup_id", "%d"),
            element("flow_id", self.flow_id),
            element("flow_name", self.full_name),
            element("data_id", "%d"),
            element("data_name", "%s"),
            element("evaluation_engine_id", 1),
            element("function", METRIC),
            element("upload_time", "%s"),
            element("uploader", 1),
            element("value", "%s"),
        )

    def setup_template(self) -> str:
        """Give the inner part of a setup, to be filled with its id and the value of each parameter."""
        return (
            element("setup_id", "%d")
            + element("flow_id", self.flow_id)
            + "".join(
                nested(
                    "parameter",
                    element("id", 70_000 + 100 * component[0] + number),
                    element("flow_id", component[0]),
                    element("flow_name", component[1]),
                    element("full_name", f"{component[1]}(1)_{parameter}"),
                    element("parameter_name", parameter),
                    element("data_type", "option"),
                    element("default_value", "null"),
                    element("value", "%s"),
                )
                for number, (component, parameter) in enumerate(map(_parameter, self.settings))
            )
        )

    def flow(self) -> list[str]:
        """Give the parts of the answer to flow/{id}."""
        by_component: dict[tuple[int, str, str], list[str]] = {}
        for component, parameter in map(_parameter, self.settings):
            by_component.setdefault(component, []).append(parameter)
        own = by_component.pop((self.flow_id, self.name, ""), [])
        parts = [
            nested(
                "component",
                element("identifier", heading.rstrip("_").split("__")[-1]),
                nested(
                    "flow",
                    *_flow(flow_id, name, self.dependencies, parameters),
                    attributes=' xmlns:oml="http://openml.org/openml"',
                ),
            )
            for (flow_id, name, heading), parameters in by_component.items()
        ]
        return [*_flow(self.flow_id, self.name, self.dependencies, own), *parts]


def _flow(flow_id: int, name: str, dependencies: str, parameters: Sequence[str]) -> list[str]:
    return [
        element("id", flow_id),
        element("uploader", 1),
        element("name", name),
        element("version", 1),
        element("external_version", dependencies.split("\n")[0]),
        element("description", "A learner."),
        element("upload_date", "2018-02-01T12:00:00"),
        element("language", "English"),
        element("dependencies", dependencies),
        *(
            nested(
                "parameter",
                element("name", parameter),
                element("data_type", "option"),
                element("default_value", "null"),
                element("description", ""),
            )
            for parameter in parameters
        ),
    ]


def _parameter(column: str) -> tuple[tuple[int, str, str], str]:
    component = next(component for component in _COMPONENTS if column.startswith(component[2]))
    return component, column.removeprefix(component[2])


@cache
def published() -> tuple[Evaluations, ...]:
    """Read the published evaluations; none where their folder is missing."""
    if not FOLDER.is_dir():
        return ()
    return (
        _read("random_forest", RANDOM_FOREST, _RANDOM_FOREST_NAME, 10_000_001),
        _read("adaboost", ADABOOST, _ADABOOST_NAME, 20_000_001),
    )


@cache
def published_datasets() -> tuple[PublishedDataset, ...]:
    if not FOLDER.is_dir():
        return ()
    qualities = json.loads((FOLDER / "task_qualities.json").read_text())
    return tuple(PublishedDataset(int(task_id), qualities[task_id]) for task_id in sorted(qualities, key=int))


def _read(file: str, flow_id: int, name: str, first_id: int) -> Evaluations:
    header, data = (FOLDER / f"{file}.arff").read_text().split("@DATA\n")
    columns = dict(
        zip(
            re.findall(r"@ATTRIBUTE (\S+)", header),
            zip(*(line.split(",") for line in data.split()), strict=True),
            strict=True,
        )
    )
    task_ids, values = np.array(columns.pop("task_id"), dtype=np.int64), columns.pop(METRIC)
    settings = {
        column: [*map({text: _as_json(text) for text in set(texts)}.__getitem__, texts)]
        for column, texts in columns.items()
    }
    return Evaluations(flow_id, name, _SCIKIT_LEARN, first_id, settings, values, task_ids)


def made(task_ids: Sequence[int]) -> tuple[Evaluations, ...]:
    """Make evaluations of three flows on some tasks; of one flow no translation can be known."""
    rng = np.random.default_rng(0)
    each: dict[str, Callable[[], object]] = {
        "columntransformer__numeric__imputer__strategy": lambda: str(rng.choice(["mean", "median", "most_frequent"])),
        "randomforestclassifier__bootstrap": lambda: bool(rng.random() < 0.5),
        "randomforestclassifier__criterion": lambda: str(rng.choice(["gini", "entropy"])),
        "randomforestclassifier__max_depth": lambda: None,
        "randomforestclassifier__max_features": lambda: rng.uniform(0.1, 0.9),
        "randomforestclassifier__min_samples_leaf": lambda: int(rng.integers(1, 21)),
        "randomforestclassifier__min_samples_split": lambda: int(rng.integers(2, 21)),
        "randomforestclassifier__n_estimators": lambda: 100,
        "adaboostclassifier__algorithm": lambda: str(rng.choice(["SAMME", "SAMME.R"])),
        "adaboostclassifier__learning_rate": lambda: float(np.exp(rng.uniform(np.log(0.01), np.log(2.0)))),
        "adaboostclassifier__base_estimator__max_depth": lambda: int(rng.integers(1, 11)),
        "adaboostclassifier__n_estimators": lambda: int(rng.integers(50, 501)),
        "C": lambda: rng.uniform(0.1, 0.9),
        "M": lambda: int(rng.integers(1, 21)),
    }

    def drawn(flow_id: int, name: str, dependencies: str, headings: tuple[str, ...]) -> Evaluations:
        tasks = np.repeat(task_ids, N_MADE)
        settings = {
            column: [escape(json.dumps(draw())) for _ in tasks]
            for column, draw in each.items()
            if column.startswith(headings)
        }
        values = [f"{value:.6f}" for value in rng.uniform(0.5, 1.0, len(tasks))]
        return Evaluations(flow_id, name, dependencies, 1_000 * flow_id, settings, values, tasks)

    return (
        drawn(MADE_J48, _J48[1], "Weka_3.7.10", ("C", "M")),
        drawn(MADE_RANDOM_FOREST, _RANDOM_FOREST_NAME, _SCIKIT_LEARN, (_IMPUTER[2], _FOREST[2])),
        drawn(MADE_ADABOOST, _ADABOOST_NAME, _SCIKIT_LEARN, (_IMPUTER[2], _BOOSTING[2])),
    )


def _as_json(text: str) -> str:
    """Write a value of the published files as scikit-learn flows have it on the server."""
    known = {"True": "true", "False": "false", "None": "null"}
    if text in known:
        return known[text]
    try:
        float(text)
    except ValueError:
        return escape(json.dumps(text))
    return text
