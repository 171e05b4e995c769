"""GUNICORN_CMD_ARGS, which platforms set and gunicorn prefers to its configuration file.

Heroku's and Cloud Foundry's buildpacks set it to `--access-logfile -`, a log of whole addresses: searches, phone
numbers and codes of single sign-on. Only options that undo nothing of gunicorn.conf.py are kept; that file checks the
addresses to bind to by itself.
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
    """Start this process again if there are options to ignore: gunicorn has read them before its configuration."""
    kept, ignored = sort(os.environ)
    if ignored:
        log.warning("gunicorn options ignored", extra={"options": " ".join(ignored)})
        os.environ["GUNICORN_CMD_ARGS"] = kept
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # nosec B606 - the very same program


def sort(variables: Mapping[str, str]) -> tuple[str, list[str]]:
    """Divide the options into those that are kept, as one text, and the names of those that are ignored.

    Options that gunicorn can't read are left for it to refuse.
    """
    from gunicorn.config import Config  # reads the environment itself, so not before the settings were checked

    given = variables.get("GUNICORN_CMD_ARGS", "")
    config = Config()
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            read = vars(config.parser().parse_args(shlex.split(given)))
    except (SystemExit, ValueError):
        return given, []
    names = [name for name, value in read.items() if name != "args" and value is not None]
    flags = {name: config.settings[name].cli[-1] for name in names}
    kept = [
        f"{flag}={value}"
        for name, flag in flags.items()
        if name in KEPT
        for value in (read[name] if isinstance(read[name], list) else [read[name]])
    ]
    return shlex.join(kept), [flag for name, flag in flags.items() if name not in KEPT]
