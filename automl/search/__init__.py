"""Searchers: they ask trials and are told outcomes."""

from __future__ import annotations

from automl.search.base import Listed, Searcher, Starts, Tried
from automl.search.past import Search
from automl.search.random import RandomSearch
from automl.search.smbo import SMBO

__all__ = ["SMBO", "Listed", "RandomSearch", "Search", "Searcher", "Starts", "Tried"]
