from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from knowledge_base import InvalidRecord, KnowledgeBase, ReadOnly
from knowledge_base.aslib import import_scenario, read_scenario

_REAL = Path(__file__).parents[3] / "shared" / "aslib"
_FILES = {
    "description.txt": """\
scenario_id: Tiny-1
performance_measures: balanced_accuracy
maximize: false
performance_type: solution_quality
feature_step all: NumberOfClasses, NumberOfInstances
algorithm_cutoff_time: 1800
""",
    "algorithm_runs.arff": """\
% from nowhere
@RELATION runs
@ATTRIBUTE instance_id STRING
@ATTRIBUTE repetition NUMERIC
@ATTRIBUTE algorithm STRING
@ATTRIBUTE balanced_accuracy NUMERIC
@ATTRIBUTE runstatus {ok, timeout, memout, not_applicable, crash, other}
@DATA
% two algorithms, three data sets
"it's, one",1,7,0.25,ok
"it's, one",2,7,0.125,ok
"it's, one",1,8,?,timeout
two,1,7,0.5,ok
two,1,8,?,memout
two,2,8,?,other
three,1,8,0,ok
three,1,9,0.75,crash
""",
    "feature_values.arff": """\
@RELATION values
@ATTRIBUTE instance_id STRING
@ATTRIBUTE repetition NUMERIC
@ATTRIBUTE NumberOfClasses NUMERIC
@ATTRIBUTE NumberOfInstances NUMERIC
@ATTRIBUTE Skewness NUMERIC
@DATA
'it\\'s, one',1,2,100,1
"it's, one",2,2,100,2
two,1,3,50,?
three,1,2,20,4
never,1,2,10,5
""",
    "feature_costs.arff": """\
@RELATION costs
@ATTRIBUTE instance_id STRING
@ATTRIBUTE repetition NUMERIC
@ATTRIBUTE all NUMERIC
@DATA
"it's, one",1,0.5
two,1,1.5
""",
    "configurations.csv": """\
idx,classifier:__choice__,classifier:sgd:loss,classifier:sgd:alpha,classifier:mlp:layers,weights
7,sgd,"log, plain",1e-05,,True
8,mlp,,,3,None
9,mlp,,,12345678901234567890,1.0
10,mlp,,,,
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    made.mkdir()
    for name, text in _FILES.items():
        (made / name).write_text(text)
    return made


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def test_a_scenario_is_read_whole(folder: Path) -> None:
    scenario = read_scenario(folder)
    assert (scenario.name, scenario.performance_measure, scenario.performance_type, scenario.maximise) == (
        "Tiny-1", "balanced_accuracy", "solution_quality", False)
    assert scenario.instances == ("it's, one", "never", "three", "two")
    assert scenario.features["NumberOfClasses"].to_dict() == {"it's, one": 2.0, "two": 3.0, "three": 2.0, "never": 2.0}
    assert scenario.features["Skewness"].fillna(-1).to_dict() == {"it's, one": 1.5, "two": -1, "three": 4, "never": 5}
    assert scenario.feature_costs["all"].to_dict() == {"it's, one": 0.5, "two": 1.5}
    assert scenario.runs["status"].tolist() == ["ok", "ok", "timeout", "ok", "memout", "other", "ok", "crash"]
    assert scenario.runs["performance"].fillna(-1).tolist() == [0.25, 0.125, -1, 0.5, -1, -1, 0, -1]
    assert scenario.runs["repetition"].tolist() == [1, 2, 1, 1, 1, 2, 1, 1]
    assert scenario.algorithms["algorithm"].to_dict() == {"7": "tiny1:sgd", "8": "tiny1:mlp", "9": "tiny1:mlp",
                                                          "10": "tiny1:mlp"}
    assert scenario.algorithms.loc["7", "configuration"] == {
        "classifier:__choice__": "sgd", "classifier:sgd:loss": "log, plain", "classifier:sgd:alpha": 1e-05,
        "weights": True}
    assert scenario.algorithms.loc["8", "configuration"] == {
        "classifier:__choice__": "mlp", "classifier:mlp:layers": 3, "weights": "None"}
    assert scenario.algorithms.loc["9", "configuration"] == {
        "classifier:__choice__": "mlp", "classifier:mlp:layers": "12345678901234567890", "weights": 1.0}
    assert scenario.source["folder"] == "tiny"
    assert scenario.source["sha256"].keys() == _FILES.keys()
    assert scenario.source["comments"] == {"algorithm_runs.arff": ["from nowhere"]}


def test_runs_become_outcomes_and_features_meta_features_of_their_own_version(kb: KnowledgeBase, folder: Path) -> None:
    assert import_scenario(kb, folder) == {"tasks": 3, "outcomes": 8, "failures": 4, "foreign_configurations": 3,
                                           "already_known": 0}
    stored = kb.outcomes().sort_values(["content_hash", "number"], ignore_index=True)
    assert stored["content_hash"].tolist() == 3 * ["aslib:Tiny-1:it's, one"] + 2 * ["aslib:Tiny-1:three"] + \
        3 * ["aslib:Tiny-1:two"]
    assert stored["task_type"].tolist() == 5 * ["binary"] + 3 * ["multiclass"]
    assert stored["status"].tolist() == ["ok", "ok", "timeout", "ok", "crash", "ok", "memory", "crash"]
    assert stored["loss"].fillna(-1).tolist() == [0.25, 0.125, -1, 0, -1, 0.5, -1, -1]
    assert stored["metrics"].tolist()[:3] == [{"balanced_accuracy": 0.75}, {"balanced_accuracy": 0.875}, {}]
    assert stored["error"].dropna().tolist() == [f"ASlib's runstatus is {status}" for status in
                                                 ("timeout", "crash", "memout", "other")]
    assert stored["is_full_fidelity"].all()
    assert set(stored["source"]) == {"aslib"}
    assert set(stored["space_version"]) == {"aslib:Tiny-1"}
    assert json.loads(stored["configuration"][2]) == read_scenario(folder).algorithms.loc["8", "configuration"]
    asked = {"NumberOfClasses": 2.0, "Skewness": 1.5}
    near = kb.nearest_tasks(asked, task_type="binary", metafeatures_version="aslib:Tiny-1")
    assert near["name"].tolist() == ["it's, one", "three"]
    assert near[["distance", "n_rows", "n_classes"]].iloc[:1].to_numpy().tolist() == [[0.0, 100, 2]]
    assert kb.nearest_tasks(asked, task_type="binary", metafeatures_version="1").empty
    assert kb.check().is_ok


def test_a_second_import_adds_nothing_and_one_that_was_cut_short_is_completed(kb: KnowledgeBase, folder: Path) -> None:
    import_scenario(kb, folder)
    before = kb.outcomes()
    assert import_scenario(kb, folder) == {"tasks": 0, "outcomes": 0, "failures": 0, "foreign_configurations": 0,
                                           "already_known": 8}
    pd.testing.assert_frame_equal(kb.outcomes(), before)
    with duckdb.connect(str(kb.path)) as connection:
        connection.execute("DELETE FROM outcome WHERE number = 2")
    assert import_scenario(kb, folder) == {"tasks": 2, "outcomes": 2, "failures": 2, "foreign_configurations": 1,
                                           "already_known": 6}
    pd.testing.assert_frame_equal(kb.outcomes(), before)
    other = KnowledgeBase(kb.path.with_name("other.duckdb"))
    import_scenario(other, folder)
    assert other.merge(kb.path)["outcome"] == 0


def test_runs_that_have_changed_are_another_study(kb: KnowledgeBase, folder: Path) -> None:
    import_scenario(kb, folder)
    change(folder, "algorithm_runs.arff", "two,1,7,0.5,ok", "two,1,7,0.625,ok")
    assert import_scenario(kb, folder)["already_known"] == 5
    assert kb.outcomes(status="ok")["loss"].tolist().count(0.625) == 1
    assert kb.outcomes()["study_id"].nunique() == 4


def test_what_lies_under_a_store_is_known(tmp_path: Path, kb: KnowledgeBase, folder: Path) -> None:
    import_scenario(kb, folder)
    upper = KnowledgeBase(tmp_path / "upper.duckdb", below=[kb.path])
    assert import_scenario(upper, folder)["already_known"] == 8
    assert not upper.path.exists()


@pytest.mark.parametrize(("measure", "maximise", "metric", "stored_as", "losses"), [
    ("accuracy", "true", None, "accuracy", [0.75, 0.875, 0.5, 1.0]),
    ("predictive_accuracy", "True", None, "accuracy", [0.75, 0.875, 0.5, 1.0]),
    ("log_loss", "false", None, "neg_log_loss", [0.25, 0.125, 0.5, 0.0]),
    ("gain", "true", "neg_brier_score", "neg_brier_score", [-0.25, -0.125, -0.5, 0.0]),
    ("root_mean_squared_error", "false", None, "neg_root_mean_squared_error", [0.25, 0.125, 0.5, 0.0]),
])
def test_performances_become_losses(kb: KnowledgeBase, folder: Path, measure: str, maximise: str, metric: str | None,
                                    stored_as: str, losses: list[float]) -> None:
    for file in ("description.txt", "algorithm_runs.arff"):
        change(folder, file, "balanced_accuracy", measure)
    change(folder, "description.txt", "maximize: false", f"maximize: {maximise}")
    import_scenario(kb, folder, metric=metric)
    stored = kb.outcomes(status="ok", metric=stored_as)
    by_instance = stored.set_index(["content_hash", "number"])["loss"]
    assert sorted(by_instance) == sorted(losses)
    best = 0.0 if stored_as.startswith("neg_") else 1.0
    assert [scores[stored_as] for scores in stored["metrics"]] == [best - loss for loss in stored["loss"]]
    regression = stored_as == "neg_root_mean_squared_error"
    assert set(stored["task_type"]) == ({"regression"} if regression else {"binary", "multiclass"})


def test_a_description_in_full_yaml_and_a_scenario_without_configurations(kb: KnowledgeBase, folder: Path) -> None:
    (folder / "description.txt").write_text(
        "# a scenario\nscenario_id: 'Tiny-1'\nperformance_measures:\n- balanced_accuracy\n- runtime\nmaximize:\n"
        "- false\n- false\nperformance_type:\n- solution_quality\nfeature_steps:\n  all:\n    provides:\n"
        "    - Skewness\ndefault_steps: [all]\nnumber_of_feature_steps:   1\n")
    (folder / "configurations.csv").unlink()
    (folder / "feature_costs.arff").unlink()
    scenario = read_scenario(folder)
    assert (scenario.name, scenario.maximise) == ("Tiny-1", False)
    assert scenario.algorithms["algorithm"].to_dict() == {"7": "tiny1:7", "8": "tiny1:8", "9": "tiny1:9"}
    assert scenario.algorithms["configuration"].tolist() == [{}, {}, {}]
    assert scenario.feature_costs.shape == (4, 0)
    assert import_scenario(kb, folder)["foreign_configurations"] == 3


def test_what_is_not_told_has_to_be_given(kb: KnowledgeBase, folder: Path) -> None:
    change(folder, "feature_values.arff", "NumberOfClasses", "Classes")
    with pytest.raises(InvalidRecord, match="number of classes of instance \"it's, one\": give task_type="):
        import_scenario(kb, folder)
    for file in ("description.txt", "algorithm_runs.arff"):
        change(folder, file, "balanced_accuracy", "beauty")
    with pytest.raises(InvalidRecord, match="'beauty' of scenario Tiny-1 is not known: give metric="):
        import_scenario(kb, folder, task_type="binary")
    with pytest.raises(InvalidRecord, match="task_type is 'ranking'"):
        import_scenario(kb, folder, metric="accuracy", task_type="ranking")
    assert not kb.path.exists()
    assert import_scenario(kb, folder, metric="accuracy", task_type="binary")["outcomes"] == 8
    assert set(kb.outcomes(metric="accuracy")["task_type"]) == {"binary"}


def test_runtimes_are_no_losses_and_a_store_may_be_read_only(kb: KnowledgeBase, folder: Path) -> None:
    import_scenario(kb, folder)
    with pytest.raises(ReadOnly):
        import_scenario(KnowledgeBase(kb.path, read_only=True), folder)
    change(folder, "description.txt", "solution_quality", "runtime")
    with pytest.raises(InvalidRecord, match="Tiny-1 measures runtime"):
        import_scenario(kb, folder)


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    ("description.txt", "scenario_id: Tiny-1", "scenario_id:", r"description\.txt lacks scenario_id"),
    ("description.txt", "maximize: false", "maximize: maybe", r"description\.txt: maximize is 'maybe'"),
    ("description.txt", "maximize: false", "maximize", r"description\.txt, line 3: expected an entry"),
    ("algorithm_runs.arff", "repetition", "round", r"algorithm_runs\.arff lacks the attribute 'repetition'"),
    ("algorithm_runs.arff", "balanced_accuracy NUMERIC", "f1 NUMERIC", "lacks the attribute 'balanced_accuracy'"),
    ("algorithm_runs.arff", "algorithm STRING", "algorithm NUMERIC", "attribute 'algorithm' is to be text"),
    ("algorithm_runs.arff", "balanced_accuracy NUMERIC", "balanced_accuracy STRING", "is to be numeric"),
    ("algorithm_runs.arff", "0.25,ok", "?,ok", r"algorithm_runs\.arff, line 10: the run is ok, but"),
    ("algorithm_runs.arff", "0.25,ok", "inf,ok", "line 10: the run is ok, but its balanced_accuracy is missing or inf"),
    ("algorithm_runs.arff", "0.25,ok", "0.25,okay", "line 10: runstatus is 'okay'"),
    ("algorithm_runs.arff", "two,1,7", "two,1,5", r"line 13: algorithm '5' is not in configurations\.csv"),
    ("algorithm_runs.arff", "two,1,7", "?,1,7", "line 13: instance_id is missing"),
    ("algorithm_runs.arff", "two,2,8", "two,1,8", "line 15: the same instance_id, algorithm, repetition came before"),
    ("algorithm_runs.arff", "two,1,7,0.5,ok", "two,1,7", r"algorithm_runs\.arff, line 13: there are 3 values for 5"),
    ("feature_values.arff", "two,1,3", "two,1,three", r"feature_values\.arff, line 10: NumberOfClasses is 'three'"),
    ("feature_values.arff", "three,1", "two,1", "line 11: the same instance_id, repetition came before"),
    ("feature_values.arff", "Skewness NUMERIC", "Skewness STRING", "attribute 'Skewness' is to be numeric"),
    ("feature_costs.arff", "@DATA", "", r"feature_costs\.arff, line 6: expected @relation"),
    ("configurations.csv", "idx,classifier:__choice__", "idx,idx", r"configurations\.csv, line 1: expected an id"),
    ("configurations.csv", "8,mlp,", "8,", r"configurations\.csv, line 3: there are 5 values for 6 columns"),
    ("configurations.csv", "8,mlp", "7,mlp", r"configurations\.csv, line 3: the idx is empty or comes twice: '7'"),
    ("configurations.csv", '"log, plain"', '"log', r"configurations\.csv, line 5: unexpected end"),
])
def test_malformed_files_are_named_with_line_or_column(folder: Path, file: str, old: str, new: str,
                                                       message: str) -> None:
    change(folder, file, old, new)
    with pytest.raises(InvalidRecord, match=message):
        read_scenario(folder)


def test_a_status_is_one_of_aslibs_own_whatever_the_file_declares(folder: Path) -> None:
    change(folder, "algorithm_runs.arff", "{ok, timeout, memout, not_applicable, crash, other}", "STRING")
    read_scenario(folder)
    change(folder, "algorithm_runs.arff", "0.25,ok", "0.25,OK")
    with pytest.raises(InvalidRecord, match="line 10: runstatus is 'OK', expected one of ok, timeout"):
        read_scenario(folder)


@pytest.mark.parametrize("file", ["description.txt", "algorithm_runs.arff", "feature_values.arff"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(InvalidRecord, match=f"{file} cannot be read"):
        read_scenario(folder)


def data_rows(path: Path) -> list[list[str]]:
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [line.split(",") for line in lines[lines.index("@DATA") + 1:] if line]


@pytest.mark.skipif(not _REAL.is_dir(), reason="needs the scenarios in ../shared/aslib")
def test_the_scenarios_of_auto_sklearn_come_in_whole(kb: KnowledgeBase) -> None:
    n_runs, instances, n_failures = 0, set[tuple[str, str]](), 0
    folders = sorted(path for path in _REAL.iterdir() if path.is_dir())
    assert len(folders) == 4
    for folder in folders:
        rows = data_rows(folder / "algorithm_runs.arff")
        scenario, counts = read_scenario(folder), import_scenario(kb, folder)
        failed = sum(row[4] != "ok" for row in rows)
        assert counts == {"tasks": len({row[0] for row in rows}), "outcomes": len(rows), "failures": failed,
                          "foreign_configurations": counts["foreign_configurations"], "already_known": 0}
        assert import_scenario(kb, folder)["already_known"] == len(rows)
        assert scenario.features.shape == (len(data_rows(folder / "feature_values.arff")),
                                           len(data_rows(folder / "feature_values.arff")[0]) - 2)
        assert scenario.feature_costs.shape[0] == len(data_rows(folder / "feature_costs.arff"))
        with (folder / "configurations.csv").open(newline="") as stream:
            configurations = list(csv.DictReader(stream))
        assert scenario.algorithms.index.tolist() == [row["idx"] for row in configurations]
        for row, configuration in zip(configurations, scenario.algorithms["configuration"], strict=True):
            assert configuration.keys() == {name for name, value in row.items() if value and name != "idx"}
        n_runs, n_failures = n_runs + len(rows), n_failures + failed
        kind = "regression" if "regression" in folder.name else "classification"
        instances |= {(kind, row[0]) for row in rows}
    stored = kb.outcomes()
    assert len(stored) == n_runs
    assert (stored["status"] != "ok").sum() == n_failures
    assert stored["task_id"].nunique() == len(instances)
    assert set(stored["metric"]) == {"balanced_accuracy", "neg_log_loss", "roc_auc", "neg_root_mean_squared_error"}
    assert stored["algorithm"].str.fullmatch(r"autosklearn:[a-z_]+").all()
    assert not (stored["loss"] < 0).any()
    # What the scenario's own files say of one data set.
    tic_tac_toe = stored[stored["content_hash"] == "aslib:auto-sklearn:tic-tac-toe"].set_index("metric")["loss"]
    assert tic_tac_toe.to_dict() == {"balanced_accuracy": 0.0, "neg_log_loss": 5.329760482539578e-06, "roc_auc": 0.0}
    assert kb.check().is_ok
