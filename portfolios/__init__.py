"""Portfolios: ordered lists of configurations that complement each other, built from past results."""

from portfolios.adaptive import AdaptivePortfolio
from portfolios.building import build
from portfolios.portfolio import Portfolio, load
from portfolios.runtimes import predict_seconds
from portfolios.scaling import scaled_losses

__all__ = ["AdaptivePortfolio", "Portfolio", "build", "load", "predict_seconds", "scaled_losses"]
