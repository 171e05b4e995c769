"""A deployed dashboard with an editor signed in, for independent scanners."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.accounts.test_deployed import GOOD, USERS, sign_in
from tests.certificate import make_certificate
from tests.judges.bad_app import create_app
from tests.judges.tls_proxy import TlsProxy
from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import Deployment
from webapp.sandbox.server import Server


class Dashboard(NamedTuple):
    url: str
    cookie: str
    """Of an editor who has signed in."""


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "certificate.pem")


@pytest.fixture
def dashboard(phonebook: PhonebookState, certificate: Path) -> Iterator[Dashboard]:
    """A dashboard on which deletions have no effect; otherwise the scanner would soon find nothing left to test."""
    phonebook.add("Staff", contacts=1)
    phonebook.instead["DELETE"] = ("204 No Content", b"")
    with Deployment(
        MESSENTE_API_URL=phonebook.url, MESSENTE_API_USERNAME="sandbox", MESSENTE_API_PASSWORD=PASSWORD,
        SECRET_KEY=SECRET_KEY, DASHBOARD_USERS=USERS, PROXY_HOPS="1", API_RATE="10000",
    ) as deployment:  # fmt: skip
        yield Dashboard(deployment.url, signed_in(deployment, certificate))


@pytest.fixture
def bad() -> Iterator[str]:
    """An application with faults that the scanners should find, so that they are known to work."""
    with Server(create_app()) as server:
        yield server.url


def signed_in(deployment: Deployment, certificate: Path) -> str:
    """Sign in over https, and return the cookie."""
    with TlsProxy(deployment.url, certificate) as front, requests.Session() as session:
        session.trust_env, session.verify = False, str(certificate)
        assert sign_in(session, f"https://{front.address}", "mari", GOOD).status_code == 200
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
