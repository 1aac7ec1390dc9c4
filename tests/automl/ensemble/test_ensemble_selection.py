"""Selection: who takes part, on which folds, at what cost, with which labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from automl.ensemble.selection import Candidate, Caps, Selection, select_ensemble
from automl.folds import FoldResult
from automl.metrics import Metric, resolve_metric
from automl.splits import SplitPlan
from automl.task import Problem
from automl.trial import Configuration, Fidelity

N_ROWS, N_FOLDS = 60, 3
PLAN = SplitPlan(
    tuple((np.flatnonzero(np.arange(N_ROWS) % N_FOLDS != k), np.arange(k, N_ROWS, N_FOLDS)) for k in range(N_FOLDS)),
    "3-fold",
)
RNG = np.random.default_rng(0)
Y = RNG.normal(size=N_ROWS)
RMSE = resolve_metric("neg_root_mean_squared_error", "regression", None)


def candidate(
    name: str,
    prediction: Any,
    folds: Any = range(N_FOLDS),
    *,
    y: Any = Y,
    metric: Metric = RMSE,
    losses: dict[int, float] | None = None,
    model_mb: float = 1.0,
    predict_seconds: float = 0.01,
) -> Candidate:
    """A configuration whose models predict as given, row by row of the table."""
    results = {}
    for fold in folds:
        rows = PLAN.folds[fold][1]
        loss = metric.loss(y[rows], prediction[rows]) if losses is None else losses[fold]
        values = prediction[rows].astype(np.float32)
        results[fold] = FoldResult(values, loss, {}, 1.0, predict_seconds, model_mb)
    return Candidate(Configuration(name, {}), Fidelity(N_FOLDS), results)


def select(candidates: list[Candidate], **options: Any) -> Selection:
    found = select_ensemble(candidates, **{"metric": RMSE, "plan": PLAN, "y": Y, **options})
    assert found is not None
    return found


def weights_of(selection: Selection) -> dict[str, float]:
    return {member.candidate.configuration.algorithm: member.weight for member in selection.members}


def noisy(scale: float, seed: int) -> Any:
    return Y + scale * np.random.default_rng(seed).normal(size=N_ROWS)


def test_nothing_finished_gives_nothing() -> None:
    assert select_ensemble([], metric=RMSE, plan=PLAN, y=Y) is None
    unfinished = candidate("a", Y, folds=())
    undefined = candidate("b", Y, losses=dict.fromkeys(range(N_FOLDS), float("nan")))
    endless = candidate("c", Y, losses=dict.fromkeys(range(N_FOLDS), float("inf")))
    assert select_ensemble([unfinished, undefined, endless], metric=RMSE, plan=PLAN, y=Y) is None


def test_opposite_errors_share_the_weight() -> None:
    shift = np.where(np.arange(N_ROWS) % 2, 1.0, -1.0)
    pool = [candidate("a", Y + shift), candidate("b", Y - shift), candidate("c", Y + 4 * shift)]
    found = select(pool)
    assert weights_of(found) == {"a": 0.5, "b": 0.5}
    assert found.loss == pytest.approx(0.0, abs=1e-6)
    assert found.decision is None


def test_the_loss_is_the_mean_over_folds() -> None:
    prediction = noisy(1.0, 1)
    found = select([candidate("a", prediction)])
    expected = np.mean([RMSE.loss(Y[rows], prediction[rows]) for _, rows in PLAN.folds])
    assert found.loss == pytest.approx(expected, rel=1e-6)
    assert RMSE.loss(Y, prediction) != pytest.approx(found.loss, rel=1e-4)


def test_weights_of_rows_count() -> None:
    """Each candidate is right on half of the rows; the weights say which half matters."""
    first = np.arange(N_ROWS) < N_ROWS // 2
    pool = [candidate("a", np.where(first, Y, Y + 2)), candidate("b", np.where(first, Y + 2.1, Y))]
    heavy = np.where(first, 1.0, 1e-6)
    assert weights_of(select(pool, sample_weight=heavy)) == pytest.approx({"a": 0.85, "b": 0.15})
    assert weights_of(select(pool, sample_weight=1e-6 / heavy)) == pytest.approx({"a": 0.15, "b": 0.85})


def test_the_order_of_candidates_does_not_matter() -> None:
    pool = [candidate(name, noisy(1.0, seed)) for seed, name in enumerate("abcdefg")]
    found, again = select(pool), select(pool[::-1])
    assert weights_of(found) == weights_of(again)
    assert found.loss == again.loss
    assert sum(weights_of(found).values()) == pytest.approx(1.0)


def test_equal_candidates_are_not_both_taken() -> None:
    prediction = noisy(0.5, 0)
    first = candidate("a", prediction)
    twin = Candidate(Configuration("a", {"of no": "effect"}), first.fidelity, first.folds)
    assert len(select([first, twin]).members) == 1


def test_candidates_are_compared_on_folds_that_all_have() -> None:
    """A single fold that happens to be easy does not make a model the best."""
    easy = {0: 0.0, 1: 9.0, 2: 9.0}
    whole = [candidate(f"whole{k}", noisy(0.5, k)) for k in range(4)]
    lucky = candidate("lucky", Y, folds=(0,), losses=easy)
    assert "lucky" not in weights_of(select([*whole, lucky]))


@pytest.fixture
def few_rows_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.ensemble.selection._ENOUGH_ROWS", 10)


def whole_and_partial() -> list[Candidate]:
    partial = [candidate(f"partial{k}", noisy(0.3, k + 1), folds=(0, 1)) for k in range(3)]
    return [candidate("whole", noisy(2.0, 0)), *partial]


def test_few_rows_do_not_tell_partial_candidates_apart() -> None:
    """One fold speaks for the one that finished, one for the others."""
    whole = candidate("whole", noisy(0.3, 0), losses={0: 0.1, 1: 0.4, 2: 0.3})
    partial = [candidate(f"p{k}", noisy(0.3, k + 1), folds=(0, 1), losses={0: 0.2, 1: 0.2}) for k in range(3)]
    assert set(weights_of(select([whole, *partial]))) == {"whole"}


def test_one_that_was_cut_off_is_not_lost_if_it_was_better_wherever_it_was_seen() -> None:
    found = select(whole_and_partial())
    assert set(weights_of(found)) <= {"partial0", "partial1", "partial2"}
    one_fold = candidate("one", Y, folds=(0,))
    assert set(weights_of(select([candidate("whole", noisy(2.0, 0)), one_fold]))) == {"whole"}


@pytest.mark.usefixtures("few_rows_suffice")
def test_a_choice_of_partial_candidates_beats_one_whole() -> None:
    found = select(whole_and_partial())
    assert set(weights_of(found)) & {"partial0", "partial1", "partial2"}
    assert found.loss < 0.5


def test_whatever_folds_finished_are_used() -> None:
    """The first fold timed out, the others did not."""
    found = select([candidate("a", Y, folds=(1, 2)), candidate("b", Y + 5, folds=(1, 2))])
    assert weights_of(found) == {"a": 1.0}
    disjoint = [candidate("a", noisy(1.0, 0), folds=(1,)), candidate("b", noisy(0.1, 1), folds=(2,))]
    assert len(select(disjoint).members) == 1


@pytest.mark.usefixtures("few_rows_suffice")
def test_a_candidate_undefined_on_the_common_folds_is_left_out() -> None:
    undefined = candidate("u", Y, losses={0: float("nan"), 1: float("nan"), 2: 0.0})
    others = [candidate(f"o{k}", noisy(1.0, k), folds=(0, 1)) for k in range(3)]
    found = select([undefined, *others])
    assert "u" not in weights_of(found)
    assert np.isfinite(found.loss)


def test_large_and_slow_candidates_yield_to_the_best() -> None:
    pool = [candidate(name, noisy(0.5 + 0.01 * k, k), model_mb=40.0) for k, name in enumerate("abcdef")]
    assert len(select(pool).members) > 2
    capped = select(pool, caps=Caps(max_model_mb=250.0))
    assert sum(m.candidate.model_mb for m in capped.members) <= 250.0
    slow = [candidate(name, noisy(0.5 + 0.01 * k, k), predict_seconds=1.0) for k, name in enumerate("abcdef")]
    assert sum(m.candidate.predict_seconds for m in select(slow, caps=Caps(max_latency_s=7.0)).members) <= 7.0
    best = min(pool, key=lambda c: c.loss)
    alone = select(pool, caps=Caps(max_model_mb=1.0))
    assert weights_of(alone) == {best.configuration.algorithm: 1.0}


def test_a_candidate_too_large_makes_room_for_later_ones() -> None:
    shift = np.where(np.arange(N_ROWS) % 2, 1.0, -1.0)
    pool = [
        candidate("a", Y + shift),
        candidate("huge", Y - 1.1 * shift, model_mb=1e4),
        candidate("b", Y - 1.2 * shift),
    ]
    assert set(weights_of(select(pool))) == {"a", "b"}


def test_only_the_best_candidates_and_draws_take_part() -> None:
    pool = [candidate(f"m{k}", noisy(1.0, k)) for k in range(12)]
    best = {c.configuration.algorithm for c in sorted(pool, key=lambda c: c.loss)[:3]}
    assert set(weights_of(select(pool, caps=Caps(max_candidates=3)))) <= best
    assert len(select(pool, caps=Caps(max_draws=1)).members) == 1
    assert len(select(pool, caps=Caps(max_draws=2)).members) <= 2


def test_stop_still_gives_a_model() -> None:
    pool = [candidate(name, noisy(1.0, seed)) for seed, name in enumerate("abc")]
    best = min(pool, key=lambda c: c.loss)
    assert weights_of(select(pool, stop=lambda: True)) == {best.configuration.algorithm: 1.0}


def imbalanced(problem: Problem) -> tuple[Any, Any, Any]:
    """Class codes, and probabilities of two models that lean to the largest class."""
    k = 2 if problem == "binary" else 4
    share = 0.25 ** np.arange(k)
    y = np.random.default_rng(5).choice(k, size=N_ROWS, p=share / share.sum())
    y[:12] = np.repeat(np.arange(k), 12 // k)
    predictions = []
    for seed in (6, 7):
        score = np.random.default_rng(seed).normal(size=(N_ROWS, k))
        score[np.arange(N_ROWS), y] += 1.5
        weighted = np.exp(score) * share
        predictions.append(weighted / weighted.sum(axis=1, keepdims=True))
    return y, *predictions


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_labels_are_tuned_for_a_metric_on_labels(problem: Problem) -> None:
    y, first, second = imbalanced(problem)
    metric = resolve_metric("balanced_accuracy", problem, np.arange(first.shape[1]))
    pool = [candidate("a", first, y=y, metric=metric), candidate("b", second, y=y, metric=metric)]
    found = select(pool, metric=metric, y=y)
    assert found.decision is not None
    assert found.decision[0] < 1.0 < found.decision[-1]
    predictions = {"a": first, "b": second}
    mean = sum(w * predictions[name] for name, w in weights_of(found).items())

    def loss(prediction: Any) -> float:
        return float(np.mean([metric.loss(y[rows], prediction[rows]) for _, rows in PLAN.folds]))

    assert found.loss == pytest.approx(loss(mean * found.decision), abs=1e-6)
    assert found.loss < loss(mean) - 0.05


def test_labels_are_not_tuned_for_other_metrics() -> None:
    y, first, _ = imbalanced("binary")
    for name in ("accuracy", "roc_auc"):
        metric = resolve_metric(name, "binary", np.arange(2))
        assert select([candidate("a", first, y=y, metric=metric)], metric=metric, y=y).decision is None


def test_stop_after_the_draws_keeps_the_labels_tuned_before() -> None:
    y, first, second = imbalanced("binary")
    metric = resolve_metric("balanced_accuracy", "binary", np.arange(2))
    pool = [candidate("a", first, y=y, metric=metric), candidate("b", second, y=y, metric=metric)]
    n_asked = 0

    def stop() -> bool:
        nonlocal n_asked
        n_asked += 1
        return n_asked > 4  # the tuning of two classes asks three or four times

    found = select(pool, metric=metric, y=y, stop=stop)
    assert found.decision is not None
    assert found.decision[1] > found.decision[0]


def test_a_share_goes_evenly_to_the_best_few_that_are_near_the_best() -> None:
    shift = np.where(np.arange(N_ROWS) % 2, 1.0, -1.0)
    scales = {"a": 1.0, "b": -1.0, "near": 1.8, "far": 2.2}
    pool = [candidate(name, Y + scale * shift) for name, scale in scales.items()]
    again = [candidate("near", Y + scale * shift) for scale in (1.85, 1.9)]
    pool += [Candidate(Configuration("near", {"k": k}), each.fidelity, each.folds) for k, each in enumerate(again)]
    found = select(pool)
    # 0.7 of a greedy half and half, then 0.3 for four: two of an algorithm are enough, and 2.2 is too far.
    shares = [(m.candidate.configuration.algorithm, round(m.weight, 6)) for m in found.members]
    assert sorted(shares) == [("a", 0.425), ("b", 0.425), ("near", 0.075), ("near", 0.075)]
    assert found.loss == pytest.approx(0.075 * (1.8 + 1.85), abs=1e-6)


def test_the_even_share_makes_no_more_members_than_asked_for() -> None:
    pool = [candidate(f"m{k}", noisy(1.0, k)) for k in range(12)]
    assert [len(select(pool, caps=Caps(max_draws=n)).members) for n in (1, 2, 3)] == [1, 2, 3]


def test_without_a_known_best_score_the_weights_are_greedy() -> None:
    shift = np.where(np.arange(N_ROWS) % 2, 1.0, -1.0)
    pool = [candidate("a", Y + shift), candidate("b", Y - shift), candidate("c", Y + 1.5 * shift)]
    assert weights_of(select(pool, metric=replace(RMSE, best=None))) == {"a": 0.5, "b": 0.5}


def test_twins_and_the_many_of_one_algorithm_leave_room_for_others() -> None:
    one = [
        Candidate(Configuration("knn", {"k": k}), Fidelity(N_FOLDS), candidate("knn", noisy(0.5, k // 2)).folds)
        for k in range(60)
    ]
    other = candidate("linear", noisy(0.7, 99))
    found = select([*one, other], caps=Caps(max_candidates=12))
    names = [member.candidate.configuration.algorithm for member in found.members]
    assert "linear" in names
    assert 1 < names.count("knn") <= 10
    losses = [member.candidate.loss for member in found.members]
    assert len(set(losses)) == len(losses)
