"""The words of the pages: plain, and the same everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = re.compile(
    r"\b(please|sorry|oops|(?<!aria-)invalid|successfully|abort(ed)?|parse|null|undefined|mend|twin)\b"
    r"|what was done to it|who is in it|also filled in|all was done|shall leave",
    re.IGNORECASE,
)
"""What pages don't say. In Python, only texts of several words that look like a sentence are checked."""
NOT_PAGES = {"accounts/passwords.py", "web/log_format.py", "imports/headings.py", "spreadsheets/values.py"}
NOT_PAGES_FOLDERS = {"sandbox", "store", "commands", "settings", "serving"}


def template_text(source: str) -> str:
    """A template's words: without comments, statements, expressions and tags."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", source, flags=re.DOTALL)


def sentences(source: str) -> Iterator[str]:
    """Texts in a module that begin like a sentence; docstrings and log events are none."""
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in docstrings and isinstance(node.value, str):
            yield from re.findall(r"^ ?[A-Z{]\S* \S+ .+", node.value, re.DOTALL)


def page_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield str(path.relative_to(ROOT)), template_text(path.read_text())
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        name = path.relative_to(ROOT / "webapp")
        if name.parts[0] not in NOT_PAGES_FOLDERS and str(name) not in NOT_PAGES:
            for text in sentences(path.read_text()):
                yield str(name), text


def test_pages_use_plain_words() -> None:
    found = [(place, match[0]) for place, text in page_texts() for match in FORBIDDEN.finditer(" ".join(text.split()))]
    assert found == []


@pytest.mark.parametrize("text", ["Please try again.", "This is an invalid number.", "Who is in it"])
def test_other_words_are_found(text: str) -> None:
    assert FORBIDDEN.search(template_text(f"<p>{text}</p>"))
    assert [each for each in sentences(f'say("{text}")') if FORBIDDEN.search(each)]
