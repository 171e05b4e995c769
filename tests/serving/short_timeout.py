"""gunicorn's configuration with little time for a request to arrive and a response to be read.

`gunicorn -c tests/serving/short_timeout.py`
"""

import runpy

from webapp.serving.client_socket import ClientSocket

globals().update(runpy.run_path("gunicorn.conf.py"))

# Before any worker is forked.
ClientSocket.request_seconds, ClientSocket.send_seconds, ClientSocket.slow_seconds = 1.0, 2.0, 0.5
ClientSocket.min_send_rate = 50_000
