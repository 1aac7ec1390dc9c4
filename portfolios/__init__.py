"""Portfolios: ordered lists of configurations that complement each other, built from past results."""

from portfolios.building import build, scaled_losses
from portfolios.portfolio import Portfolio, load
from portfolios.runtimes import predict_seconds

__all__ = ["Portfolio", "build", "load", "predict_seconds", "scaled_losses"]
