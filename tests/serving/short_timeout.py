"""gunicorn's configuration with little time for a request to arrive and a response to be read.

`gunicorn -c tests/serving/short_timeout.py`
"""

import runpy

from webapp.serving import worker

globals().update(runpy.run_path("gunicorn.conf.py"))

# Before any worker is forked.
worker.REQUEST_SECONDS = 1.0
worker.SEND_SECONDS = worker.ClientSocket.send_seconds_left = 2.0
worker.MIN_SEND_RATE = 50_000
