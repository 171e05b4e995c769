"""Run the background worker beside gunicorn, in a process of its own that is started again if it dies."""

import logging
import os
import subprocess  # nosec B404 - it starts this program only
import sys
import threading
import time

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a worker that has died is started again; after each early death the pause is longer."""

STOP_SECONDS = 5.0
"""How long the web process waits for the end of its background worker, which would also end later by itself."""

log = logging.getLogger(__name__)

# gunicorn must not fork its workers while a process is being started here: they would inherit the pipe whose end tells
# that it has been started, and so that would wait for ever.
_starting = threading.Lock()
os.register_at_fork(before=_starting.acquire, after_in_parent=_starting.release, after_in_child=_starting.release)


class BackgroundProcess:
    """Starts `python -m webapp work`, and starts it again whenever it has ended."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, from gunicorn's master, before it forks its workers."""
        threading.Thread(target=self._keep_running, daemon=True).start()

    def stop(self) -> None:
        """Ask the process to end, and wait a little for it."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("background worker not stopped yet")

    def _keep_running(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            with _starting:
                # The worker ends when this pipe is closed, and so when gunicorn is killed.
                self._process = subprocess.Popen(  # nosec B603 - no input is part of it
                    [sys.executable, "-m", "webapp", "work", "--beside-web"], stdin=subprocess.PIPE
                )
            self._process.wait()
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
            log.error("background worker ended", extra={"restart_in": pause})
            self._stopping.wait(pause)
