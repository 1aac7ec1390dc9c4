"""A portfolio: configurations in the order to try them, with where they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class Portfolio:
    """An ordered list of configurations for one task type and metric.

    Parameters
    ----------
    configurations : tuple of dict
        In the order to try them; each with ``"algorithm"``, a name, and ``"values"``, its hyperparameters.
    task_type : str
        Such as ``"binary"``, ``"multiclass"`` or ``"regression"``.
    metric : str
        Name of the metric that the losses were measured by.
    space_version : str
        Version of the search space that the configurations belong to.
    provenance : dict
        What it was built from and how, as JSON values.

    Examples
    --------
    >>> knn = {"algorithm": "knn", "values": {"n_neighbors": 5}}
    >>> portfolio = Portfolio((knn,), "binary", "roc_auc", "3f", {"tasks": 40})
    >>> len(portfolio), portfolio.configurations[0]["algorithm"]
    (1, 'knn')
    """

    configurations: tuple[Mapping[str, Any], ...]
    task_type: str
    metric: str
    space_version: str
    provenance: Mapping[str, Any]

    def __post_init__(self) -> None:
        for number, configuration in enumerate(self.configurations):
            if set(configuration) != {"algorithm", "values"}:
                raise ValueError(
                    f"configuration {number} of a portfolio has {sorted(configuration)}; it needs algorithm and values"
                )

    def __len__(self) -> int:
        return len(self.configurations)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file, complete or not at all.

        Parameters
        ----------
        path : path
            Replaced if it exists.

        Raises
        ------
        ValueError
            If a hyperparameter is NaN or infinite, which JSON cannot say.
        TypeError
            If a value is of a type that JSON does not know.
        """
        path = Path(path)
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, allow_nan=False, ensure_ascii=False)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_text(text + "\n", encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> Portfolio:
    """Read a portfolio that `Portfolio.save` wrote.

    Parameters
    ----------
    path : path

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a portfolio, or one of a newer format.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        written = content.pop("format")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{path} is not a portfolio; write one with Portfolio.save") from error
    if written != FORMAT:
        raise ValueError(
            f"{path} is a portfolio of format {written!r}; this version reads {FORMAT}, update the package"
        )
    try:
        return Portfolio(**{**content, "configurations": tuple(content["configurations"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is a damaged portfolio: {error}") from error
