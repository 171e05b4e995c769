"""Logs: one line an event, `key=value`, to standard output.

A value with anything but plain characters in it is written as a JSON string, so that no path, name or header can begin
a line of its own or pass for another field.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import g, has_request_context

QUOTING = ("Invalid request from", "Error handling request", "Socket error processing request", "Exception on ")
"""How what gunicorn and Flask say of a request begins."""

_PLAIN = re.compile(r"[A-Za-z0-9_./:+-]+")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class LineFormatter(logging.Formatter):
    """Write a record, what it was given as `extra`, and the id of the request that it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            fields["request"] = g.request_id
        fields |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={_written(value)}" for key, value in fields.items())


class KindsOnly(logging.Filter):
    """Leaves nothing but the kind of what gunicorn and Flask say of a request: their own words quote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change such a record; all are written."""
        if str(record.msg).startswith(QUOTING):
            error = record.exc_info[1] if record.exc_info else sys.exc_info()[1]
            if record.exc_info and error:
                record.trace = "".join(traceback.format_tb(error.__traceback__))
            record.kind = type(error).__name__
            record.msg, record.args, record.exc_info = "request not served", (), None
        return True


def _written(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def logging_config(level: str) -> dict[str, Any]:
    """Make the configuration of Python's logging, for gunicorn and all that runs in it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": LineFormatter}},
        "filters": {"kinds": {"()": KindsOnly}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["kinds"],
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": {"level": level, "handlers": [], "propagate": True},
            "alembic.runtime.plugins": {"level": "WARNING"},  # a line for each, whatever there is to do
            # At DEBUG it writes whole addresses, which hold phone numbers; its warnings quote answers.
            "urllib3": {"level": "ERROR"},
        },
    }
