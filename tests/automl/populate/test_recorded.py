"""Every recorded evaluation of OpenML's flows 6969 and 6970, in the optional folder `shared` beside the repository."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from published_learners import FLOWS, space_for, values_of
from recorded_evaluations import FOLDER
from sklearn.model_selection import StratifiedKFold

from automl.algorithms import ALGORITHMS, FitContext
from automl.encoding import TableEncoder
from automl.populate.measures import score_and_loss
from automl.populate.sizes import Sizes, sizes_of
from automl.populate.translation import Translation, translate
from automl.table import Table
from automl.task import Problem, Shape
from automl.trial import Configuration

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the folder ../shared/openml-evaluations"),
]

WIDE = "a column has more than 50 categories, which ours does not one-hot encode"


@cache
def tasks() -> dict[str, tuple[Problem, Sizes | None]]:
    qualities = json.loads((FOLDER / "task_qualities.json").read_text())
    found: dict[str, tuple[Problem, Sizes | None]] = {}
    for task, known in qualities.items():
        problem: Problem = "binary" if known["NumberOfClasses"] == 2 else "multiclass"
        found[task] = problem, sizes_of(known, problem)
    return found


def rows(flow: str) -> Iterator[dict[str, str]]:
    lines = (FOLDER / f"{flow}.arff").read_text().splitlines()
    names = [line.split()[1] for line in lines if line.startswith("@ATTRIBUTE")]
    data = [line for line in lines if line and line[0] not in "%@"]
    return iter(csv.DictReader(data, names))


def read(flow: str, row: dict[str, str]) -> tuple[str, Translation, float]:
    parameters = dict(row)
    task, accuracy = parameters.pop("task_id"), float(parameters.pop("predictive_accuracy"))
    problem, sizes = tasks()[task]
    options: dict[str, Any] = {"task_type": problem, "space": space_for(problem), "sizes": sizes}
    return task, translate(FLOWS[flow], parameters, dependencies="sklearn==0.20.0", **options), accuracy


def test_forests_are_translated_but_for_tables_of_wide_categories() -> None:
    kinds: Counter[tuple[str, str]] = Counter()
    left_out: Counter[tuple[str, ...]] = Counter()
    foreign = set()
    for row in rows("random_forest"):
        task, found, accuracy = read("random_forest", row)
        kinds[found.kind, found.reason] += 1
        left_out[found.left_out] += 1
        assert 0 <= score_and_loss("accuracy", accuracy)[1] <= 1
        if found.configuration is None:
            foreign.add(task)
            continue
        values, sizes = values_of(found), tasks()[task][1]
        assert sizes is not None
        assert (values["bootstrap"] == "yes") == (row["randomforestclassifier__bootstrap"] == "True")
        if not sizes.n_categorical:
            share, n = float(row["randomforestclassifier__max_features"]), sizes.n_numeric
            assert max(1, round(n ** float(values["max_features_power"]))) == max(1, int(share * n))
    assert kinds == {("translated", ""): 45_000, ("foreign", WIDE): 2_000}
    assert left_out == {(): 41_000, ("imputation of categories",): 6_000}
    assert foreign == {"14967", "14968", "34538", "146607"}


def test_adaboost_is_foreign() -> None:
    kinds = Counter((found.kind, found.reason) for _, found, _ in (read("adaboost", r) for r in rows("adaboost")))
    assert kinds == {("foreign", "AdaBoostClassifier: no algorithm of ours boosts by weighting rows"): 40_000}


@pytest.mark.slow
def test_our_forests_have_the_accuracies_that_were_published() -> None:
    catalog = pd.read_csv(FOLDER.parent / "datasets" / "catalog.csv", index_col="name")
    deviations = []
    for name, task in (("credit-g", "31"), ("cmc", "23"), ("balance-scale", "11")):
        X = pd.read_parquet(FOLDER.parent / "datasets" / f"{name}.parquet")
        y = pd.factorize(X.pop(catalog.loc[name, "target"]))[0].astype(np.int64)
        table = TableEncoder().fit_transform(X)
        shape = Shape(tasks()[task][0], int(y.max()) + 1, len(y), table.numeric.shape[1], table.codes.shape[1])
        pairs = []
        for row in [row for row in rows("random_forest") if row["task_id"] == task][::50]:
            _, found, accuracy = read("random_forest", row)
            assert found.configuration is not None
            pairs.append((accuracy_of(found.configuration, table, y, shape), accuracy))
        assert np.abs(np.diff(pairs)).mean() < 0.015
        deviations.append(np.subtract(pairs, np.mean(pairs, axis=0)))
    assert np.corrcoef(np.concatenate(deviations).T)[0, 1] > 0.8


def accuracy_of(configuration: Configuration, table: Table, y: np.ndarray, shape: Shape) -> float:
    hits = 0
    for train, test in StratifiedKFold(10, shuffle=True, random_state=1).split(y, y):
        learner = ALGORITHMS[configuration.algorithm].build(configuration.values, shape, 1)
        learner.fit(table.take(train), y[train], None, FitContext())
        hits += int((learner.predict(table.take(test)).argmax(axis=1) == y[test]).sum())
    return hits / len(y)
