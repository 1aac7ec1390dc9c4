"""Saving and loading: models come back as they were, and a file cannot run code."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline

from automl.algorithms import ALGORITHMS, FitContext
from automl.ensemble.predictor import Constant, EnsemblePredictor
from automl.persistence import UntrustedFileError, load, save
from automl.space import Space
from automl.table import Table
from automl.task import PROBLEMS, Problem, Shape

RNG = np.random.default_rng(0)
NUMERIC = np.where(RNG.random((80, 4)) < 0.05, np.nan, RNG.normal(size=(80, 4)))
TABLE = Table(NUMERIC, RNG.integers(-1, 4, size=(80, 2)).astype(np.int32), (4, 4))


def constant() -> Constant:
    learner = Constant(2)
    learner.fit(TABLE, np.arange(80) % 2, None, FitContext())
    return learner


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_learner_comes_back(name: str, problem: Problem, tmp_path: Path) -> None:
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[problem]
    shape = Shape(problem, n_classes, 80, 4, 2)
    why_not = ALGORITHMS[name].why_not(shape)
    if why_not:
        pytest.skip(why_not)
    y = RNG.integers(n_classes, size=80) if n_classes else RNG.normal(size=80)
    space = Space({name: ALGORITHMS[name].space(problem)})
    for configuration in [space.default(name), *space.sample(1, np.random.default_rng(1))]:
        learner = ALGORITHMS[name].build(configuration.values, shape, 0)
        learner.fit(TABLE, y, None, FitContext(0.2, None, (TABLE, y)))
        save(learner, tmp_path / "model")
        assert load(tmp_path / "model").predict(TABLE) == pytest.approx(learner.predict(TABLE)), configuration


def test_an_ensemble_comes_back_in_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "made" / "model.automl"
    save(EnsemblePredictor([(1.0, [constant()])]), path)
    decision = np.array([0.5, 2.0])
    save(EnsemblePredictor([(1.0, [constant()])], decision), str(path))
    assert load(path).decision.tolist() == [0.5, 2.0]
    assert [entry.name for entry in path.parent.iterdir()] == ["model.automl"]


def test_a_model_that_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.automl"
    save(constant(), path)
    broken: Any = constant()
    broken.value = (number for number in range(3))
    with pytest.raises(Exception, match="generator"):
        save(broken, path)
    assert load(path).value.tolist() == [0.5, 0.5]
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.automl"]


def test_a_missing_file_and_a_file_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no model file at"):
        load(tmp_path / "none")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ValueError, match="is not a saved model; save one with"):
        load(tmp_path / "text")


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match="is not a saved model"):
        load(tmp_path / "archive")


class Foreign:
    """A type of somebody else."""

    def __init__(self) -> None:
        self.number = 7


class Marker:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_foreign_types_are_refused_by_name_unless_allowed(tmp_path: Path) -> None:
    model: Any = constant()
    model.value = Foreign()
    save(model, tmp_path / "model")
    name = f"{Foreign.__module__}.Foreign"
    with pytest.raises(UntrustedFileError, match=name):
        load(tmp_path / "model")
    assert load(tmp_path / "model", trusted=[name]).value.number == 7


def attack(tmp_path: Path) -> Any:
    """A model whose prediction unpickles a file, with nothing but types and functions of well-known packages."""
    pickled = tmp_path / "payload.pickle"
    pickled.write_bytes(pickle.dumps(Marker(tmp_path / "mark")))
    source: Any = Constant(0)
    source.value = np.array([str(pickled)])
    first, last = LinearRegression(), LinearRegression()
    first.coef_ = last.coef_ = np.zeros(1)
    first.fit = first.transform = source.predict
    last.predict = np.vectorize(pd.read_pickle, otypes=[object])
    return EnsemblePredictor([(1.0, [Pipeline([("path", first), ("read", last)])])])


def test_functions_of_trusted_packages_are_not_trusted(tmp_path: Path) -> None:
    skops.io.dump(attack(tmp_path), tmp_path / "model")
    with pytest.raises(UntrustedFileError, match=r"pandas\.(io\.pickle\.)?read_pickle"):
        load(tmp_path / "model")
