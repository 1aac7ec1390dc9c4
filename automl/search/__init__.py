"""Searchers: they ask trials and are told outcomes."""

from __future__ import annotations

from automl.search.base import Searcher, Starts, Tried
from automl.search.past import Search
from automl.search.random import RandomSearch
from automl.search.smbo import SMBO

__all__ = ["SMBO", "RandomSearch", "Search", "Searcher", "Starts", "Tried"]
