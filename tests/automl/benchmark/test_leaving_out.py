from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from automl.benchmark.execution import Patience, execute
from automl.benchmark.leaving_out import Experiences, read_families
from automl.benchmark.plan import Conditions, plan_runs
from automl.benchmark.results import ResultsFolder
from automl.benchmark.running import Benchmark
from automl.benchmark.splitting import Splits
from knowledge_base import PATH_VARIABLE, KnowledgeBase, KnowledgeBaseError

NAMES = {"c0": "Heart-C", "c1": "heart-H", "c2": "GLASS", "c3": "glass-2", "c4": None, "c5": "iris"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("filled") / "knowledge.duckdb"
    for content, name in NAMES.items():
        task = {"content_hash": content, "task_type": "binary", "metric": "roc_auc", "name": name}
        with KnowledgeBase(path).writer(
            task=task, metafeatures={"size": 1.0}, metafeatures_version="1", space_version="1", provenance={}
        ) as writer:
            writer.append(
                {"configuration_id": "k", "algorithm": "knn", "configuration": {}, "status": "ok", "loss": 0.2,
                 "is_full_fidelity": True, "seconds": 1.0}
            )  # fmt: skip
    return path.parent


@pytest.fixture
def store(tmp_path, filled, monkeypatch):
    """The user's own store, with nothing that ships below it."""
    path = Path(shutil.copytree(filled, tmp_path / "own")) / "knowledge.duckdb"
    monkeypatch.setenv(PATH_VARIABLE, str(path))
    monkeypatch.setattr("automl.benchmark.leaving_out.shipped_paths", list)
    return path


@pytest.fixture
def contents(tmp_path):
    """The contents that a run is given experience of."""

    def read(experience):
        path = tmp_path / "given.duckdb"
        path.write_bytes(experience.content)
        return set(KnowledgeBase(path, read_only=True).studies()["content_hash"])

    return read


@pytest.mark.parametrize(
    ("table", "content", "missing"),
    [
        ("heart-c", "new", {"c0", "c1"}),  # its name and its family, in other letters
        ("HEART-STATLOG", "new", {"c0", "c1"}),  # the family of a table that the store does not have
        ("Glass", "new", {"c2"}),  # of no family: its name alone
        ("anything", "c4", {"c4"}),  # its content, under another name or none
        ("iris", "c2", {"c2", "c5"}),
        ("new", "new", set()),
        ("x'); DROP TABLE task; --", "new", set()),
    ],
)
@pytest.mark.parametrize("source", ["default", "path"])
def test_name_content_and_family_are_left_out(store, contents, source, table, content, missing):
    experiences = Experiences(str(store) if source == "path" else source, read_families())
    experience = experiences.of(table, content)
    assert contents(experience) == set(NAMES) - missing
    assert set(experience.left_out) == {NAMES[each] or each for each in missing}
    assert experience.source == (str(store) if source == "path" else "default")


def test_without_families_a_table_is_one_of_its_own(store, contents):
    assert contents(Experiences("default", {}).of("heart-c", "c5")) == set(NAMES) - {"c5", "c0"}


def test_one_table_after_the_other_has_its_own(store, contents):
    experiences = Experiences("default", read_families())
    for table, missing in [("iris", {"c5"}), ("glass", {"c2"}), ("iris", {"c5"})]:
        assert contents(experiences.of(table, "new")) == set(NAMES) - missing


def test_the_store_itself_stays_as_it_is(store):
    before = {path: path.read_bytes() for path in store.parent.rglob("*") if path.is_file()}
    Experiences("default", read_families()).of("iris", "c0")
    Experiences(str(store), {}).of("iris", "c0")
    assert {path: path.read_bytes() for path in store.parent.rglob("*") if path.is_file()} == before


def test_without_a_store_of_ones_own_there_is_what_ships(tmp_path, monkeypatch, contents):
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path / "none.duckdb"))
    default, shipped = (Experiences(source, read_families()).of("glass", "new") for source in ("default", "shipped"))
    assert contents(default) == contents(shipped)
    assert default.left_out == shipped.left_out == ("glass",)
    assert not (tmp_path / "none.duckdb").exists()


def test_a_store_that_is_not_there_is_said(tmp_path, store):
    with pytest.raises(KnowledgeBaseError, match=r"no knowledge base at .*none.duckdb"):
        Experiences(str(tmp_path / "none.duckdb"), {})
    with pytest.raises(KnowledgeBaseError, match="No knowledge base ships"):
        Experiences("shipped", {})


LOOK = """
def fit(job, X, y):
    import shutil
    if job.knowledge_base is not None:
        shutil.copy(job.knowledge_base, os.environ["SEEN"])
        os.chmod(job.knowledge_base, 0o600)
        open(job.knowledge_base, "wb").close()
    return None, 0.0, {False: y, True: y}

def predict(model, X):
    return pd.DataFrame({"no": [0.5] * len(X), "yes": 0.5, "prediction": "yes"})
"""


def test_a_run_sees_no_more_and_its_result_says_so(store, real, made_up, tmp_path, monkeypatch):
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.duckdb"))
    table = real["glass"]
    warm = made_up(LOOK, "warm", options={"warm_start": True})
    cold = made_up(LOOK, "cold", options={"warm_start": False})
    plan = plan_runs([table], [warm, cold], [None], [0], [0], Conditions(5, knowledge_base="default"))
    content = Splits().of(table, plan[0]).content_hash
    before = store.read_bytes()
    results = ResultsFolder(tmp_path / "results")
    Benchmark(plan, [table], {}, results, Experiences("default", read_families())).run()
    seen = set(KnowledgeBase(tmp_path / "seen.duckdb", read_only=True).studies()["content_hash"])
    assert seen == set(NAMES) - {"c2"} and content not in seen
    found = results.read().set_index("framework")
    assert (found.loc["warm", "knowledge_base"], found.loc["warm", "left_out"]) == ("default", ["GLASS"])
    assert found.loc["cold", ["knowledge_base", "left_out"]].isna().all()
    assert store.read_bytes() == before


def test_our_own_framework_starts_from_nothing_that_was_left_out(real, a_run):
    table = real["glass"]
    run = a_run("precedent", table, conditions={"max_trials": 1})
    split = Splits().of(table, run)
    experience = Experiences("shipped", read_families()).of("glass", split.content_hash)
    result, _ = execute(run, split, None, Patience(), experience)
    assert result["status"] == "ok", result["error"]
    assert (result["left_out"], result["knowledge_base"]) == (["glass"], "shipped")


@pytest.mark.parametrize("text", ["", "name\niris\n", "name,family\niris\n", "name,family\n,flowers\n"])
def test_families_that_cannot_be_read(tmp_path, text):
    path = tmp_path / "families.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"families.csv (needs the columns name and family|has a line that lacks)"):
        read_families(path)


def test_families_of_ones_own(tmp_path, store, contents):
    path = tmp_path / "families.csv"
    path.write_text("name,family\nIris , Flowers\nGLASS,flowers\n")
    assert contents(Experiences("default", read_families(path)).of("IRIS", "new")) == set(NAMES) - {"c2", "c5"}
