"""The joint conditional space of algorithms and their hyperparameters."""

from __future__ import annotations

from automl.space.joint import Space, Vectors

__all__ = ["Space", "Vectors"]
