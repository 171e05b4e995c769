"""Filter for GUNICORN_CMD_ARGS, which hosting platforms set and which overrides gunicorn.conf.py.

The buildpacks of Heroku and Cloud Foundry set it to `--access-logfile -`. That log would contain whole URLs with
searches, phone numbers and codes of single sign-on. So only options that don't undo gunicorn.conf.py are allowed; that
file checks the addresses of `--bind` itself.
"""

import contextlib
import io
import logging
import os
import shlex
import sys
from collections.abc import Mapping

KEPT = {
    *("bind", "backlog", "workers", "timeout", "max_requests", "max_requests_jitter"),
    *("pidfile", "proc_name", "worker_tmp_dir"),
}

log = logging.getLogger(__name__)


def start_without_others() -> None:
    """Restart this process without the options to ignore, if any: gunicorn has read them before its configuration."""
    allowed, ignored = sort(os.environ)
    if ignored:
        log.warning("gunicorn options ignored", extra={"options": " ".join(ignored)})
        os.environ["GUNICORN_CMD_ARGS"] = allowed
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # nosec B606 - the very same program


def sort(variables: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the allowed options as one string, and the names of the ignored ones.

    If gunicorn can't parse the options, all of them are allowed, so that gunicorn reports the error.
    """
    from gunicorn.config import Config  # imported late: it reads the environment, which has to be checked first

    given = variables.get("GUNICORN_CMD_ARGS", "")
    config = Config()
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            read = vars(config.parser().parse_args(shlex.split(given)))
    except (SystemExit, ValueError):
        return given, []
    names = [name for name, value in read.items() if name != "args" and value is not None]
    flags = {name: config.settings[name].cli[-1] for name in names}
    allowed = [
        f"{flag}={value}"
        for name, flag in flags.items()
        if name in KEPT
        for value in (read[name] if isinstance(read[name], list) else [read[name]])
    ]
    return shlex.join(allowed), [flag for name, flag in flags.items() if name not in KEPT]
