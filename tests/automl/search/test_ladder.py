from __future__ import annotations

import numpy as np
import pytest

from automl.search.ladder import Ladder
from automl.trial import Configuration, Fidelity, Outcome, Status

RUNGS = (Fidelity(1), Fidelity(3), Fidelity(9))


def numbered(i: int) -> Configuration:
    return Configuration("knn", {"k": i})


def ok(loss: float) -> Outcome:
    return Outcome(Status.OK, loss, 1.0)


FAILED = Outcome.failed(Status.MEMORY, "MemoryError", 1.0)


def test_the_best_of_the_first_few_climbs_and_goes_on_to_the_top_right_away() -> None:
    ladder = Ladder(RUNGS, eta=3)
    ladder.told(numbered(0), 0, FAILED)
    ladder.told(numbered(1), 0, ok(0.9))
    assert ladder.promotion() is None
    ladder.told(numbered(2), 0, ok(0.8))
    assert ladder.promotion() == (numbered(2), 1)
    ladder.asked(numbered(2), 1)
    ladder.told(numbered(3), 0, ok(0.7))
    assert ladder.promotion() == (numbered(3), 1)  # the best third of four
    ladder.asked(numbered(3), 1)
    assert ladder.promotion() is None
    ladder.told(numbered(2), 1, ok(0.8))
    assert ladder.promotion() == (numbered(2), 2)


def test_another_takes_the_place_of_a_first_that_failed_higher_up() -> None:
    ladder = Ladder(RUNGS[:2], eta=2)
    ladder.told(numbered(0), 0, ok(0.5))
    ladder.told(numbered(1), 0, ok(0.6))
    ladder.told(numbered(0), 1, FAILED)
    assert ladder.promotion() == (numbered(1), 1)


def test_the_best_third_climbs_best_first() -> None:
    ladder = Ladder(RUNGS[:2], eta=3)
    losses = np.random.default_rng(0).permutation(12) / 10
    for i, loss in enumerate(losses):
        ladder.told(numbered(i), 0, ok(float(loss)))
    climbed = []
    while (climbing := ladder.promotion()) is not None:
        climbed.append(climbing[0])
        ladder.asked(*climbing)
    assert climbed == [numbered(int(i)) for i in np.argsort(losses)[:4]]


def test_the_favoured_begin_at_the_top_and_are_not_asked_below() -> None:
    ladder = Ladder(RUNGS, eta=3, favoured=[numbered(9).id])
    assert [ladder.entry(numbered(i)) for i in (8, 9)] == [0, 2]
    ladder.asked(numbered(9), 2)
    assert ladder.was_asked(numbered(9))
    ladder.told(numbered(9), 0, ok(0.9))
    for i in (7, 8):
        ladder.told(numbered(i), 0, ok(0.1 * i))
    assert ladder.promotion() == (numbered(7), 1)


def test_two_of_those_that_do_exactly_alike_with_one_algorithm_climb() -> None:
    ladder = Ladder(RUNGS[:2], eta=3)
    for i in range(9):
        ladder.told(numbered(i), 0, ok(0.1))
    other = Configuration("another", {"i": 0})
    ladder.told(other, 0, ok(0.1))
    for i in range(10, 30):
        ladder.told(numbered(i), 0, ok(0.2 + i / 100))
    climbed = []
    while (climbing := ladder.promotion()) is not None:
        climbed.append(climbing[0])
        ladder.asked(*climbing)
    assert climbed == [numbered(0), other, numbered(1)]
    # When there is nothing else to start, they climb too.
    assert ladder.promotion(any_rank=True) == (numbered(2), 1)


def test_the_best_of_each_leading_algorithm_climbs_whatever_its_rank() -> None:
    ladder = Ladder(RUNGS[:2], eta=3)
    for i in range(5):
        ladder.told(numbered(i), 0, ok(i / 100))
    others = [Configuration(f"other{i}", {"best": True}) for i in range(5)]
    ladder.asked(numbered(0), 1)
    assert ladder.promotion() is None  # too few to tell
    for i, other in enumerate(others):
        ladder.told(other, 0, ok(0.5 + i / 10))
        ladder.told(Configuration(other.algorithm, {"best": False}), 0, ok(0.9 + i / 10))
    climbed = []
    while (climbing := ladder.promotion()) is not None:
        climbed.append(climbing[0])
        ladder.asked(*climbing)
    assert climbed == [*others[:3], *(numbered(i) for i in range(1, 5))]


def test_higher_rungs_go_first() -> None:
    ladder = Ladder(RUNGS, eta=3)
    for i in range(9):
        ladder.told(numbered(i), 0, ok(i / 10))
    for i in range(3):
        ladder.told(numbered(i), 1, ok(i / 10))
    ladder.told(numbered(9), 0, ok(-1.0))
    assert ladder.promotion() == (numbered(0), 2)


def test_failures_never_climb_even_when_any_rank_may() -> None:
    ladder = Ladder(RUNGS[:2], eta=3)
    for i in range(6):
        ladder.told(numbered(i), 0, FAILED if i % 2 else ok(i / 10))
    climbed = set()
    while (climbing := ladder.promotion(any_rank=True)) is not None:
        climbed.add(climbing[0])
        ladder.asked(*climbing)
    assert climbed == {numbered(0), numbered(2), numbered(4)}


def test_a_ladder_of_one_rung_promotes_nobody() -> None:
    ladder = Ladder(RUNGS[:1], eta=2)
    ladder.told(numbered(0), 0, ok(0.1))
    assert ladder.promotion(any_rank=True) is None


def test_bad_ladders_are_refused() -> None:
    for rungs, eta in (((), 3), ((RUNGS[0], RUNGS[0]), 3), (RUNGS, 1)):
        with pytest.raises(ValueError, match="ladder"):
            Ladder(rungs, eta)
    with pytest.raises(ValueError, match="no rung"):
        Ladder(RUNGS, 3).rung(Fidelity(2))
