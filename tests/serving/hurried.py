"""gunicorn's configuration with little time for a request to come: `gunicorn -c tests/serving/hurried.py`."""

import runpy

from webapp import worker

globals().update(runpy.run_path("gunicorn.conf.py"))

worker.REQUEST_WITHIN = 1.0  # before any worker is forked
