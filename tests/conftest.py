"""What all tests share: no connections to other machines, a phonebook, and a dashboard that uses it."""

import gc
import logging
import shutil
import sys
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from types import CodeType, MethodType
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.sansio.app import App
from flask.templating import Environment as JinjaEnvironment
from jinja2 import BaseLoader, Environment, Template, TemplateNotFound
from werkzeug.routing import Rule

from tests.faults.catalogue import FAULTS
from tests.page_client import PASSWORD, SECRET_KEY, SECRETS, PageClient
from tests.phonebook_state import PhonebookState
from tests.postgresql import PostgreSQL
from webapp import ROOT, create_app
from webapp.settings import Settings
from webapp.settings.parsers import is_loopback
from webapp.store import Store
from webapp.store.engine import sqlite_url
from webapp.web.log_format import LineFormatter


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse every connection and name look-up that would leave this machine."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # else a socket in the file system
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not is_loopback(host) and not host.endswith(".invalid"):
        raise RuntimeError(f"a test tried to reach {host}")


# Before any test is collected, and with no way to take it off again.
sys.addaudithook(_refuse_to_leave)


def pytest_collection_finish() -> None:
    """Collect garbage less often, and never among the tests themselves: that takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.fixture
def phonebook() -> Iterator[PhonebookState]:
    """An empty phonebook, served over HTTP by the sandbox."""
    with PhonebookState(PASSWORD) as state:
        yield state


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server, where each test gets its own database."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file with its tables, to be copied, because migrations are slow."""
    path = tmp_path_factory.mktemp("store") / "store.sqlite3"
    Store(sqlite_url(path)).upgrade()
    return path


STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
"""The second of them takes twice as long, so only `make check` uses it for the tests of both."""


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, migrated_store: Path, tmp_path: Path) -> str:
    """The address of an empty store; tests that use it run on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return sqlite_url(Path(shutil.copy(migrated_store, tmp_path / "any.sqlite3")))
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_store()


@pytest.fixture(params=STORES)
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store without tables, on SQLite or on PostgreSQL."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "empty.sqlite3")
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def open_store() -> Iterator[Callable[[str], Store]]:
    """Opens stores, and closes them at the end."""
    stores = []

    def open_one(url: str) -> Store:
        stores.append(Store(url))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


class _Lines(logging.Handler):
    """Checks that no log line, of any level, contains a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(LineFormatter())
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.leaks += [line for secret in SECRETS if secret in line]


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """Fail a test that logs a secret."""
    lines, root = _Lines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(level)
    root.removeHandler(lines)
    assert lines.leaks == []


@pytest.fixture
def settings(phonebook: PhonebookState, migrated_store: Path, tmp_path: Path) -> Settings:
    return Settings(
        database_url=sqlite_url(Path(shutil.copy(migrated_store, tmp_path))),
        api_url=phonebook.url,
        api_username="sandbox",
        api_password=PASSWORD,
        secret_key=SECRET_KEY,
        sandbox=True,
        team_name="Acme",
        time_zone=ZoneInfo("Europe/Tallinn"),
        connect_timeout=2,
        page_deadline=10,
        retry_backoff=0.01,
        api_rate=10_000,
    )


class _Templates(BaseLoader):
    """The dashboard's templates, read and compiled once a process: that takes a third of a test's time."""

    def __init__(self) -> None:
        self.compiled: dict[str, CodeType] = {}

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        if name not in self.compiled:
            path = ROOT / "templates" / name
            if not path.is_file():
                raise TemplateNotFound(name)
            self.compiled[name] = environment.compile(path.read_text(), name, str(path))
        return environment.template_class.from_code(environment, self.compiled[name], globals or {})


class _Environment(JinjaEnvironment):
    """The dashboard's with these templates; other apps have their own."""

    templates = _Templates()

    def __init__(self, app: App, **options: Any) -> None:
        if app.import_name == "webapp":
            options["loader"] = self.templates
        super().__init__(app, **options)


class _Route(Rule):
    """A route that is compiled once a process: for all routes, that takes most of making an app."""

    compiled: ClassVar[dict[Any, Any]] = {}

    def compile(self) -> None:
        key = (self.rule, repr(self.defaults), self.subdomain)
        if key not in self.compiled:
            super().compile()
            builders = (self._compile_builder(append_unknown=False), self._compile_builder())
            self.compiled[key] = (self._parts, self._trace, self._converters, self.arguments, builders)
        self._parts, self._trace, self._converters, self.arguments, builders = self.compiled[key]
        self._build, self._build_unknown = (MethodType(each, self) for each in builders)


Flask.url_rule_class = _Route
Flask.jinja_environment = _Environment


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    first: Store = app.extensions["store"]  # a test may put another one in its place
    yield app
    first.close()
    app.extensions["store"].close()


@pytest.fixture
def store(app: Flask) -> Store:
    """The dashboard's store, to look into and change directly."""
    found: Store = app.extensions["store"]
    return found


@pytest.fixture
def user(app: Flask) -> PageClient:
    """A user at the dashboard."""
    return PageClient(app.test_client())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report how many faults were tested, and with which results."""
    results = {
        outcome: [report for report in terminalreporter.stats.get(outcome, []) if "::test_case[" in report.nodeid]
        for outcome in ("passed", "failed", "error")
    }
    passed, bad = len(results["passed"]), len(results["failed"] + results["error"])
    if passed or bad:
        terminalreporter.write_line(
            f"{len(FAULTS)} faults by list, create, rename and delete: {passed + bad} cases, of which {bad} lost,"
            " doubled, claimed falsely, forgot what was typed, took too long or grew too much"
        )
