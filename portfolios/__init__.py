"""Portfolios: ordered lists of configurations that complement each other, built from past results."""

from portfolios.building import build
from portfolios.portfolio import Portfolio, load

__all__ = ["Portfolio", "build", "load"]
