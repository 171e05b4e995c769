"""gunicorn's configuration with workers that boot slowly: `gunicorn -c tests/serving/slow_start.py`."""

import runpy
import time
from typing import Any

globals().update(real := runpy.run_path("gunicorn.conf.py"))


def post_fork(server: Any, worker: Any) -> None:
    if "post_fork" in real:
        real["post_fork"](server, worker)
    time.sleep(2)
