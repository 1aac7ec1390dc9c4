"""From the user's table to the blocks that learners see."""

from __future__ import annotations

from automl.encoding.encoder import TableEncoder

__all__ = ["TableEncoder"]
