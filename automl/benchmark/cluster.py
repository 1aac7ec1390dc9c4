"""Running a benchmark on a Dask cluster: one run at a time on each of its threads."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from automl.benchmark.execution import failed
from automl.benchmark.running import Executed, Prepared

if TYPE_CHECKING:
    from distributed import Client

_QUEUED_PER_THREAD = 2


class OnCluster:
    """Runs on the workers of a cluster; a run whose worker dies is run again on another.

    A worker needs this package and, for frameworks with an environment of their own, that environment at the same path.
    It should have one thread for each run that its machine has cores for.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, prepared: Iterable[Prepared]) -> Iterator[Executed]:
        """Run them; so many are drawn that no thread is without work."""
        from distributed import as_completed

        waiting = iter(prepared)
        under_way: dict[Any, Prepared] = {}
        running = as_completed(loop=self._client.loop)

        def fill() -> None:
            for each in islice(waiting, max(0, self._n_queued() - len(under_way))):
                # As bytes in the task itself: what is scattered is gone with the worker that holds it.
                future = self._client.submit(_execute, pickle.dumps(each, protocol=5), pure=False)
                under_way[future] = each
                running.add(future)

        fill()
        for future in running:
            each = under_way.pop(future)
            if future.cancelled():
                raise ConnectionError("the Dask scheduler has gone: results so far are kept, the same command goes on")
            error = future.exception()
            # The cluster tries a run again when its worker dies; one that takes several workers with it is given up.
            yield failed(each.run, each.split, each.experience, repr(error)) if error else future.result()
            fill()

    def _n_queued(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return _QUEUED_PER_THREAD * max(1, sum(threads.values()))


def _execute(prepared: bytes) -> Executed:
    each: Prepared = pickle.loads(prepared)  # from our own client
    return each.execute()
