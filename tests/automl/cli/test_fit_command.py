from __future__ import annotations

import pandas as pd
import pytest
import real_tables

import automl
from automl.cli import fit_command, main

CREDIT = str(real_tables.FOLDER / "credit-g.csv")


def error_of(arguments, capsys):
    assert main(["fit", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("automl fit: error: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_the_saved_model_is_the_estimator(classifier_path, regressor_path):
    assert isinstance(automl.load(classifier_path), automl.AutoMLClassifier)
    assert isinstance(automl.load(regressor_path), automl.AutoMLRegressor)


def test_the_model_has_learned_its_table(classifier_path):
    X, y = real_tables.load_table("glass")
    assert automl.load(classifier_path).score(X, y) > 0.8


def test_the_leaderboard_is_on_the_standard_output_alone(tmp_path, capsys):
    path = str(tmp_path / "m.automl")
    small = ["--max-trials", "2", "--n-jobs", "1", "--include", "linear", "--knowledge-base", "none", "--quiet"]
    target = ["--target", "chol", "--task", "regression", "--time-budget", "none"]
    assert main(["fit", str(real_tables.FOLDER / "cholesterol.csv"), *target, *small, "-o", path]) == 0
    captured = capsys.readouterr()
    assert captured.out.split()[0] == "algorithm"
    assert captured.out.splitlines()[1].split()[0] == "linear"
    assert captured.err == f"saved to {path}\n"


def test_a_mistyped_target_is_refused_with_what_was_meant(capsys):
    assert "no column 'clas'; did you mean 'class'?" in error_of([CREDIT, "--target", "clas"], capsys)


def test_what_the_estimator_refuses_is_one_line(capsys):
    arguments = [CREDIT, "--target", "class"]
    assert "time_budget" in error_of([*arguments, "--time-budget", "-5"], capsys)
    assert "no_such_metric" in error_of([*arguments, "--metric", "no_such_metric"], capsys)
    assert "no_such_algorithm" in error_of([*arguments, "--include", "no_such_algorithm"], capsys)
    assert "max_trials" in error_of([*arguments, "--time-budget", "none"], capsys)


def test_a_bad_place_for_the_model_is_refused_before_the_work(tmp_path, capsys):
    output = str(tmp_path / "no" / "m.automl")
    assert "does not exist" in error_of([CREDIT, "--target", "class", "--output", output], capsys)


def test_every_option_reaches_the_estimator(monkeypatch, tmp_path):
    seen = {}

    class Recorded:
        def __init__(self, **options):
            seen.update(options)

        def fit(self, X, y):
            seen.update(columns=list(X.columns), target=y.name)
            return self

        def save(self, path):
            seen.update(path=path)

        def leaderboard(self):
            return pd.DataFrame({"algorithm": ["knn"], "error": [None], "configuration": [{}]})

    monkeypatch.setattr(automl, "AutoMLClassifier", Recorded)
    path = str(tmp_path / "m.automl")
    arguments = f"""--target class --task classification --metric accuracy --time-budget 7.5 --max-trials 9 --n-jobs 3
        --memory-limit-mb 500 --include knn,svm --exclude mlp --seed 4 --knowledge-base kb.duckdb --no-record
        --no-warm-start --quiet --output {path}""".split()
    assert main(["fit", CREDIT, *arguments]) == 0
    assert seen.pop("columns") == list(real_tables.load_table("credit-g")[0].columns)
    assert seen == {
        "metric": "accuracy",
        "time_budget": 7.5,
        "max_trials": 9,
        "n_jobs": 3,
        "memory_limit_mb": 500.0,
        "include": ["knn", "svm"],
        "exclude": ["mlp"],
        "random_state": 4,
        "knowledge_base": "kb.duckdb",
        "record": False,
        "warm_start": False,
        "verbose": 0,
        "target": "class",
        "path": path,
    }


def test_seconds_or_none_refuses_words():
    assert fit_command.seconds_or_none("NONE") is None
    with pytest.raises(ValueError, match="soon"):
        fit_command.seconds_or_none("soon")
