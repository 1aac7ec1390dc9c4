from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest
import real_tables

import automl
from automl.cli import main

GLASS = real_tables.FOLDER / "glass.csv"


def output_of(arguments, capsys):
    assert main(["predict", *map(str, arguments)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return pd.read_csv(io.StringIO(captured.out))


def error_of(arguments, capsys):
    assert main(["predict", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_predictions_are_those_of_the_estimator(classifier_path, capsys):
    X, _ = real_tables.load_table("glass")
    shown = output_of([classifier_path, GLASS], capsys)
    assert list(shown) == ["prediction"]
    assert shown["prediction"].tolist() == automl.load(classifier_path).predict(X).tolist()


def test_probabilities_have_a_column_for_each_class(classifier_path, capsys):
    X, y = real_tables.load_table("glass")
    shown = output_of([classifier_path, GLASS, "--proba"], capsys)
    assert list(shown) == sorted(y.unique())
    np.testing.assert_allclose(shown, automl.load(classifier_path).predict_proba(X))


def test_a_column_of_numbers_from_a_regression_model(regressor_path, capsys):
    _, y = real_tables.load_table("autompg")
    shown = output_of([regressor_path, real_tables.FOLDER / "autompg.csv"], capsys)
    assert np.corrcoef(shown["prediction"], y)[0, 1] > 0.9


def test_columns_may_stand_in_another_order_and_the_target_may_be_gone(classifier_path, tmp_path, capsys):
    table = pd.read_csv(GLASS)
    path = tmp_path / "turned.csv"
    table.drop(columns="Type")[table.columns[-2::-1]].assign(extra=1).to_csv(path, index=False)
    pd.testing.assert_frame_equal(
        output_of([classifier_path, path], capsys), output_of([classifier_path, GLASS], capsys)
    )


def test_csv_from_a_pipe(classifier_path, monkeypatch, capsys):
    one_row = b"\n".join(GLASS.read_bytes().splitlines()[:2])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(one_row)))
    assert len(output_of([classifier_path, "-"], capsys)) == 1


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
def test_output_to_a_file(classifier_path, tmp_path, capsys, name):
    from automl.cli.table_files import read_table

    path = tmp_path / name
    assert main(["predict", str(classifier_path), str(GLASS), "--output", str(path)]) == 0
    assert capsys.readouterr().out == ""
    pd.testing.assert_frame_equal(read_table(str(path)), output_of([classifier_path, GLASS], capsys), check_dtype=False)


def test_missing_columns_are_named(classifier_path, tmp_path, capsys):
    path = tmp_path / "less.csv"
    pd.read_csv(GLASS).rename(columns={"Na": "na "}).to_csv(path, index=False)
    assert "no column 'Na'; did you mean 'na '?" in error_of([classifier_path, path], capsys)
    pd.read_csv(GLASS).drop(columns=["Na", "Mg"]).to_csv(path, index=False)
    assert "no columns 'Na', 'Mg'" in error_of([classifier_path, path], capsys)


def test_probabilities_of_a_regression_model_are_refused(regressor_path, capsys):
    message = error_of([regressor_path, real_tables.FOLDER / "autompg.csv", "--proba"], capsys)
    assert "this is a regression model" in message


def test_a_file_that_is_no_model_is_refused(capsys):
    assert str(GLASS) in error_of([GLASS, GLASS], capsys)
