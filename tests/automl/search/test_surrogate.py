from __future__ import annotations

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from automl.search.history import History
from automl.search.past import PastSearches
from automl.search.surrogate import Surrogate
from automl.space import Space
from automl.trial import Configuration, Outcome, Status

SPACE = Space({"a": ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})})
POINTS = SPACE.sample(80, np.random.default_rng(0))
PAST = PastSearches(SPACE, [], seed=0)
NEW = SPACE.sample_vectors(300, np.random.default_rng(1))


def x_of(configuration: Configuration) -> float:
    return float(configuration.values["x"])


def surrogate(
    outcome_of: dict[str, Outcome] | None = None, *, cost_aware: bool = False, n: int = 80, seed: int = 0
) -> Surrogate:
    history = History(SPACE, 1)
    for point in POINTS[:n]:
        history.append(point, 0, (outcome_of or {}).get(point.id, Outcome(Status.OK, x_of(point) ** 2, 1.0)))
    return Surrogate(history, seed, PAST, cost_aware=cost_aware).given_news(history)


def x_acquired(model: Surrogate) -> float:
    """Where the model would look, on the mean of its ten best candidates."""
    best = np.argsort(-model.acquire(NEW))[:10]
    return float(NEW[best, 1].mean())


def test_it_looks_where_losses_are_low() -> None:
    assert x_acquired(surrogate()) < 0.1


def test_failures_repel() -> None:
    failed = Outcome.failed(Status.MEMORY, "MemoryError", 1.0)
    assert x_acquired(surrogate({p.id: failed for p in POINTS if x_of(p) < 0.4})) > 0.3


def test_a_cost_aware_model_divides_by_the_seconds_it_expects() -> None:
    slow = {p.id: Outcome(Status.OK, x_of(p) ** 2, 100.0) for p in POINTS if p.values["y"] < 0.5}
    gain, per_second = (surrogate(slow, cost_aware=aware).acquire(NEW) for aware in (False, True))
    seconds = gain[gain > 0] / per_second[gain > 0]
    y = NEW[gain > 0, 2]
    assert np.median(seconds[y < 0.4]) == pytest.approx(100.1, rel=0.1)
    assert np.median(seconds[y > 0.6]) == pytest.approx(1.1, rel=0.1)


def test_seconds_influence_nothing_without_cost_awareness() -> None:
    slow = {p.id: Outcome(Status.OK, x_of(p) ** 2, float(i)) for i, p in enumerate(POINTS)}
    np.testing.assert_array_equal(surrogate(slow).acquire(NEW), surrogate().acquire(NEW))


def test_trials_in_flight_make_their_place_less_attractive() -> None:
    model = surrogate(n=20)
    best = NEW[np.argmax(model.acquire(NEW))][None]
    pending = model.given_pending(np.repeat(best, 3, axis=0))
    assert pending.acquire(best)[0] < 0.9 * model.acquire(best)[0]
    assert model.given_pending(best[:0]) is model


def test_news_since_the_fit_count_before_the_next_fit() -> None:
    history = History(SPACE, 1)
    for point in POINTS[:65]:
        history.append(point, 0, Outcome(Status.OK, x_of(point) + 0.1, 1.0))
    model = Surrogate(history, 0, PAST, cost_aware=False)
    history.append(POINTS[70], 0, Outcome.failed(Status.CRASH, "no", 1.0))
    assert history.fit_at == model.n_seen == 65
    at = SPACE.encode([POINTS[70]])
    assert model.given_news(history)._forest.predict(at)[0] > model._forest.predict(at)[0] + 0.5


@pytest.mark.parametrize("gap", [0.0, 5.0])
def test_a_cheap_rung_is_compared_on_the_scale_of_the_full_one(gap: float) -> None:
    history = History(SPACE, 2)
    for point in POINTS:
        history.append(point, 0, Outcome(Status.OK, x_of(point) + gap, 1.0))
    for point in POINTS[:20]:
        history.append(point, 1, Outcome(Status.OK, x_of(point), 5.0))
    model = Surrogate(history, 0, PAST, cost_aware=False)
    mean = model._forest.predict(SPACE.encode(POINTS))[0]
    order = np.argsort([x_of(point) for point in POINTS])
    assert np.corrcoef(np.argsort(np.argsort(mean)), np.argsort(order))[0, 1] > 0.99


def test_focused_it_looks_at_a_leading_algorithm_against_its_own_best() -> None:
    names = "abcdef"
    space = Space({name: ConfigurationSpace({"x": (0.0, 1.0)}) for name in names})
    history = History(space, 1)
    for point in space.sample(240, np.random.default_rng(0)):
        loss = names.index(point.algorithm) + (x_of(point) - 0.5) ** 2
        fails = point.algorithm == "b"
        history.append(
            point, 0, Outcome.failed(Status.CRASH, "no", 1.0) if fails else Outcome(Status.OK, loss, 1.0)
        )
    model = Surrogate(history, 0, PastSearches(space, [], seed=0), cost_aware=False)
    candidates = space.sample_vectors(600, np.random.default_rng(1))
    algorithms = np.array([each.algorithm for each in space.decode_all(candidates)])
    for algorithm, name in zip(model.leading, "acdef", strict=True):
        focused = model.focused(algorithm)
        assert {each.algorithm for each in space.decode_all(focused.centres)} == {name}
        gain = focused.acquire(candidates)
        assert not gain[algorithms != name].any()
        off = np.abs(candidates[:, 1] - 0.5)
        assert off[np.argsort(-gain)[:10]].mean() < 0.6 * off.mean()
