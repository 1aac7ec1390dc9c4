"""The estimators: scikit-learn citizens over the ten steps of a fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from automl.dataset import infer_problem
from automl.execution import active_client, available_cpus
from automl.fitting import Fitted, Options, run_fit
from automl.leaderboard import leaderboard_of
from automl.parameters import check_parameters
from automl.persistence import save
from automl.question import Question, pose_question

Array = npt.NDArray[Any]


class _AutoML(BaseEstimator):  # type: ignore[misc]
    """What the classifier and the regressor share."""

    _kind: Literal["classification", "regression"]
    _searcher: Literal["smbo", "random"] = "smbo"  # the benchmark compares the two

    def __init__(
        self,
        time_budget: float | None = 60,
        metric: str | Callable[..., float] = "auto",
        n_jobs: int | None = -1,
        memory_limit_mb: float | None = None,
        max_trials: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        knowledge_base: Any = "default",
        warm_start: bool = True,
        record: bool = True,
        cv: Any = None,
        ensemble_size: int = 25,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        verbose: int = 1,
    ):
        self.time_budget = time_budget
        self.metric = metric
        self.n_jobs = n_jobs
        self.memory_limit_mb = memory_limit_mb
        self.max_trials = max_trials
        self.random_state = random_state
        self.knowledge_base = knowledge_base
        self.warm_start = warm_start
        self.record = record
        self.cv = cv
        self.ensemble_size = ensemble_size
        self.include = include
        self.exclude = exclude
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        tags.non_deterministic = self.time_budget is not None
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, resume: bool = False) -> _AutoML:
        """Search for the best ensemble that the budget buys.

        Parameters
        ----------
        X : DataFrame, ndarray, sparse matrix or list, shape (n_rows, n_columns)
            Numbers, booleans, categories, strings, text, dates; missing values are welcome, infinite ones count as
            missing.
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Non-negative; a row of weight 2 counts as two rows, a row of weight 0 is left out.
        groups : array-like of shape (n_rows,), optional
            Rows of one group are never split between training and validation.
        resume : bool, default=False
            Go on where a fit of the same data, metric, `cv`, `random_state` and knowledge base was killed. What it had
            finished is kept beside the knowledge base for a week; `time_budget` counts anew, `max_trials` does not.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If the data or a parameter cannot be used; the message names what and the remedy.

        Warns
        -----
        UserWarning
            If the knowledge base cannot be used, or no model finished and a constant is predicted.
        """
        values = self.get_params(deep=False)
        check_parameters(values)
        if resume and not isinstance(self.random_state, (int, np.integer)):
            raise ValueError("resume=True needs random_state to be the whole number that the killed fit was given")
        seed = self._seed()

        def pose() -> Question:
            return pose_question(
                X, y, kind=self._kind, sample_weight=sample_weight, groups=groups,
                metric=self.metric, cv=self.cv, seed=seed, estimator_name=type(self).__name__,
            )  # fmt: skip

        question, fitted = run_fit(pose, self._options(resume))
        self._keep(question, fitted)
        return self

    def _seed(self) -> int:
        if isinstance(self.random_state, (int, np.integer)) and self.random_state >= 0:
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _options(self, resume: bool) -> Options:
        n_jobs = 1 if self.n_jobs is None else int(self.n_jobs)
        return Options(
            time_budget=self.time_budget,
            max_trials=self.max_trials,
            n_workers=n_jobs if n_jobs > 0 else max(1, available_cpus() + 1 + n_jobs),
            memory_limit_mb=self.memory_limit_mb,
            client=active_client(),
            knowledge_base=self.knowledge_base,
            warm_start=self.warm_start,
            record=self.record,
            resume=resume,
            ensemble_size=int(self.ensemble_size),
            include=None if self.include is None else tuple(self.include),
            exclude=tuple(self.exclude or ()),
            verbose=int(self.verbose),
            searcher=self._searcher,
        )

    def _keep(self, question: Question, fitted: Fitted) -> None:
        dataset = question.dataset
        self._encoder = dataset.encoder
        self._predictor = fitted.predictor
        self.n_features_in_ = dataset.encoder.n_features_in
        self.__dict__.pop("feature_names_in_", None)
        if dataset.encoder.feature_names_in is not None:
            self.feature_names_in_ = dataset.encoder.feature_names_in
        if dataset.classes is not None:
            self.classes_ = dataset.classes
        self.fit_report_ = fitted.report
        # As plain rows, which a saved file can hold without naming further types.
        self._experience = fitted.experience.tasks.to_dict("list")
        self._leaderboard = leaderboard_of(fitted.history, fitted.selection).to_dict("list")

    def _average(self, X: Any) -> Array:
        check_is_fitted(self)
        return self._predictor.predict(self._encoder.transform(X, estimator_name=type(self).__name__))

    @property
    def experience_(self) -> pd.DataFrame:
        """Past tasks that the starting configurations come from, nearest first, and how much each counted."""
        if not hasattr(self, "_experience"):
            raise AttributeError(f"{type(self).__name__} has no experience_ before fit")
        return pd.DataFrame(self._experience)

    def leaderboard(self) -> pd.DataFrame:
        """What was tried, best first.

        Returns
        -------
        DataFrame
            One row per configuration at its highest fidelity: ``algorithm``, ``loss`` (minimised), ``folds``,
            ``status``, ``weight`` in the ensemble, ``seconds``, ``peak_mb``, ``origin``, ``error``, ``configuration``.
        """
        check_is_fitted(self)
        return pd.DataFrame(self._leaderboard)

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator to one file; `automl.load` reads it back.

        Parameters
        ----------
        path : str or Path

        See Also
        --------
        automl.load : Reads it, and says what it may execute.
        """
        check_is_fitted(self)
        save(self, path)


