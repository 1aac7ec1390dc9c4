"""What is spent on each task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from automl.estimator import AutoMLClassifier, AutoMLRegressor
from knowledge_base import KnowledgeBase


@dataclass(frozen=True)
class Effort:
    """What is spent on each task.

    Parameters
    ----------
    time_budget, max_trials, metric, n_jobs, memory_limit_mb
        As in `AutoMLClassifier`.
    seed : int
    """

    time_budget: float | None = 60.0
    max_trials: int | None = None
    metric: str = "auto"
    n_jobs: int = -1
    memory_limit_mb: float | None = None
    seed: int = 0

    def estimator(
        self, problem: str, knowledge_base: KnowledgeBase, cv: Any = None
    ) -> AutoMLClassifier | AutoMLRegressor:
        """Make an estimator that spends this.

        Parameters
        ----------
        problem : {"binary", "multiclass", "regression"}
        knowledge_base : KnowledgeBase
        cv : optional
            As in `AutoMLClassifier`.

        Examples
        --------
        >>> Effort(time_budget=10).estimator("regression", KnowledgeBase("mine.duckdb")).time_budget
        10
        """
        kind = AutoMLRegressor if problem == "regression" else AutoMLClassifier
        return kind(
            time_budget=self.time_budget, max_trials=self.max_trials, metric=self.metric, n_jobs=self.n_jobs,
            memory_limit_mb=self.memory_limit_mb, random_state=self.seed, knowledge_base=knowledge_base, cv=cv,
            verbose=0,
        )  # fmt: skip


def fit(model: AutoMLClassifier | AutoMLRegressor, X: Any, y: Any, *, resume: bool) -> dict[str, Any]:
    """Fit, and return the report of it.

    Raises
    ------
    KeyboardInterrupt
        A signal ended the search. Of one fit the best model so far is kept; of many, all that follow are meant too.
    """
    report: dict[str, Any] = model.fit(X, y, resume=resume).fit_report_
    if report["interrupted"]:
        raise KeyboardInterrupt
    return report
