"""The Dockerfile's steps are run in a bare Debian, and the result is run like a container."""

import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.container.engine import ROOT, Container, Image, build
from webapp.accounts.passwords import make_hash

pytestmark = pytest.mark.container

PASSWORD = "plum-candle-orbit"
REAL = {
    "MESSENTE_API_USERNAME": "somebody",
    "MESSENTE_API_PASSWORD": "canary-password",
    "SECRET_KEY": "canary-0123456789abcdefghijklmnopqrstuv",
    "DASHBOARD_USERS": f"mari:editor:{make_hash(PASSWORD)}",
}

SIGN_IN = f"""
import re, sys, requests
with requests.Session() as user:
    user.cookies.update(dict(pair.split("=", 1) for pair in sys.argv[2:]))
    account = user.get(sys.argv[1] + "/account")
    if "/sign-in" not in account.url:
        sys.exit(print("still signed in"))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', account.text)[1]
    data = {{"csrf_token": token, "username": "mari", "password": "{PASSWORD}", "next": "/account"}}
    assert "/sign-in" not in user.post(sys.argv[1] + "/sign-in", data=data).url
    print("session=" + user.cookies["session"])
"""


UPLOAD = r"""
import io, os, re, sys, requests
from xlsxwriter import Workbook
file = io.BytesIO()
with Workbook(file, {"in_memory": True}) as book:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Phone", "Company"])
    for row in range(1, 20_000):
        sheet.write_row(row, 0, [f"+372 5{row:07}", os.urandom(16).hex()])
with requests.Session() as user:
    user.cookies.update({"session": sys.argv[2].removeprefix("session=")})
    page = user.get(sys.argv[1] + "/import").text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[-1]
    files = {"file": ("people.xlsx", file.getvalue())}
    assert len(file.getvalue()) > 500_000
    sent = user.post(sys.argv[1] + "/import", data={"csrf_token": token}, files=files, allow_redirects=False)
    print(sent.status_code, sent.headers.get("Location"))
"""


Start = Callable[..., Container]


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        yield build(Path(folder) / "root")


@pytest.fixture
def volume(image: Image, tmp_path: Path) -> Path:
    """A folder of this machine that belongs to the image's user."""
    folder = tmp_path / "volume"
    folder.mkdir(0o700)
    os.chown(folder, *map(int, image.ids()))
    return folder


@pytest.fixture
def start(image: Image) -> Iterator[Start]:
    with ExitStack() as stack:

        def one(volume: Path, *, scratch: bool = True, **settings: str) -> Container:
            container = Container(image, volume, scratch=scratch, **settings)
            stack.callback(container.stop)
            return container

        yield one


def test_the_image_has_only_the_needed_files(image: Image) -> None:
    app = image.root / "app"
    assert {path.name for path in app.iterdir()} == {
        "gunicorn.conf.py", "instance", "requirements.txt", "static", "templates", "webapp"
    }  # fmt: skip
    assert not list(app.rglob("__pycache__"))
    assert not list((app / "instance").iterdir())
    kept = {
        path.relative_to(ROOT) for folder in ("webapp", "templates", "static") for path in (ROOT / folder).rglob("*")
    }
    missing = {path for path in kept if "__pycache__" not in path.parts and not (app / path).exists()}
    assert not missing
    owned = {
        (path.stat().st_uid, path.stat().st_mode & 0o022) for path in [app, *app.rglob("*")] if path.name != "instance"
    }
    assert owned == {(0, 0)}, "whoever breaks into the dashboard can't change its code"
    uid, gid = image.ids()
    assert image.user == uid, "by number: some platforms ask whether it is root"
    state = (app / "instance").stat()
    assert (str(state.st_uid), str(state.st_gid), state.st_mode & 0o777) == (uid, gid, 0o700)


def test_it_runs_read_only_and_unprivileged_and_keeps_its_volume(image: Image, start: Start, volume: Path) -> None:
    first = start(volume, scratch=False, **REAL)
    first.wait_until_healthy()
    status = "".join(first.run("sh", "-c", "cat /proc/[0-9]*/status").stdout)
    uid, _ = image.ids()
    assert set(re.findall(r"^Uid:\t(.*)$", status, re.MULTILINE)) == {"\t".join([uid] * 4)}
    assert set(re.findall(r"^Cap(?:Prm|Eff|Bnd|Amb):\t(.*)$", status, re.MULTILINE)) == {"0" * 16}
    for place in ("/app/webapp/x.py", "/srv/x", "/etc/x"):
        assert "Read-only file system" in first.run("touch", place).stderr
    cookie = first.run("python", "-c", SIGN_IN, "http://127.0.0.1:8000").stdout.strip()
    assert cookie.startswith("session=")
    uploaded = first.run("python", "-c", UPLOAD, "http://127.0.0.1:8000", cookie)
    assert uploaded.stdout == "303 /import/1/preview\n", uploaded.stderr
    assert first.stop() == 0
    assert "Shutting down: Master" in first.log

    again = start(volume, scratch=False, **REAL)
    again.wait_until_healthy()
    assert again.run("python", "-c", SIGN_IN, "http://127.0.0.1:8000", cookie).stdout == "still signed in\n"
    assert again.stop() == 0
    for container in (first, again):
        assert "canary" not in container.log
        assert "Traceback" not in container.log


def test_the_health_check_does_not_have_a_full_store_restarted(image: Image, start: Start, volume: Path) -> None:
    container = start(volume, **REAL)
    container.wait_until_healthy()
    through_a_proxy = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    assert container.run(*image.health, **through_a_proxy).returncode == 0
    with closing(sqlite3.connect(volume / "store.sqlite3")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = 'later'")
    assert container.run(*image.health).returncode == 0, "a restart would not make it better"


def test_the_sandbox_on_another_port(start: Start, volume: Path) -> None:
    container = start(volume, SANDBOX="1", PORT="8080")
    container.wait_until_healthy()
    page = "import requests; print(requests.get('http://127.0.0.1:8080/groups').text)"
    assert "<h1>Groups</h1>" in container.run("python", "-c", page).stdout
    assert container.stop() == 0


def test_invalid_settings_stop_the_start_with_a_message(start: Start, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir(0o700)  # it is root's
    assert start(volume, **REAL).wait() == 1
    assert "can't be opened or made" in volume.with_suffix(".log").read_text()
    assert start(volume).wait() == 1
    assert "MESSENTE_API_USERNAME is missing" in volume.with_suffix(".log").read_text()
