"""The ten steps of a fit, from the checked input to the fitted ensemble."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from joblib import parallel_config

from automl.algorithms import ALGORITHMS, applicable
from automl.algorithms.base import FitContext
from automl.budget import Budget
from automl.ensemble.predictor import Constant, EnsemblePredictor
from automl.ensemble.selection import Candidate, Caps, Selection, select_ensemble
from automl.ensemble.stacking import MAX_TRIALS, can_stack, second_layer
from automl.evaluation import CrossValidation
from automl.folds import FoldStore
from automl.foldwise import FoldwiseExecutor
from automl.ledger import Ledger, candidates_of
from automl.loop import StopFlag, run_search, stop_on_signals
from automl.progress import ProgressReport
from automl.question import Question
from automl.recording import Recorder, TaskRow, open_knowledge_base, past_trials
from automl.run_folder import RunFolder
from automl.search import SMBO, RandomSearch, Searcher
from automl.space import Space
from automl.stacking import StackingSearcher, stacking_s
from automl.task import Shape
from automl.trial import Fidelity, Outcome, Trial
from automl.warm_start import Experience, recall
from automl.workers import Workers
from knowledge_base import KnowledgeBase
from metafeatures import extract

# How fast finished models are read back: 510 MB/s for large forests.
_LOADED_MB_PER_S = 500.0
# Of the trials, the most that the second layer has.
_STACKED = 0.1


@dataclass(frozen=True)
class Options:
    """The parameters of an estimator that the steps need, resolved; `client` is a Dask client or None."""

    time_budget: float | None
    max_trials: int | None
    n_workers: int
    memory_limit_mb: float | None
    client: Any
    knowledge_base: Any
    warm_start: bool
    record: bool
    resume: bool
    ensemble_size: int
    include: tuple[str, ...] | None
    exclude: tuple[str, ...]
    verbose: int
    searcher: Literal["smbo", "random"]


@dataclass
class Fitted:
    """What a fit leaves behind."""

    predictor: EnsemblePredictor
    selection: Selection | None
    history: list[tuple[Trial, Outcome]]
    experience: Experience
    report: dict[str, Any] = field(default_factory=dict)


def run_fit(pose: Callable[[], Question], options: Options) -> tuple[Question, Fitted]:
    """Go through the ten steps of a fit.

    Parameters
    ----------
    pose : callable
        Checks the input and gives the question; its errors are the user's to see.
    options : Options

    Returns
    -------
    (Question, Fitted)
    """
    budget = Budget(options.time_budget, options.max_trials)
    with ExitStack() as stack:
        import_module("lightgbm")  # before the workers are forked, which then have it too
        workers = Workers(options.n_workers, options.memory_limit_mb, options.client)
        stack.callback(workers.close)  # its processes load while the input is checked
        # The cluster is for trials: the small fits of the search itself would take longer there.
        stack.enter_context(parallel_config(backend="sequential"))
        question = pose()
        fit = _Fit(question, options, budget, open_knowledge_base(options.knowledge_base))
        folder = stack.enter_context(fit.open_folder())
        stop = stack.enter_context(stop_on_signals())
        return question, fit.run(workers, folder, stop)


class _Fit:
    """One fit under way."""

    def __init__(self, question: Question, options: Options, budget: Budget, knowledge_base: KnowledgeBase | None):
        self.question, self.options, self.budget = question, options, budget
        self.knowledge_base = knowledge_base
        self.shape: Shape = question.dataset.shape
        algorithms, self.left_out = applicable(self.shape, options.include, options.exclude)
        if not algorithms:
            reasons = "; ".join(sorted(set(self.left_out.values())))
            raise ValueError(f"include and exclude leave no algorithm for this table: {reasons}")
        self.space = Space({name: ALGORITHMS[name].space(self.shape.problem) for name in algorithms})
        self.full = Fidelity(question.task.n_folds)
        self.ladder = ladder_for(question, self.full)
        self.can_stack = can_stack(question.dataset.table, question.plan)

    def open_folder(self) -> RunFolder:
        """Folder of this fit, beside the knowledge base when there is one."""
        task = self.question.task
        parts = (
            self.question.dataset.content_hash,
            task.problem,
            task.metric,
            task.seed,
            self.question.plan.digest(),
            self.space.version,
        )
        key = blake2b(repr(parts).encode(), digest_size=12).hexdigest()
        store = self.knowledge_base
        parent = None if store is None else Path(f"{store.path}.runs")
        return RunFolder(parent, key, resume=self.options.resume)

    def run(self, workers: Workers, folder: RunFolder, stop: StopFlag) -> Fitted:
        """Steps 3 to 10."""
        store = FoldStore(folder.path / "folds")
        with closing(FoldwiseExecutor(workers.executor(self._evaluation(store)), store)) as runner:
            row = self._describe()
            past = self._past_trials(row, store) if folder.resumed else []
            experience = self._recall(row, runner.n_workers) if self.options.warm_start else Experience()
            searcher = self._searcher(experience)
            recorder = Recorder(self.knowledge_base if self.options.record else None, row)
            with ProgressReport(self.budget, self.options.verbose) as progress:
                ledger = Ledger(self.question.metric, store, recorder, progress, self.full, self.budget)
                for trial, outcome in past:
                    searcher.tell(trial, outcome)
                    ledger.history.append((trial, outcome))
                reason = self._search(searcher, runner, ledger, stop)
        predictor, selection = self._ensemble(ledger.history, store)
        if selection is not None:
            recorder.append_ensemble(selection.weights, selection.loss)
        recorder.close()
        fitted = Fitted(predictor, selection, ledger.history, experience)
        # A signal may come after the search.
        fitted.report = self._report(fitted, stop.reason or reason, ledger) | {"interrupted": stop.reason is not None}
        return fitted

    def _search(self, searcher: Searcher, executor: FoldwiseExecutor, ledger: Ledger, stop: StopFlag) -> str:
        """Steps 6 to 8."""
        return run_search(
            self._with_second_layer(searcher, executor.n_workers, ledger) if self.can_stack else searcher,
            executor,
            self.budget,
            reserve_s=lambda: self._reserve_s(ledger.largest_mb),
            on_outcome=ledger,
            on_cut_off=ledger.cut_off,
            stop=stop,
            n_done=len(ledger.history),
        )

    def _with_second_layer(self, searcher: Searcher, n_workers: int, ledger: Ledger) -> Searcher:
        most, done = self.options.max_trials, len(ledger.history)
        last = math.inf if most is None else most - done - min(MAX_TRIALS, int(_STACKED * most))

        def share_s() -> float:
            return stacking_s(ledger.history, self.full, n_workers, self.options.time_budget)

        def due(n_asked: int) -> bool:
            left_s = self.budget.remaining_s() - self._reserve_s(ledger.largest_mb)
            return n_asked >= last or (self.budget.has_clock and left_s <= share_s())

        def trials(number: int) -> list[Trial]:
            candidates = candidates_of(ledger.history, ledger.store)
            return second_layer(
                candidates, self.question.plan, constant_loss=self._constant_loss(), first_number=number,
                seed=self.question.task.seed, limit_s=share_s(),
            )  # fmt: skip

        return StackingSearcher(searcher, trials, due)

    def _constant(self) -> Constant:
        data = self.question.dataset
        constant = Constant(self.shape.n_classes)
        constant.fit(data.table, data.y, data.sample_weight, FitContext())
        return constant

    def _constant_loss(self) -> float:
        """What a constant prediction loses, 0 where nobody knows what a perfect one does."""
        data, metric = self.question.dataset, self.question.metric
        loss = metric.loss(data.y, self._constant().predict(data.table), data.sample_weight)
        return loss if metric.best is not None and math.isfinite(loss) else 0.0

    def _evaluation(self, store: FoldStore) -> CrossValidation:
        data, question = self.question.dataset, self.question
        return CrossValidation(
            data.table, data.y, data.sample_weight, question.plan,
            shape=self.shape, metric=question.metric, store=store, seed=question.task.seed, end=self._end(),
        )  # fmt: skip

    def _describe(self) -> TaskRow:
        """Step 3: meta-features in a slice of the budget."""
        data, task = self.question.dataset, self.question.task
        values: dict[str, float] = {}
        version = "none"
        if not data.table.is_sparse:
            limit = min(2.0, 0.05 * self.options.time_budget) if self.options.time_budget is not None else None
            found = extract(
                data.table.numeric, data.y, categorical=data.table.codes, task=task.problem,
                time_limit_s=limit, random_state=task.seed,
            )  # fmt: skip
            values, version = dict(found.values), found.version
        return TaskRow(data.content_hash, task, self.shape, self.space.version, values, version)

    def _past_trials(self, row: TaskRow, store: FoldStore) -> list[tuple[Trial, Outcome]]:
        """Trials of the killed fit that left this folder, as far as their folds are there."""
        if self.knowledge_base is None:
            return []
        return past_trials(self.knowledge_base, row, self.space, self.ladder, store)

    def _recall(self, row: TaskRow, n_workers: int) -> Experience:
        """Step 4: past experience."""
        budget = self.options.time_budget
        return recall(self.knowledge_base, row, self.space, time_budget=budget, n_workers=n_workers)

    def _searcher(self, experience: Experience) -> Searcher:
        """Step 5: past experience first, then model-based."""
        starts = experience.starts_in(self.space)
        if self.options.searcher == "random":
            return RandomSearch(self.space, self.full, self.question.task.seed, starts=starts)
        return SMBO(
            self.space,
            self.ladder,
            seed=self.question.task.seed,
            starts=starts,
            favoured=experience.favoured,
            past=(*experience.searches, experience.pooled),
            cost_aware=self.budget.has_clock,
        )

    def _end(self) -> float | None:
        """Moment at which the search has to end."""
        left_s = self.budget.remaining_s() - self._reserve_s()
        return time.monotonic() + left_s if self.budget.has_clock else None

    def _reserve_s(self, largest_mb: float = 0.0) -> float:
        """Seconds to keep for the ensemble, and for loading models of which the largest configuration has so much."""
        if self.options.time_budget is None:
            return 0.0
        loading_s = min(largest_mb, Caps().max_model_mb) / _LOADED_MB_PER_S
        return 0.2 + min(10.0, max(0.3, 0.05 * self.options.time_budget)) + loading_s

    def _ensemble(
        self, history: list[tuple[Trial, Outcome]], store: FoldStore
    ) -> tuple[EnsemblePredictor, Selection | None]:
        """Step 9: greedy selection over what has finished; a constant when nothing has."""
        data, n_classes = self.question.dataset, self.shape.n_classes
        candidates = candidates_of(history, store)
        selection = select_ensemble(
            candidates,
            metric=self.question.metric,
            plan=self.question.plan,
            y=data.y,
            sample_weight=data.sample_weight,
            caps=Caps(max_draws=self.options.ensemble_size),
            stop=self._must_stop_selecting,
        )
        if selection is None:
            warnings.warn(
                "no model finished, so a constant is predicted; give more time_budget or memory_limit_mb, "
                "leaderboard() says how the trials ended",
                UserWarning,
                stacklevel=5,
            )
            return EnsemblePredictor([(1.0, [self._constant()])]), None
        counts = np.bincount(data.y, weights=data.sample_weight, minlength=n_classes) if n_classes else None
        return _predictor(selection, candidates, store, counts), selection

    def _must_stop_selecting(self) -> bool:
        return self.budget.remaining_s() < 0.2

    def _report(self, fitted: Fitted, reason: str, ledger: Ledger) -> dict[str, Any]:
        counts = pd.Series([o.status.value for _, o in fitted.history], dtype=str).value_counts()
        return {
            "stopped": reason,
            "seconds": self.budget.elapsed_s(),
            "first_model_s": ledger.first_model_s,
            "incumbents": ledger.incumbents,
            "trials": len(fitted.history),
            "statuses": {str(k): int(v) for k, v in counts.items()},
            "ensemble_loss": math.nan if fitted.selection is None else fitted.selection.loss,
            "metric": self.question.task.metric,
            "split": self.question.task.split,
            "left_out": self.left_out,
            "content_hash": self.question.dataset.content_hash,
        }


def _predictor(
    selection: Selection, candidates: Sequence[Candidate], store: FoldStore, class_counts: Any
) -> EnsemblePredictor:
    """Load the models of an ensemble, and of what some of its members are stacked on."""

    def models(candidate: Candidate) -> list[Any]:
        configuration, fidelity = candidate.configuration, candidate.fidelity
        return [store.model(configuration, fidelity, fold) for fold in sorted(candidate.folds)]

    stacked = [m for m in selection.members if m.candidate.configuration.base]
    weights = selection.weights
    names = stacked[0].candidate.configuration.base if stacked else ()
    first = [each for each in candidates if each.configuration.id in {*weights, *names}]
    places = {each.configuration.id: place for place, each in enumerate(first)}
    return EnsemblePredictor(
        [(weights.get(each.configuration.id, 0.0), models(each)) for each in first],
        selection.decision,
        class_counts,
        [(m.weight, models(m.candidate)) for m in stacked],
        [places[name] for name in names],
    )


def ladder_for(question: Question, full: Fidelity) -> tuple[Fidelity, ...]:
    """Rungs of successive halving: a share of the rows of one fold on large tables, one fold, all folds."""
    cells = len(question.dataset.table) * question.dataset.table.n_columns
    rungs = [Fidelity(1, rows=0.2)] if cells > 2_000_000 else []
    rungs.append(Fidelity(1))
    if full != rungs[-1]:
        rungs.append(full)
    return tuple(rungs)
