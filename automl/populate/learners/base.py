"""What a translator is: what to read from a published learner, and what must be as our algorithm has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automl.populate.faithful import Defaults, Fixed, Unfaithful
from automl.populate.flows import Json
from automl.populate.sizes import Sizes
from automl.populate.steps import Preparation
from automl.task import PROBLEMS, Problem
from automl.trial import Value

# A fold trains on at least this share of the rows, whatever the split.
TRAIN_SHARE = 0.5
# Parameters of most learners that change speed, output or seed, not the expected loss.
TECHNICAL = ("n_jobs", "random_state", "verbose", "warm_start")


@dataclass(frozen=True)
class Setting:
    """One published learner.

    Parameters
    ----------
    parameters : mapping of str to value
        Those that the translator reads; what was not listed has its default.
    problem : {"binary", "multiclass", "regression"}
    preparation : Preparation
        What came before the learner.
    sizes : Sizes or None
    """

    parameters: Mapping[str, Json]
    problem: Problem
    preparation: Preparation
    sizes: Sizes | None

    def known_sizes(self, why: str) -> Sizes:
        """Give the sizes of the table, or raise `Unfaithful` where they are unknown."""
        if self.sizes is None:
            raise Unfaithful(f"{why} depends on sizes of the table that are not known")
        return self.sizes

    def needs_rows(self, n_training: int, name: str) -> None:
        """Raise `Unfaithful` unless a fold surely has this many training rows, below which ours shrinks `name`."""
        if self.known_sizes(name).n_rows * TRAIN_SHARE < n_training:
            raise Unfaithful(f"{name} is too large for so few rows, where ours takes less")


@dataclass(frozen=True)
class Translator:
    """How one class of scikit-learn becomes an algorithm of ours.

    Parameters
    ----------
    algorithm : str
        Name of ours.
    defaults : sequence of (version, mapping)
        What `own` reads, with scikit-learn's defaults since each version.
    fixed, ignored
        See `automl.populate.faithful.check`.
    own : callable
        Setting -> values of the algorithm's hyperparameters, without those of preprocessing; raises `Unfaithful`.
    spare : tuple of str
        Hyperparameters of ours without effect on what is translated; they get our default.
    problems : tuple of str
    is_scale_free : bool
        Whether scaling a column changes nothing, and codes of categories may come in any order.
    left_out : tuple of str
        What ours always does a little otherwise.
    """

    algorithm: str
    defaults: Defaults
    fixed: Fixed
    ignored: tuple[str, ...]
    own: Callable[[Setting], dict[str, Value]]
    spare: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = PROBLEMS
    is_scale_free: bool = False
    left_out: tuple[str, ...] = ()
