"""Fit on one half of a real table, use the saved model, then fit on the other half with what the first fit learned.

The table is German credit risk (tests/data). The model and the demo's own store of past results lie in `demo-output`;
the store starts empty at each run, over what ships with the package.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import automl

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "demo-output"
MODEL = OUTPUT / "credit.automl"
FIRST_BUDGET_S = 30
SECOND_BUDGET_S = 10
VERBOSE = 1 if sys.stderr.isatty() else 2
COLUMNS = ["algorithm", "loss", "folds", "status", "weight", "seconds", "origin"]


def main() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    os.environ["PRECEDENT_KNOWLEDGE_BASE"] = str(OUTPUT / "knowledge.duckdb")
    table = pd.read_csv(ROOT / "tests" / "data" / "credit-g.csv")
    halves = train_test_split(table, test_size=0.5, stratify=table["class"], random_state=0)
    first_fit(halves[0])
    second_fit(halves[1])


def first_fit(half: pd.DataFrame) -> None:
    title(f"A first fit: {len(half)} rows of credit-g, {FIRST_BUDGET_S} s")
    X_train, X_test, y_train, y_test = train_and_test(half)
    model = automl.AutoMLClassifier(time_budget=FIRST_BUDGET_S, metric="roc_auc", random_state=0, verbose=VERBOSE)
    model.fit(X_train, y_train)

    report = model.fit_report_
    print(f"{report['trials']} trials in {report['seconds']:.1f} s; the first model stood after ", end="")
    print(f"{report['first_model_s']:.1f} s; stopped because {report['stopped']}")
    print("\nleaderboard (loss is 1 - roc_auc by cross-validation; weight is the share in the ensemble)")
    print(model.leaderboard()[COLUMNS].head(8).to_string(index=False, float_format="{:.4f}".format))
    show_experience(model)

    model.save(MODEL)
    loaded = automl.load(MODEL)
    probabilities = loaded.predict_proba(X_test)[:, 1]
    print(f"\nsaved to {MODEL.relative_to(ROOT)} ({MODEL.stat().st_size / 1e6:.1f} MB), loaded again: ", end="")
    print(f"roc_auc {roc_auc_score(y_test == loaded.classes_[1], probabilities):.3f} on {len(X_test)} unseen rows")
    shown = X_test[["purpose", "credit_amount", "age"]].head(3)
    answers = shown.assign(actual=y_test.head(3), predicted=loaded.predict(X_test.head(3)))
    print(answers.to_string(index=False))


def second_fit(half: pd.DataFrame) -> None:
    title(f"A second fit: the other {len(half)} rows, {SECOND_BUDGET_S} s, with and without experience")
    X_train, X_test, y_train, y_test = train_and_test(half)
    rows = {}
    for label, warm_start in (("without experience", False), ("with experience", True)):
        model = automl.AutoMLClassifier(
            time_budget=SECOND_BUDGET_S,
            metric="roc_auc",
            random_state=0,
            warm_start=warm_start,
            record=False,
            verbose=VERBOSE,
        )
        model.fit(X_train, y_train)
        unseen = roc_auc_score(y_test == model.classes_[1], model.predict_proba(X_test)[:, 1])
        best = model.leaderboard().iloc[0]
        rows[label] = {
            "trials": model.fit_report_["trials"],
            "best model": best["algorithm"],
            "its origin": best["origin"],
            "its loss": best["loss"],
            "roc_auc on unseen rows": unseen,
        }
    show_experience(model)
    print()
    print(pd.DataFrame.from_dict(rows, orient="index").to_string(float_format="{:.3f}".format))


def train_and_test(half: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    X, y = half.drop(columns="class"), half["class"]
    parts: tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series] = tuple(
        train_test_split(X, y, test_size=0.33, stratify=y, random_state=0)
    )
    return parts


def show_experience(model: automl.AutoMLClassifier) -> None:
    tasks = model.experience_
    print("\npast experience that the search started from:", "none yet" if tasks.empty else "")
    for task in tasks.head(5).itertuples():
        name = task.name if isinstance(task.name, str) else "a table without a name"
        size = f"{task.n_rows} x {task.n_features}"
        print(f"  {name}, {size}, at distance {task.distance:.3f}: {task.weight:.0%} of the say")


def title(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


if __name__ == "__main__":
    main()
