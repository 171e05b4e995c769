"""`python -m webapp work`, with a lease of a second: tests that kill workers then don't wait 30 seconds each time."""

import sys
from datetime import timedelta

from webapp.__main__ import main
from webapp.actions import job_runner, jobs

jobs.LEASE = timedelta(seconds=1)
job_runner.RENEW_SECONDS = 0.25
sys.exit(main())
