"""gunicorn's configuration with little time for a request to come, and for an answer to be taken.

`gunicorn -c tests/serving/short_timeout.py`
"""

import runpy

from webapp.serving import worker

globals().update(runpy.run_path("gunicorn.conf.py"))

# Before any worker is forked.
worker.REQUEST_SECONDS = 1.0
worker.TAKEN_WITHIN = 2.0
worker.LEAST_RATE = 50_000
