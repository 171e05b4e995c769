"""The dashboard under gunicorn: how it starts, what it refuses, what all its workers share."""

import contextlib
import http.client
import os
import re
import signal
import socket
from collections.abc import Iterator

import pytest
import requests
from bs4 import BeautifulSoup

from tests.page_client import PASSWORD
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, Deployment, procfile

REAL = {
    "MESSENTE_API_USERNAME": "sandbox",
    "MESSENTE_API_PASSWORD": PASSWORD,
    "SECRET_KEY": "canary-" + "k" * 32,
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Deployment]:
    with Deployment(SANDBOX="1", WEB_CONCURRENCY="3", TEAM_NAME="Acme") as deployment:
        yield deployment


def names(page: requests.Response) -> list[str]:
    assert page.status_code == 200
    return [tag.get_text() for tag in BeautifulSoup(page.text, "html.parser").select("tbody th")]


def test_the_sandbox_has_groups_to_see(sandbox: Deployment) -> None:
    page = sandbox.get("/groups")
    assert len(names(page)) == 50
    assert "Sandbox:" in page.text
    assert "Acme" in page.text


def test_all_workers_see_the_same_phonebook_and_know_each_others_forms(sandbox: Deployment) -> None:
    """Each request uses a new connection, so that any worker may get it."""
    with requests.Session() as user:
        user.headers["Connection"] = "close"
        for number in range(10):
            form = BeautifulSoup(user.get(f"{sandbox.url}/groups/new").text, "html.parser")
            token = str(form.select("[name=csrf_token]")[0]["value"])
            page = user.post(f"{sandbox.url}/groups/new", data={"name": f"Made {number}", "csrf_token": token})
            assert page.history[0].status_code == 303
        for _ in range(10):
            assert len(names(user.get(f"{sandbox.url}/groups?q=Made"))) == 10


@pytest.mark.parametrize("path", ["/groups/new", "/groups", "/no-such-page"])
def test_a_form_of_any_size_and_the_next_one_get_answers(sandbox: Deployment, path: str) -> None:
    for size in (100_000, 1_000_000, 10_000_000) * 2:
        response = sandbox.session.post(sandbox.url + path, data={"name": "a" * size}, timeout=PATIENCE)
        assert 400 <= response.status_code < 500
        assert "<h1>" in response.text


@pytest.mark.parametrize("path", ["/groups/new", "/groups", "/no-such-page"])
def test_a_refused_form_does_not_break_its_connection(sandbox: Deployment, path: str) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("POST", path, b"name=" + b"a" * 1_000_000)
        refused = connection.getresponse()
        refused.read()
        assert refused.status in {404, 405, 413}
        assert refused.headers["Connection"] == "keep-alive"
        connection.auto_open = 0  # the next request goes over the same connection, or fails
        connection.request("GET", "/help")
        assert connection.getresponse().status == 200


TWO_WAYS = {
    "length and chunks": "Content-Length: 4\r\nTransfer-Encoding: chunked",
    "two lengths": "Content-Length: 4\r\nContent-Length: 5",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "an unknown coding": "Transfer-Encoding: xchunked",
    "a length with a sign": "Content-Length: +4",
    "a name with a space": "Content-Length : 4",
}


