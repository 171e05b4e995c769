"""`python -m webapp work`: run the background worker."""

import os
import signal
import sys
import threading

from flask import Flask

from webapp.actions.background import run_background_worker
from webapp.imports import uploads
from webapp.overview.daily import do_daily_work

HOURLY = (uploads.prune, do_daily_work)
"""What the parts of the dashboard have to do now and then."""


def work(app: Flask, *, beside_web: bool) -> None:
    """Run the background worker until it is stopped.

    Args:
        app: the dashboard.
        beside_web: stop as well when standard input ends: then the web process that started this one has died.

    """
    if beside_web:
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    run_background_worker(app, HOURLY)


def _stop_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
