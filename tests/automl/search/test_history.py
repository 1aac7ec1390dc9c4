from __future__ import annotations

import numpy as np
from search_problems import wide_space

from automl.search.history import History
from automl.trial import Configuration, Outcome, Status

SPACE = wide_space(3)
CONFIGURATIONS = SPACE.sample(200, np.random.default_rng(0))


def ok(loss: float, seconds: float = 1.0) -> Outcome:
    return Outcome(Status.OK, loss, seconds)


FAILED = Outcome.failed(Status.TIMEOUT, "too slow", 9.0)


def told(n: int, losses: np.ndarray) -> History:
    history = History(SPACE, 1)
    for configuration, loss in zip(CONFIGURATIONS[:n], losses, strict=False):
        history.append(configuration, 0, ok(float(loss)))
    return history


def test_a_configuration_is_one_row_with_its_rungs_as_columns() -> None:
    history = History(SPACE, 2)
    a, b = CONFIGURATIONS[:2]
    history.append(a, 0, ok(0.5, 2.0))
    history.append(b, 0, FAILED)
    history.append(a, 1, ok(0.25, 8.0))
    vectors, losses, seconds = history.fitted()
    np.testing.assert_array_equal(vectors, SPACE.encode([a, b]))
    np.testing.assert_array_equal(losses, [[0.5, 0.25], [np.inf, np.nan]])
    np.testing.assert_array_equal(seconds, [[2.0, 8.0], [9.0, np.nan]])
    assert history.n_successes == 1


def test_fits_are_frequent_while_outcomes_are_few_and_rare_later() -> None:
    history = History(SPACE, 1)
    fit_at = []
    for loss, configuration in enumerate(CONFIGURATIONS):  # the first is the best, so no new best forces a fit
        history.append(configuration, 0, ok(float(loss)))
        fit_at.append(history.fit_at)
    assert fit_at[:31] == list(range(1, 32))
    assert 10 < len(set(fit_at[100:])) < 30
    assert all(n - fitted <= n / 16 for n, fitted in enumerate(fit_at, start=1))


def test_a_new_best_is_fitted_at_once() -> None:
    losses = np.append(np.arange(199.0), -1.0)
    assert told(200, losses).fit_at == 200
    vectors, rungs, news = told(199, losses).news()
    assert len(vectors) == len(rungs) == len(news) == 199 - told(199, losses).fit_at > 0


def test_success_rates_count_by_algorithm_and_never_reach_zero() -> None:
    history = History(SPACE, 1)
    for i, outcome in enumerate([FAILED] * 4 + [ok(0.1)] * 5):
        algorithm = "algorithm0" if i < 4 else "algorithm1"
        history.append(Configuration(algorithm, SPACE.default(algorithm).values), 0, outcome)
    assert history.success_rates() == {"algorithm0": 0.2, "algorithm1": 1.0, "algorithm2": 1.0}
