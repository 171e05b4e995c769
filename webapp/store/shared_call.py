"""Wait for a function that may hang, for a limited time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future


class SharedCall:
    """Runs a function in a thread of its own, one call at a time. Who asks during a call waits for its result."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._running: Future[None] | None = None

    def wait(self, seconds: float) -> None:
        """Call the function, or wait for the call that is running.

        Raises:
            TimeoutError: if it takes longer than this; it goes on.
            Exception: what the function raises.

        """
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                # A daemon, since it must not keep the process from ending. `ThreadPoolExecutor` has no such threads.
                threading.Thread(target=self._run, args=(self._running,), daemon=True).start()
            running = self._running
        running.result(seconds)

    def _run(self, running: "Future[None]") -> None:
        try:
            self._function()
        except BaseException as error:  # noqa: BLE001 - the callers get it
            running.set_exception(error)
        else:
            running.set_result(None)
