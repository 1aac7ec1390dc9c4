"""Saving and loading: one file, and nothing in it runs without the user's say-so."""

from __future__ import annotations

import inspect
import os
import zipfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import skops.io

# Our own classes that a model consists of: loading fills their attributes, and their methods run nothing that a file
# could bring along. Functions and methods are never trusted, ours included.
_MODULES = ("automl.estimator", "automl.encoding.", "automl.preprocessing", "automl.algorithms.", "automl.ensemble.")
_KERNELS = ("ConstantKernel", "DotProduct", "Matern", "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel")
# Other classes that learners keep, beyond those that skops trusts by itself.
_CLASSES = frozenset(
    {
        "automl.task.Shape",
        "collections.OrderedDict",
        "lightgbm.basic.Booster",
        "pathlib.PosixPath",
        "pathlib.WindowsPath",
        "xgboost.core.Booster",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        *(f"sklearn.gaussian_process.kernels.{name}" for name in _KERNELS),
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
        "sklearn.metrics._dist_metrics.MinkowskiDistance64",
        "sklearn.neighbors._kd_tree.KDTree",
    }
)


class UntrustedFileError(ValueError):
    """A model file holds types whose loading could run code."""


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to one file, complete or not at all.

    Parameters
    ----------
    model : AutoMLClassifier or AutoMLRegressor
    path : path
        Replaced if it exists.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        skops.io.dump(model, part, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], *, trusted: Sequence[str] | None = None) -> Any:
    """Read an estimator that `save` wrote.

    The file is no pickle: it names types, and only classes of this package that a model consists of, and a short list
    of others, are built from it. Any other type, and any function, is refused unless it is named in `trusted`.

    Parameters
    ----------
    path : path
    trusted : sequence of str, optional
        Further type names that you allow this file to build, such as ``"mypackage.MyScorer"``. Building a type may run
        its code: name only what you know.

    Returns
    -------
    AutoMLClassifier or AutoMLRegressor

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not a saved model.
    UntrustedFileError
        If it holds types that are not trusted; the message names them.

    Examples
    --------
    >>> import automl
    >>> automl.load("model.automl")  # doctest: +SKIP
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"no model file at {path}")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a saved model; save one with model.save(path)")
    try:
        found = skops.io.get_untrusted_types(file=path)
    except KeyError as error:
        raise ValueError(f"{path} is not a saved model; save one with model.save(path)") from error
    unknown = [name for name in found if not _is_trusted(name) and name not in (trusted or ())]
    if unknown:
        raise UntrustedFileError(
            f"{path} holds types that could run code when loaded: {', '.join(unknown)}; if you know where the file "
            f"comes from, allow them with automl.load(path, trusted={unknown!r})"
        )
    return skops.io.load(path, trusted=found)


def _is_trusted(name: str) -> bool:
    if name in _CLASSES:
        return True
    module, _, attribute = name.rpartition(".")
    if not f"{module}.".startswith(_MODULES) and not module.startswith(_MODULES):
        return False
    try:
        return inspect.isclass(getattr(import_module(module), attribute, None))
    except ImportError:
        return False
