"""First code of the template process; imports of ours come once it is watched.

Arguments where it is run as a file: the file descriptor of the pool's socket, the settings as JSON, then the pool's
``sys.path``.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

_CHECK_S = 0.25
# Exit status where the pool lives on and needs its folder for the next template.
_TERMINATED = 128 + signal.SIGTERM


def end_with_parent(control_fd: int) -> None:
    """Raise SystemExit, whatever runs, soon after the parent has ended or has hung up.

    The end of file on the socket alone is not enough: nobody reads it during the imports, and
    it does not come while another process holds a copy of the parent's end.
    """
    parent_pid = os.getppid()
    poll = select.poll()
    poll.register(control_fd, 0)

    def check(*_: object) -> None:
        if os.getppid() != parent_pid or any(event & select.POLLHUP for _, event in poll.poll(0)):
            # Once: the way out is not to be interrupted.
            signal.setitimer(signal.ITIMER_REAL, 0)
            sys.exit()

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, _CHECK_S, _CHECK_S)


def serve(control_fd: int, settings: Mapping[str, Any]) -> NoReturn:
    """Serve until the pool has gone, then remove the folder that it can no longer remove."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    end_with_parent(control_fd)
    status: str | int | None = None
    try:
        from automl.execution.template import run

        run(control_fd, settings)
    except SystemExit as end:
        status = end.code
    except BaseException:
        # The pool reads it in the log.
        sys.excepthook(*sys.exc_info())
        status = 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    if status is None:
        shutil.rmtree(settings["folder"], ignore_errors=True)
    os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    sys.path[:] = sys.argv[3:]
    serve(int(sys.argv[1]), json.loads(sys.argv[2]))
