"""The templates as text."""

from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
MAX_CHARS = 120


def test_no_line_is_too_long() -> None:
    lines = [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > MAX_CHARS
    ]
    assert lines == []
