"""Logging: one line per event, as `key=value`, to standard output.

A value with special characters is written as a JSON string, so that no path, name or header can forge a line or field.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import g, has_request_context

QUOTING_PREFIXES = (
    "Invalid request from",
    "Error handling request",
    "Socket error processing request",
    "Exception on ",
)
"""The first words of messages in which gunicorn and Flask quote a request."""

_PLAIN = re.compile(r"[A-Za-z0-9_./:+-]+")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class LineFormatter(logging.Formatter):
    """Formats a record with its `extra` fields and the id of its request."""

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
        return " ".join(f"{key}={_quote_value(value)}" for key, value in fields.items())


class RedactingFilter(logging.Filter):
    """Replaces messages in which gunicorn and Flask quote a request by the kind of the error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact such a record; every record is logged."""
        if str(record.msg).startswith(QUOTING_PREFIXES):
            error = record.exc_info[1] if record.exc_info else sys.exc_info()[1]
            if record.exc_info and error:
                record.trace = "".join(traceback.format_tb(error.__traceback__))
            record.kind = type(error).__name__
            record.msg, record.args, record.exc_info = "request not served", (), None
        return True


def _quote_value(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def logging_config(level: str) -> dict[str, Any]:
    """Return the configuration of Python's logging, for gunicorn and the dashboard."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": LineFormatter}},
        "filters": {"kinds": {"()": RedactingFilter}},
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
            "huey": {"level": "WARNING"},  # it logs a line each second
            "alembic.runtime.plugins": {"level": "WARNING"},  # it logs a line per plugin at each start
            # Its DEBUG lines have URLs with phone numbers; its warnings quote responses.
            "urllib3": {"level": "ERROR"},
        },
    }
