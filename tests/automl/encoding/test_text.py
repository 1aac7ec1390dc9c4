"""Latent components of free text."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from automl.encoding import text as module
from automl.encoding.columns import factorised
from automl.encoding.text import N_COMPONENTS, TextEncoder

TOPICS = [["river", "boat", "water", "shore", "fish"], ["engine", "wheel", "motor", "brake", "gear"]]


def texts(n: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, 2, n)
    return [" ".join(rng.choice(TOPICS[t], 4)) + f" {k}" for k, t in enumerate(topic)], topic


def column(cells):
    return factorised(np.array(cells, dtype=object))


@pytest.mark.parametrize("max_characters", [10**9, 0])
def test_components_tell_topics_apart(max_characters, monkeypatch):
    monkeypatch.setattr(module, "_MAX_CHARACTERS", max_characters)
    train, topic = texts(300)
    encoder = TextEncoder.fit(column(train))
    test, truth = texts(100, seed=1)
    model = LogisticRegression(C=100).fit(encoder.encode(column(train)), topic)
    assert model.score(encoder.encode(column(test)), truth) > 0.95
    assert 2 <= len(encoder.suffixes) <= N_COMPONENTS
    assert encoder.encode(column(train)).shape == (300, len(encoder.suffixes))


def test_order_repetition_and_neighbours_do_not_matter(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 7)
    cells, _ = texts(100)
    encoder = TextEncoder.fit(column(cells))
    found = encoder.encode(column(cells))
    assert np.array_equal(TextEncoder.fit(column(cells[::-1] * 2)).encode(column(cells)), found)
    assert np.array_equal(encoder.encode(column(cells[3:5])), found[3:5])


def test_missing_and_unseen():
    encoder = TextEncoder.fit(column(texts(100)[0]))
    found = encoder.encode(column(["river boat", None, "qqq"]))
    assert np.isnan(found[1]).all()
    assert not found[2].any()
    assert np.isnan(encoder.encode(column([None]))).all()


def test_texts_without_common_terms():
    assert TextEncoder.fit(column(["abcd", "efgh", "ijkl"])) is None
    assert TextEncoder.fit(column(["a", "b"])) is None


def test_a_sample_is_fitted_of_many(monkeypatch):
    monkeypatch.setattr(module, "_N_FITTED", 50)
    cells, _ = texts(1000)
    assert TextEncoder.fit(column(cells)).encode(column(cells)).shape == (1000, N_COMPONENTS)


def test_speed():
    cells, _ = texts(20_000)
    start = time.process_time()
    TextEncoder.fit(column(cells)).encode(column(cells))
    assert time.process_time() - start < 10
