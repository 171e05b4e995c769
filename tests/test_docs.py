"""What the docs say of the code is so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.deployment import ROOT
from webapp.store import store

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
LEVELS = {"debug", "info", "warning", "error", "log"}


def logged() -> Iterator[tuple[str, set[str], str]]:
    """Find every event that the code logs, the fields that it names for it, and where."""
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("log"), attr=level)) if level in LEVELS:
                    event = node.args[1 if level == "log" else 0]
                    assert isinstance(event, ast.Constant), f"{path}:{node.lineno}"
                    named = [extra.value for extra in node.keywords if extra.arg == "extra"]
                    keys = [key for each in named if isinstance(each, ast.Dict) for key in each.keys]
                    fields = {str(key.value) for key in keys if isinstance(key, ast.Constant)}
                    yield str(event.value), fields, f"{path.name}:{node.lineno}"


def test_every_event_of_the_log_is_explained() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (?:INFO|WARNING|ERROR).*?\| (.*?) \|", OPERATIONS, re.MULTILINE))
    found = list(logged())
    assert len(found) > 20
    for event, fields, where in found:
        assert event in rows, where
        assert {field for field in fields if f"`{field}`" not in rows[event]} == set(), (event, where)
    assert set(rows) == {event for event, _, _ in found}


@pytest.mark.parametrize("document", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        assert target.startswith("https://") or (document.parent / target).exists(), target


def test_what_is_said_of_a_store_that_cannot_be_used_is_what_to_do_about() -> None:
    source = Path(store.__file__).read_text()
    reasons = set(re.findall(r'"(the store[^":({]*)', source)) - {"the store has this already", "the store failed "}
    assert len(reasons) > 8
    part = OPERATIONS.partition("## When the store")[2]
    assert {reason for reason in reasons if f"| {reason}" not in part} == set()
