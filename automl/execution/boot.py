"""First code of the template process, run as a file; imports of ours come once it is watched.

Arguments: the file descriptor of the pool's socket, the settings as JSON, then the pool's
``sys.path``.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

_CHECK_S = 0.25


def end_with_parent(control_fd: int) -> Callable[[], bool]:
    """Raise SystemExit, whatever runs, soon after the parent has ended or has hung up.

    The end of file on the socket alone is not enough: nobody reads it during the imports, and
    it does not come while another process holds a copy of the parent's end.

    Returns
    -------
    callable
        Says whether the parent has gone.
    """
    parent_pid = os.getppid()
    poll = select.poll()
    poll.register(control_fd, 0)

    def gone() -> bool:
        return os.getppid() != parent_pid or any(event & select.POLLHUP for _, event in poll.poll(0))

    def check(*_: object) -> None:
        if gone():
            sys.exit()

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, _CHECK_S, _CHECK_S)
    return gone


def main() -> NoReturn:
    """Serve until the pool has gone, then remove the folder that it can no longer remove."""
    control_fd, settings = int(sys.argv[1]), json.loads(sys.argv[2])
    sys.path[:] = sys.argv[3:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    pool_has_gone = end_with_parent(control_fd)
    status = 0
    try:
        from automl.execution.template import run

        run(control_fd, settings)
    except SystemExit:
        pass
    except BaseException:
        # The pool reads it in the log.
        sys.excepthook(*sys.exc_info())
        status = 1
    if pool_has_gone():
        shutil.rmtree(settings["folder"], ignore_errors=True)
    os._exit(status)


if __name__ == "__main__":
    main()
