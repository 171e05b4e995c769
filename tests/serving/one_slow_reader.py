"""gunicorn's configuration with a thread for one slow reader only, who has all the time in the world.

`gunicorn -c tests/serving/one_slow_reader.py`
"""

import runpy
from threading import BoundedSemaphore

from webapp.serving.client_socket import ClientSocket

globals().update(runpy.run_path("gunicorn.conf.py"))

# Before any worker is forked.
ClientSocket.send_seconds, ClientSocket.slow_seconds = 3600.0, 0.5
ClientSocket.slow_readers = BoundedSemaphore(1)