@pytest.mark.parametrize("headers", TWO_WAYS.values(), ids=list(TWO_WAYS))
def test_a_request_that_can_be_read_in_two_ways_is_not_read(sandbox: Deployment, headers: str) -> None:
    """A proxy that reads it differently would take its rest for somebody else's request."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        begin = f"POST /groups HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n0\r\n\r\n"
        connection.sendall(f"{begin}GET /help HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.match(rb"HTTP/1.1 (400|501) ", answer)
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("chunk", ["ZZ\r\nname\r\n", '6;a="\r\n"\r\nname=x\r\n0\r\n\r\n'])
def test_invalid_chunks_are_no_server_error(sandbox: Deployment, chunk: str) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        kind = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked"
        connection.sendall(f"POST /groups/new HTTP/1.1\r\nHost: localhost\r\n{kind}\r\n\r\n{chunk}".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_an_address_of_ten_kilobytes_is_refused(sandbox: Deployment) -> None:
    response = sandbox.get("/groups/" + "a" * 10_240)
    assert response.status_code == 414
    assert "Request Line is too large" in response.text


def test_every_event_is_one_line_of_the_log(sandbox: Deployment) -> None:
    for path in ("/%0d%0alevel=ERROR", "/%1b[31mred", "/groups?q=%0d%0alevel=ERROR", "/groups/new?\u2028level=ERROR"):
        sandbox.get(path)
    sandbox.session.request("BREW%", sandbox.url, headers={"User-Agent": "x level=ERROR"}, timeout=PATIENCE)
    request_id = sandbox.get("/groups?q=%0AJaan%20Tamm").headers["X-Request-ID"]
    sandbox.line(f"event=request request={request_id} method=GET rule=/groups status=200")
    log = [
        line for line in sandbox.lines if not re.match(r"The Phonebook dashboard is at|It runs on sample data", line)
    ]
    assert all(re.match(r"time=\S+ level=(INFO|WARNING) event=", line) for line in log), log
    assert "Tamm" not in "".join(log)


def test_invalid_settings_are_reported_and_stop_the_start() -> None:
    deployment = Deployment(MESSENTE_API_PASSWORD="canary", PORT="http", TIME_ZONE="Mars", SECRET_KEY="canary")
    assert deployment.wait() == 1
    output = "\n".join(deployment.lines)
    for name in ("MESSENTE_API_USERNAME", "PORT", "TIME_ZONE", "SECRET_KEY"):
        assert output.count(f"  - {name} ") == 1
    assert "canary" not in output
    assert "Traceback" not in output
    assert "Booting worker" not in output


@pytest.mark.long
def test_the_sandbox_and_credentials_together_are_refused() -> None:
    deployment = Deployment(SANDBOX="1", **REAL)
    assert deployment.wait() == 1
    assert "in doubt which phonebook" in "\n".join(deployment.lines)


@pytest.mark.long
@pytest.mark.parametrize(
    "command", [("gunicorn", "--bind", "0.0.0.0:0"), ("gunicorn", "--bind", "[::1]:0"), tuple(procfile())]
)
def test_a_real_phonebook_is_not_served_to_the_network(command: tuple[str, ...]) -> None:
    deployment = Deployment(*command, **REAL)
    assert deployment.wait() == 1
    assert "a real phonebook is served to this machine only" in "\n".join(deployment.lines)
    assert "Booting worker" not in "\n".join(deployment.lines)


@pytest.mark.long
def test_a_real_phonebook_is_served_to_this_machine(phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    with Deployment(MESSENTE_API_URL=phonebook.url, **REAL) as deployment:
        page = deployment.get("/groups")
        assert names(page) == ["Staff"]
        assert "Sandbox" not in page.text
    assert "canary" not in "\n".join(deployment.lines)


def test_the_procfile_serves_the_sandbox() -> None:
    with Deployment(*procfile(), SANDBOX="1") as deployment:
        assert len(names(deployment.get("/groups"))) == 50


@pytest.mark.long
@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_all_processes_that_it_started(ended_by: signal.Signals) -> None:
    with Deployment(SANDBOX="1", WEB_CONCURRENCY="1") as deployment:
        assert deployment.get("/groups").status_code == 200
        children = deployment.children()
        assert len(children) == 2  # the sandbox and the worker
        deployment.process.send_signal(ended_by)
        assert deployment.wait() == 0
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


UNDOING = "--access-logfile - --access-logformat '%(U)s' --log-syslog --statsd-host 127.0.0.1:9 --capture-output"
UNDOING += " -k sync --threads 1 --preload --reload --forwarded-allow-ips '*' --proxy-protocol --limit-request-line 0"
UNDOING += " --control-socket x --graceful-timeout 1 --keep-alive 1 --config /dev/null --env SANDBOX=0"


@pytest.mark.long
def test_no_environment_variable_undoes_what_the_configuration_holds() -> None:
    """Heroku's and Cloud Foundry's buildpacks set GUNICORN_CMD_ARGS to the first of these options."""
    arguments = f"{UNDOING} --timeout 40"
    variables = {"FORWARDED_ALLOW_IPS": "*", "GUNICORN_CMD_ARGS": arguments, "SANDBOX": "1", "TRUSTED_HOST": "x"}
    with Deployment(*procfile(), **variables) as deployment:
        deployment.get("/contacts?q=Canary+Tamm")
        deployment.get("/contacts/+37255500001?code=canary-code")
        cookie = deployment.session.get(f"{deployment.url}/groups/new", headers={"X-Forwarded-Proto": "https"})
        assert "Secure" not in cookie.headers["Set-Cookie"]
    output = "\n".join(deployment.lines)
    assert "Canary" not in output
    assert "canary" not in output
    assert "3725550" not in output
    [line] = [each for each in deployment.lines if 'event="gunicorn options ignored"' in each]
    assert "--timeout" not in line
    for option in re.findall(r"--[a-z-]+", UNDOING):
        assert option in line
    assert "Using worker: webapp.serving.worker.Worker" in output
    assert 'event="setting not known" variable=TRUSTED_HOST meant=TRUSTED_HOSTS' in output


@pytest.mark.long
@pytest.mark.parametrize("command", [("gunicorn",), procfile()], ids=["gunicorn", "procfile"])
def test_a_port_in_use_is_reported_in_one_line_with_the_remedy(command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        deployment = Deployment(*command, SANDBOX="1", PORT=str(port))
        assert deployment.wait() == 1
    output = [line for line in deployment.lines if "level=INFO" not in line]
    assert len(output) == 1, output
    assert re.fullmatch(rf"Port {port} is in use by another program\. .* PORT=\d+ make run", output[0])
