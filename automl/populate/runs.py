"""Our own search over OpenML's tasks, on OpenML's own splits, its outcomes written to the store.

What is finished stands in a journal beside the store, so that a run that was stopped goes on with the next task; the
task that it was stopped in is taken up where it was.

With a key of OpenML, a run of ours on each task is uploaded too, see `automl.populate.upload`; the journal says which
were, and which may have been.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from automl.populate.effort import Effort, fit
from automl.populate.upload import check_key, upload_run
from automl.splits import Fold
from knowledge_base import KnowledgeBase, KnowledgeBaseError
from knowledge_base.openml_client import OpenMLClient, PossiblyTaken

_WRONG = (KnowledgeBaseError, ValueError, TypeError, MemoryError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskRun:
    """How the search on one task ended.

    Attributes
    ----------
    task_id : int
    name : str
        Of the data set.
    status : {"done", "known", "failed"}
        "known" if the journal says that it was done before with the same effort.
    trials : int
    loss : float
        Of the ensemble on the validation rows; NaN where there is none.
    metric : str
    seconds : float
    error : str
        Why it failed.
    run_id : int or None
        At OpenML, of what was uploaded.
    """

    task_id: int
    name: str = ""
    status: Literal["done", "known", "failed"] = "done"
    trials: int = 0
    loss: float = math.nan
    metric: str = ""
    seconds: float = 0.0
    error: str = ""
    run_id: int | None = None


class OpenMLSplits:
    """The first repeat of a task's splits, as a scikit-learn splitter.

    Parameters
    ----------
    folds : sequence of (train, test) ndarrays of row positions
    """

    def __init__(self, folds: Sequence[Fold]):
        self._folds = list(folds)

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[Fold]:
        """Yield rows to fit on and rows to validate on."""
        return iter(self._folds)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Count the folds."""
        return len(self._folds)


def run_tasks(
    store: KnowledgeBase,
    client: OpenMLClient,
    task_ids: Sequence[int],
    effort: Effort | None = None,
    *,
    on_run: Callable[[TaskRun], object] = lambda run: None,
    api_key: str | None = None,
) -> list[TaskRun]:
    """Fit on one task after the other; what goes wrong with one is said and does not stop the others.

    Parameters
    ----------
    store : KnowledgeBase
        Experience comes from it, and outcomes go to it.
    client : OpenMLClient
    task_ids : sequence of int
    effort : Effort, optional
    on_run : callable
        Told of each task as it ends.
    api_key : str, optional
        Of an account at OpenML. With it, a run on each task that has none yet is made and uploaded; without it nothing
        is sent.

    Returns
    -------
    list of TaskRun

    Raises
    ------
    OpenMLError
        OpenML does not accept the key; nothing has been done then.

    Examples
    --------
    >>> client = OpenMLClient(cache="openml-cache")  # doctest: +SKIP
    >>> run_tasks(KnowledgeBase("mine.duckdb"), client, client.suite("OpenML-CC18"))  # doctest: +SKIP
    """
    effort = effort or Effort()
    journal = _Journal(store, client.server, effort)
    if api_key is not None:
        check_key(client, api_key)
    runs = []
    for task_id in task_ids:
        run = journal.known(task_id) or _run(store, client, task_id, effort)
        if run.status == "done":
            journal.add(run)
        if api_key is not None and run.status != "failed" and run.run_id is None:
            run = _uploaded(run, journal, store, client, effort, api_key)
        runs.append(run)
        on_run(run)
    return runs


def _run(store: KnowledgeBase, client: OpenMLClient, task_id: int, effort: Effort) -> TaskRun:
    started = time.monotonic()
    name = ""
    try:
        task = client.task(task_id)
        name = task.dataset_name
        table = client.table(task_id)
        model = effort.estimator(task.kind, store, OpenMLSplits(table.splits[: task.n_folds]))
        report = fit(model, table.X, table.y, resume=True)
    except _WRONG as error:
        logger.info("task %d failed", task_id, exc_info=True)
        return TaskRun(task_id, name, "failed", seconds=time.monotonic() - started, error=str(error))
    return TaskRun(
        task_id, name, "done", report["trials"], report["ensemble_loss"], report["metric"], time.monotonic() - started
    )


def _uploaded(
    run: TaskRun, journal: _Journal, store: KnowledgeBase, client: OpenMLClient, effort: Effort, api_key: str
) -> TaskRun:
    """Upload a run on a task that was searched on. A second one is worse than none: what is in doubt is left."""
    if journal.in_doubt(run.task_id):
        return _not_uploaded(
            run,
            "an earlier upload was broken off, and OpenML may have taken it: look at your runs there; to upload anew, "
            f"take the lines of this task that say in_doubt out of {journal.path}",
        )
    started = time.monotonic()
    try:
        run_id = upload_run(
            client, run.task_id, effort, store=store, api_key=api_key,
            on_send=lambda: journal.add(run, in_doubt=True),
        )  # fmt: skip
    except PossiblyTaken as error:
        return _not_uploaded(run, str(error))
    except _WRONG as error:
        logger.info("the run on task %d is not uploaded", run.task_id, exc_info=True)
        journal.add(run)
        return _not_uploaded(run, str(error))
    run = replace(run, run_id=run_id, seconds=run.seconds + time.monotonic() - started)
    journal.add(run)
    return run


def _not_uploaded(run: TaskRun, reason: str) -> TaskRun:
    return replace(run, status="failed", error=f"not uploaded: {reason}")


class _Journal:
    """Lines of JSON beside the store, one for each task that was finished; of several of a task the last holds."""

    def __init__(self, store: KnowledgeBase, server: str, effort: Effort):
        self.path = Path(f"{store.path}.populated.jsonl")
        self._what = {"server": server, **asdict(effort)}
        self._done: dict[int, dict[str, Any]] = {}
        self._in_doubt: dict[int, bool] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []:
            try:
                entry = json.loads(line)
                if entry["what"] == self._what:
                    task_id = int(entry["run"]["task_id"])
                    self._done[task_id], self._in_doubt[task_id] = entry["run"], "in_doubt" in entry
            except (ValueError, KeyError, TypeError):  # the last line of a killed process
                continue

    def known(self, task_id: int) -> TaskRun | None:
        """What the journal says of a task."""
        entry = self._done.get(task_id)
        if entry is None:
            return None
        loss = math.nan if entry["loss"] is None else entry["loss"]
        return TaskRun(**{**entry, "loss": loss, "status": "known"})

    def in_doubt(self, task_id: int) -> bool:
        """Tell whether an upload was begun of which the end is not known."""
        return self._in_doubt.get(task_id, False)

    def add(self, run: TaskRun, *, in_doubt: bool = False) -> None:
        """Write a task down, and whether its upload is about to begin."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        entry = {**asdict(run), "loss": None if math.isnan(run.loss) else run.loss}
        line = {"what": self._what, "run": entry, **({"in_doubt": True} if in_doubt else {})}
        with self.path.open("a", encoding="utf-8") as file:  # a killed process may have left half a line
            file.write("\n" + json.dumps(line))
        self._done[run.task_id], self._in_doubt[run.task_id] = entry, in_doubt
