"""A worker process: evaluates one trial after another until its channel closes."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from dataclasses import replace

from automl.execution.base import Evaluator
from automl.execution.channel import Channel
from automl.execution.guard import failure, guarded
from automl.execution.memory import allocation_limit, held_mb, peak_mb, reset_peak
from automl.execution.messages import Done, Run
from automl.execution.process import adopt_orphans, die_with_parent, has_children, offer_to_oom_killer
from automl.trial import Outcome, Status

# Share of the memory limit that a trial may leave behind in its worker.
_RESIDUE = 0.25
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD)


def work(channel: Channel, evaluator: Evaluator, memory_limit_mb: float | None, template_pid: int) -> None:
    """Answer every `Run` on the channel with a `Done`.

    Parameters
    ----------
    channel : Channel
        To the template process.
    evaluator : Evaluator
    memory_limit_mb : float or None
        Allocations that would pass it fail.
    template_pid : int
        This process ends with that one.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    os.setpgid(0, 0)
    die_with_parent(template_pid)
    adopt_orphans()
    offer_to_oom_killer()
    worker = _Worker(evaluator, memory_limit_mb)
    while channel.wait():
        for run in channel.receive():
            done = worker.evaluate(run)
            # A child that the learner forked and that came back from it is not the worker.
            if os.getpid() != worker.pid:
                os._exit(0)
            channel.send(done)
        if channel.closed:
            return


class _Worker:
    """Evaluates trials and judges whether it is fit for the next one."""

    def __init__(self, evaluator: Evaluator, memory_limit_mb: float | None) -> None:
        self.pid = os.getpid()
        self._evaluator = evaluator
        self._memory_limit_mb = memory_limit_mb
        self._held_mb = held_mb(self.pid)
        self._threads = threading.active_count()

    def evaluate(self, run: Run) -> Done:
        """Evaluate a trial; never raises."""
        reset_peak()
        start = time.perf_counter()
        try:
            with allocation_limit(self.pid, self._memory_limit_mb):
                outcome = guarded(self._evaluator, pickle.loads(run.question), run.time_limit_s)
        except BaseException as error:
            outcome = failure(error, time.perf_counter() - start)
        if outcome.peak_mb == 0:
            outcome = replace(outcome, peak_mb=peak_mb(self.pid))
        try:
            answer = pickle.dumps(outcome, protocol=5)
        except Exception as error:
            text = f"the outcome cannot be pickled: {type(error).__name__}: {error}"
            outcome = Outcome.failed(Status.INVALID, text, time.perf_counter() - start)
            answer = pickle.dumps(outcome, protocol=5)
        return Done(run.ticket, answer, replace_worker=self._is_soiled(outcome))

    def _is_soiled(self, outcome: Outcome) -> bool:
        if outcome.status is Status.MEMORY or has_children() or threading.active_count() > self._threads:
            return True
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        limit_mb = self._memory_limit_mb
        return limit_mb is not None and held_mb(self.pid) - self._held_mb > _RESIDUE * limit_mb
