"""FoldStore: a fold is finished or absent, whatever happened while it was written."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl.folds import FoldResult, FoldStore
from automl.trial import Configuration, Fidelity

KNN = Configuration("knn", {"n_neighbors": 5})
SVM = Configuration("svm", {"C": 1.0})
FULL = Fidelity(5)


def result(loss: float = 0.25) -> FoldResult:
    return FoldResult(np.array([0.5, 1.0], dtype=np.float32), loss, {"r2": 0.5}, 1.0, 0.1, 2.0)


def write(store: FoldStore, configuration: Configuration, *folds: int, fidelity: Fidelity = FULL) -> None:
    for fold in folds:
        store.write(configuration, fidelity, fold, result(fold / 10), pickle.dumps(f"model {fold}"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = FoldStore(tmp_path / "made" / "folds")
    write(store, KNN, 0, 2)
    again = FoldStore(tmp_path / "made" / "folds")  # another process, or a fit that is resumed
    assert again.read(KNN, FULL, 1) is None
    found = again.finished(KNN, FULL)
    assert sorted(found) == [0, 2]
    assert found[2].loss == 0.2
    assert found[2].prediction.tolist() == [0.5, 1.0]
    assert found[2].metrics == {"r2": 0.5}
    assert again.model(KNN, FULL, 2) == "model 2"
    assert again.finished(SVM, FULL) == {}


def test_folds_of_a_lower_rung_serve_a_higher_one(tmp_path: Path) -> None:
    store = FoldStore(tmp_path)
    write(store, KNN, 0, fidelity=Fidelity(1))
    assert sorted(store.finished(KNN, FULL)) == [0]
    write(store, KNN, 3)
    assert sorted(store.finished(KNN, Fidelity(2))) == [0]


@pytest.mark.parametrize("other", [Fidelity(5, rows=0.2), Fidelity(5, iterations=0.5)])
def test_fewer_rows_or_iterations_are_another_model(tmp_path: Path, other: Fidelity) -> None:
    store = FoldStore(tmp_path)
    write(store, KNN, 0, fidelity=other)
    assert store.finished(KNN, FULL) == {}
    assert sorted(store.finished(KNN, other)) == [0]


def test_a_model_without_its_result_is_no_fold(tmp_path: Path) -> None:
    """Killed between the two files."""
    store = FoldStore(tmp_path)
    write(store, KNN, 0)
    [mark] = tmp_path.glob("*.fold")
    mark.unlink()
    assert store.finished(KNN, FULL) == {}


@pytest.mark.parametrize("content", [b"", b"\x80\x05\x95half a pickle"])
def test_a_file_cut_short_is_no_fold(tmp_path: Path, content: bytes) -> None:
    store = FoldStore(tmp_path)
    write(store, KNN, 0, 1)
    [mark] = tmp_path.glob("*-0.fold")
    mark.write_bytes(content)
    assert sorted(store.finished(KNN, FULL)) == [1]
    write(store, KNN, 0)
    assert sorted(store.finished(KNN, FULL)) == [0, 1]


def test_a_writer_killed_at_any_moment_leaves_whole_folds(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys, numpy as np
        from automl.folds import FoldResult, FoldStore
        from automl.trial import Configuration, Fidelity
        import pickle
        store, k, model = FoldStore(sys.argv[1]), 0, pickle.dumps(np.zeros(200_000))
        print("ready", flush=True)
        while True:
            result = FoldResult(np.full(200_000, k, dtype=np.float32), k, {}, 0.0, 0.0, 0.0)
            store.write(Configuration("knn", {}), Fidelity(1), k, result, model)
            k += 1
    """)
    root = Path(__file__).parents[2]
    for wait_s in (0.01, 0.05):
        folder = tmp_path / str(wait_s)
        writer = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, cwd=root)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(wait_s)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        store, knn = FoldStore(folder), Configuration("knn", {})
        n_marks = len(list(folder.glob("*.fold")))
        found = store.finished(knn, Fidelity(n_marks + 5))
        assert sorted(found) == list(range(n_marks))
        for fold, each in found.items():
            assert (each.prediction == fold).all()
            assert store.model(knn, Fidelity(1), fold).shape == (200_000,)


def test_drop_forgets_only_the_given_configurations(tmp_path: Path) -> None:
    store = FoldStore(tmp_path)
    third = Configuration("forest", {})
    for configuration in (KNN, SVM, third):
        write(store, configuration, 0, 1)
    write(store, KNN, 0, fidelity=Fidelity(1, rows=0.2))
    store.drop([KNN, third])
    assert store.finished(KNN, FULL) == store.finished(third, FULL) == {}
    assert store.finished(KNN, Fidelity(1, rows=0.2)) == {}
    assert sorted(store.finished(SVM, FULL)) == [0, 1]
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {SVM.id}
    store.drop([])
    assert sorted(store.finished(SVM, FULL)) == [0, 1]


def test_drop_cut_short_leaves_no_fold_without_its_model(tmp_path: Path, monkeypatch: Any) -> None:
    store = FoldStore(tmp_path)
    write(store, KNN, 0, 1, 2)
    unlink, n_gone = Path.unlink, 0

    def unlink_two(path: Path, missing_ok: bool = False) -> None:
        nonlocal n_gone
        n_gone += 1
        if n_gone > 2:
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_two)
    with pytest.raises(KeyboardInterrupt):
        store.drop([KNN])
    for fold in store.finished(KNN, FULL):
        assert store.model(KNN, FULL, fold) == f"model {fold}"
    assert len(store.finished(KNN, FULL)) == 1
