"""The running server (网页服务): granian's one worker with threads, and periodic work in a thread beside them.

The first process only watches: it hands signals on and ends when the worker ends. Pages and periodic work live together
in the worker, so that exactly one process of `linli run` does periodic work and no database connection crosses a fork.
"""

from __future__ import annotations

import _thread
import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from linli.site.backup import state
from linli.site.commands.prepare import Trouble, release_database
from linli.site.crowd import TURNING_AWAY, WAITING, WORKING

ADDRESS = "127.0.0.1"
THREADS = WORKING + WAITING + TURNING_AWAY
STOP_SECONDS = 5
"""How long a stop waits for requests that still run."""


def require_free(port: int, host: str = ADDRESS) -> None:
    """Make sure that nobody serves on a port; granian itself would share it silently (SO_REUSEPORT).

    Raises:
        Trouble: the port is taken, or not allowed to this account.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Trouble(f"没有权限使用端口 {port}，请换 1024 以上的端口，如 --port 8000。") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise Trouble(f"本机没有地址 {host}，请核对 --host。") from error
            raise Trouble(
                f"端口 {port} 已被占用：可能邻里已在运行。请先停止它，或换一个端口，如 --port {port % 60000 + 1}。"
            ) from error


def serve(port: int, banner: str, *, host: str = ADDRESS, workers: int = 1) -> int:
    """Serve pages until Ctrl-C or SIGTERM; while it runs, nobody restores a backup over its data folder.

    Args:
        banner: printed once a worker has loaded everything. host: address to listen on.
        workers: processes, more than one for PostgreSQL only.

    Returns: the exit code, 0 after an ordinary stop.
    """
    from django.conf import settings
    from django.urls import get_resolver
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    class Stoppable(MPServer):
        """granian's server, which may be told to stop twice at once, as by `make` and its process group.

        Its own handler sets an event in the main thread. When a second signal interrupts it there, the handler waits for
        a lock that its own thread holds, and the server never ends.
        """

        def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
            self.interrupt_signal = True
            _thread.start_new_thread(self.main_loop_interrupt.set, ())

    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
    _ = get_resolver().url_patterns  # a page that cannot be loaded shows now, and the first visitor need not wait
    release_database()
    server = Stoppable(
        "linli.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    )
    loader = partial(load_application, banner=banner, parent=os.getpid())
    with state.using(Path(settings.LINLI_DATA), alone=False) as free:
        if not free:
            raise Trouble("正在从备份恢复，请等恢复结束后再启动。")
        try:
            server.serve(target_loader=loader, wrap_loader=False)
        except SystemExit as stopped:
            if server.interrupt_signal:
                return 0  # a worker that obeyed the same signal first looks like one that died
            return int(stopped.code or 0) if isinstance(stopped.code, int | None) else 1
    return 0


def load_application(*, banner: str, parent: int) -> Callable[..., Any]:
    """Load all pages in the worker, start its periodic work, and say that it is ready; called once by granian."""
    from linli.site.wsgi import application

    start_background()
    threading.Thread(target=leave_with, args=(parent,), name="linli-watch", daemon=True).start()
    print(banner, flush=True)
    return application


def start_background() -> threading.Event:
    """Start the thread of periodic work; setting the event returned ends it. A job cut off by a stop runs again."""
    from linli.kit.schedule import run_forever
    from linli.site.tick import JOBS

    stop = threading.Event()
    threading.Thread(target=run_forever, args=(JOBS, stop), name="linli-tick", daemon=True).start()
    return stop


def leave_with(parent: int, pause: float = 2.0) -> None:
    """Stop this process when its parent is gone, so that a killed `linli run` leaves no worker behind."""
    while os.getppid() == parent:
        time.sleep(pause)
    os.kill(os.getpid(), signal.SIGTERM)
