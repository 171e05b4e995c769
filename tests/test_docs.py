"""The docs agree with the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.deployment import ROOT, run
from webapp.accounts.passwords import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS
from webapp.settings import THREADS
from webapp.store import errors, store
from webapp.store.engine import POSTGRESQL_CONNECTIONS

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SECURITY = (ROOT / "docs" / "security.md").read_text()
DOCUMENTS = [
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md")),
]
LEVELS = {"debug", "info", "warning", "error", "log"}


def logged() -> Iterator[tuple[str, set[str], str]]:
    """Yield every event that the code logs, its fields, and its place."""
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


def test_operations_explains_every_log_event() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (?:INFO|WARNING|ERROR).*?\| (.*?) \|", OPERATIONS, re.MULTILINE))
    found = list(logged())
    assert len(found) > 20
    for event, fields, where in found:
        assert event in rows, where
        assert {field for field in fields if f"`{field}`" not in rows[event]} == set(), (event, where)
    assert set(rows) == {event for event, _, _ in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_work(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        assert target.startswith("https://") or (document.parent / target).exists(), target


def test_paths_that_the_docs_name_exist() -> None:
    found = {
        (path, document.name)
        for document in DOCUMENTS
        for path in re.findall(r"`((?:webapp|tests|templates|static|bench|docs)/[^`\s<>…*]*)`", document.read_text())
    }
    assert len(found) > 60
    assert {(path, name) for path, name in found if not (ROOT / path).exists()} == set()


def test_operations_has_a_remedy_for_every_store_problem() -> None:
    source = "".join(Path(str(module.__file__)).read_text() for module in (errors, store))
    reasons = set(re.findall(r'"(the store[^":({]*)', source)) - {"the store has this already", "the store failed "}
    assert len(reasons) > 8
    part = OPERATIONS.partition("## When the store")[2]
    assert {reason for reason in reasons if f"| {reason}" not in part} == set()


def test_numbers_agree_with_the_code() -> None:
    readme, security = (ROOT / "README.md").read_text(), SECURITY
    assert f"each of {THREADS} threads" in readme
    assert f"of {THREADS} threads" in OPERATIONS
    assert f"up to {THREADS} connections to Messente" in OPERATIONS
    assert f"up to {POSTGRESQL_CONNECTIONS} connections to PostgreSQL" in OPERATIONS
    assert f"{THREADS} requests at once" in security
    assert f"{MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters of any kind" in security
    assert f"user {(ROOT / 'Dockerfile').read_text().partition('USER ')[2].split()[0]}," in OPERATIONS


LEVEL_1 = {
    "V1.2": 5, "V1.3": 2, "V1.5": 1, "V2.1": 1, "V2.2": 2, "V2.3": 1, "V3.2": 2, "V3.3": 1, "V3.4": 2, "V3.5": 3,
    "V4.1": 1, "V4.4": 1, "V5.2": 2, "V5.3": 2, "V6.1": 1, "V6.2": 8, "V6.3": 2, "V6.4": 2, "V7.2": 4, "V7.4": 2,
    "V8.1": 1, "V8.2": 2, "V8.3": 1, "V9.1": 3, "V9.2": 1, "V10.4": 5, "V11.3": 2, "V11.4": 1, "V12.1": 1,
    "V12.2": 2, "V13.4": 1, "V14.2": 1, "V14.3": 1, "V15.1": 1, "V15.2": 1, "V15.3": 1,
}  # fmt: skip
"""OWASP ASVS 5.0.0: the number of Level 1 items in each section; they come first."""


def test_every_level_1_item_of_the_standard_has_a_row() -> None:
    rows = re.findall(
        r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| [^|]+ \| (yes|partly|no|n/a) \| ([^|]+) \|$", SECURITY, re.MULTILINE
    )
    level_1 = [f"{section}.{number + 1}" for section, count in LEVEL_1.items() for number in range(count)]
    assert len(level_1) == 70
    assert [item for item, level, *_ in rows if level == "1"] == level_1
    items = [item for item, *_ in rows]
    assert len(items) == len(set(items)) == len(re.findall(r"^\| V\d", SECURITY, re.MULTILINE)), "a row of another form"
    for item, _, _, where in rows:
        assert where.strip(), item


def test_evidence_named_in_the_security_page_exists() -> None:
    named = set(re.findall(r"`((?:tests|webapp|static|docs)/[^`\s]*|[\w.]+\.(?:txt|toml|py))`", SECURITY))
    assert len(named) > 40
    assert {path for path in named if not (ROOT / path).exists()} == set()
    tested = {path for path in named if path.startswith("tests/") and Path(path).name.startswith("test_")}
    assert {path for path in tested if "def test_" not in (ROOT / path).read_text()} == set()


def commands() -> Iterator[tuple[str, str]]:
    """Yield each line of the docs with a command of the dashboard, and the text before `python`."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for line in path.read_text().splitlines():
            for before in re.findall(r"(\S*)python -m webapp", line):
                yield f"{path.name}: {line}", before.lstrip("`(")


def test_commands_run_as_printed() -> None:
    """A clone has its packages in .venv; containers and Heroku have a `python` on the path."""
    found = list(commands())
    assert len(found) > 10
    for line, before in found:
        elsewhere = re.search(r"heroku run|docker |In a container and on Heroku|has the packages", line)
        assert before == ("" if elsewhere else ".venv/bin/"), line


@pytest.mark.long
def test_printed_commands_exist() -> None:
    text = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    named = set(re.findall(r"python -m webapp ([a-z][a-z-]+)", text))
    assert named == {"check-live", "check-deploy", "hash-password", "upgrade-store", "sign-out", "work"}
    for name in named:
        assert run(name, "--help").returncode == 0, name
