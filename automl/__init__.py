"""AutoML that remembers: the best model that a time budget buys, and every fit makes the next one better."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl.estimator import AutoMLClassifier, AutoMLRegressor, fit
    from automl.persistence import UntrustedFileError, load

__all__ = ["AutoMLClassifier", "AutoMLRegressor", "UntrustedFileError", "fit", "load"]

# Imported on first use: scikit-learn alone takes a second.
_HOMES = {
    "AutoMLClassifier": "automl.estimator",
    "AutoMLRegressor": "automl.estimator",
    "UntrustedFileError": "automl.persistence",
    "fit": "automl.estimator",
    "load": "automl.persistence",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
