"""A real provider in its own process: oidc-provider for Node.js."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup

from tests.serving.deployment import PATIENCE
from tests.sso.fake_provider import CLIENT, SECRET
from webapp.settings.sso_config import SsoConfig

NAME = "mari@acme.example"
SOURCE = Path(__file__).parent / "node"
BUILD = Path(__file__).parents[2] / "build" / "provider"


@cache
def install() -> None:
    """Install it into a folder of this process, since several tests may do so at the same time."""
    assert shutil.which("npm"), "npm is needed for this test: install Node.js with npm"
    folder = _folder()
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _folder() -> Path:
    return BUILD / os.environ.get("PYTEST_XDIST_WORKER", "one")


def known_at(port: str) -> SsoConfig:
    """Return the settings of the dashboard that such a provider knows."""
    return SsoConfig(
        issuer=f"http://127.0.0.1:{port}",
        client_id=CLIENT,
        client_secret=SECRET,
        domains=frozenset(["acme.example"]),
        editors=frozenset([NAME]),
    )


class RealProvider:
    """Has work accounts of any name, for one dashboard."""

    def __init__(self, port: str, redirect_uri: str, key: str = "one") -> None:
        install()
        self.issuer = f"http://127.0.0.1:{port}"
        self._command = ["node", "provider.mjs", port, redirect_uri, key]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=_folder(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # `node` may be a wrapper: then the provider itself is its child
        )
        assert self._process.stdout is not None
        while not (line := self._process.stdout.readline()).startswith("ready"):
            if not line:
                self._stop()
                raise AssertionError("the provider did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def signs_in(self, location: str, name: str) -> str:
        """Sign in as a user who was redirected to `location`; return the address to which they come back."""
        with requests.Session() as browser:
            page = browser.get(location, timeout=PATIENCE)
            for typed in ({"login": name, "password": "any"}, {}):
                form = BeautifulSoup(page.text, "html.parser").form
                assert form is not None, page.text
                data = {str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input[name]")} | typed
                page = browser.post(str(form["action"]), data=data, timeout=PATIENCE, allow_redirects=False)
                while (there := page.headers.get("Location")) and (next_one := urljoin(page.url, there)):
                    if not next_one.startswith(self.issuer):
                        return _path(next_one)
                    page = browser.get(next_one, timeout=PATIENCE, allow_redirects=False)
        raise AssertionError(page.text)

    def breaks_off(self, location: str) -> str:
        """Cancel, as a user can."""
        with requests.Session() as browser:
            page = browser.get(location, timeout=PATIENCE)
            link = BeautifulSoup(page.text, "html.parser").select_one("a[href$='/abort']")
            assert link is not None, page.text
            there = str(link["href"])
            while there.startswith(self.issuer):
                page = browser.get(there, timeout=PATIENCE, allow_redirects=False)
                there = urljoin(page.url, page.headers["Location"])
        return _path(there)


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
