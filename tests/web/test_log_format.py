"""A log line is one line, whatever is in it, and no value passes for another field."""

import logging
import sys

import pytest

from webapp.web.log_format import LineFormatter


def line(message: str, **extra: object) -> str:
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", **extra})
    return LineFormatter().format(record)


@pytest.mark.parametrize(
    "hostile",
    [
        "a\nlevel=ERROR event=forged",
        "a\r\nb",
        "x level=ERROR",
        "\x1b[31mred",
        "a\u2028b",
        "a\x85b",
        'quote" x=y',
        "\x00",
        "",
    ],
)
def test_no_text_breaks_out_of_its_log_line(hostile: str) -> None:
    written = line(hostile, rule=hostile)
    assert len(written.splitlines()) == 1
    assert written.isprintable()
    assert " level=ERROR" not in written.replace('\\"', "").split('"')[0]
    assert written.split('"')[0].endswith(" event=")


def test_plain_values_stay_plain() -> None:
    assert line("request", rule="/groups/<uuid:group_id>", status=200).endswith(
        ' level=INFO event=request rule="/groups/<uuid:group_id>" status=200'
    )


def test_a_traceback_is_on_the_same_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        written = line("fault", exc_info=sys.exc_info())
    assert len(written.splitlines()) == 1
    assert "ValueError: first" in written