class AutoMLClassifier(ClassifierMixin, _AutoML):  # type: ignore[misc]
    """Classifier that searches algorithms and hyperparameters within a time budget, and learns from each fit.

    Parameters
    ----------
    time_budget : float or None, default=60
        Seconds of wall clock for all of `fit`, ensemble included. None, with `max_trials`, is a mode without a clock
        whose result repeats bit for bit.
    metric : str or callable, default="auto"
        Scikit-learn scorer name, or ``scorer(estimator, X, y)``; "auto" is roc_auc for two classes, neg_log_loss for
        more.
    n_jobs : int or None, default=-1
        Worker processes of one thread each; -1 for all cores. Within ``joblib.parallel_config(backend="dask")`` the
        trials run on that Dask cluster instead, as many at a time as its workers have threads; this package has to be
        installed there, in the same versions as here.
    memory_limit_mb : float or None, default=None
        Memory of the whole fit, its processes included; on a Dask cluster, of each process there.
    max_trials : int or None, default=None
        Most trials to run.
    random_state : int, RandomState or None, default=None
    knowledge_base : "default", path, KnowledgeBase or None, default="default"
        Store of past outcomes. "default" lies in the user's data folder; the environment variable
        PRECEDENT_KNOWLEDGE_BASE moves it.
    warm_start : bool, default=True
        Start from what worked on similar tables.
    record : bool, default=True
        Write the outcomes to the knowledge base.
    cv : int, splitter, iterable or None, default=None
        As in scikit-learn; None chooses by the size of the table.
    ensemble_size : int, default=25
        Draws of the greedy ensemble selection, which bounds its members.
    include, exclude : list of str or None, default=None
        Names of algorithms to search, or to leave out.
    verbose : int, default=1
        0 is silent, 1 shows a live line on a terminal, 2 prints plain lines to the standard error.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        If X had column names, all of them strings.
    experience_ : DataFrame
        Past tasks that the starting configurations come from, nearest first, and how much each counted.
    fit_report_ : dict
        Why the search stopped, seconds, trials by status, time to the first model, and the incumbents: after how many
        trials and seconds which loss on all folds was the best so far.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = AutoMLClassifier(time_budget=None, max_trials=4, knowledge_base=None, random_state=0, verbose=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.9)
    True
    """

    _kind = "classification"

    def predict_proba(self, X: Any) -> Array:
        """Class probabilities, shape (n_rows, n_classes), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If columns are missing.
        """
        return self._average(X)

    def predict(self, X: Any) -> Array:
        """Labels, shape (n_rows,); for a metric on labels, by the decision weights that scored best in validation."""
        probabilities = self._average(X)
        return np.asarray(self.classes_[self._predictor.decide(probabilities)])


class AutoMLRegressor(RegressorMixin, _AutoML):  # type: ignore[misc]
    """Regressor that searches algorithms and hyperparameters within a time budget, and learns from each fit.

    The parameters and attributes are those of `AutoMLClassifier`, without `classes_`; ``metric="auto"`` is
    neg_root_mean_squared_error.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = AutoMLRegressor(time_budget=None, max_trials=4, knowledge_base=None, random_state=0, verbose=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.4)
    True
    """

    _kind = "regression"

    def predict(self, X: Any) -> Array:
        """Predictions, shape (n_rows,).

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If columns are missing.
        """
        return self._average(X)


def fit(X: Any, y: Any, **options: Any) -> AutoMLClassifier | AutoMLRegressor:
    """Infer the task from y and fit.

    Parameters
    ----------
    X, y
        As in `AutoMLClassifier.fit`.
    **options
        Parameters of the estimator, and `sample_weight`, `groups`, `resume` of its fit.

    Returns
    -------
    AutoMLClassifier or AutoMLRegressor
        Fitted.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> type(fit(X, y, time_budget=None, max_trials=2, knowledge_base=None, verbose=0)).__name__
    'AutoMLClassifier'
    """
    for_fit = {name: options.pop(name) for name in ("sample_weight", "groups", "resume") if name in options}
    kind = AutoMLRegressor if y is not None and infer_problem(y) == "regression" else AutoMLClassifier
    model: AutoMLClassifier | AutoMLRegressor = kind(**options)
    model.fit(X, y, **for_fit)
    return model
