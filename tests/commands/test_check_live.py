"""`make check-live` against the sandbox: it reports differences in words, and changes nothing unless asked to.

The command line takes a second to start, so most tests run the check itself.
"""

import re
import signal
import socket
import subprocess
import sys

import pytest

from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, ROOT, environment, free_port, run
from webapp import open_transport
from webapp.commands.check_live import CheckLive
from webapp.settings import Settings

OBJECTS = re.compile(
    r"Traceback|<[\w.]+[ :]|\b0x[0-9a-f]{4}|\b[A-Z]\w+(?:Error|Exception|Lost|Answer|Sent|Refused)\b|\bNone\b"
)
"""What Python's own words look like."""

NO_API = "The answer is not one of the Phonebook API's: look at MESSENTE_API_URL."


def credentials(phonebook: PhonebookState) -> dict[str, str]:
    return {
        "MESSENTE_API_URL": phonebook.url,
        "MESSENTE_API_USERNAME": "sandbox",
        "MESSENTE_API_PASSWORD": PASSWORD,
        "SECRET_KEY": SECRET_KEY,
    }


def check(phonebook: PhonebookState, *, write: bool = False, **changed: str) -> str:
    """Run the check in this process, and return its lines; it must count its differences."""
    check = CheckLive(open_transport(Settings.from_environment(credentials(phonebook) | changed)))
    printed = "".join(f"{line}\n" for line in check.run(write=write))
    assert check.differences == printed.count("DIFFERS")
    return printed


def test_it_reads_and_changes_nothing(phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=2)
    phonebook.add("Everyone", contacts=3)
    ran = run("check-live", **credentials(phonebook))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 groups, read in" in ran.stdout
    assert "A group that doesn't exist is refused with HTTP status 404, code 203." in ran.stdout
    assert "5 contacts." in ran.stdout
    assert "lists as many as it counts: 2." in ran.stdout
    assert ran.stdout.endswith("All is as the dashboard expects.\n")
    assert all(call.startswith("GET ") for call in phonebook.calls)


def test_asked_to_write_it_leaves_nothing_behind(phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    ran = run("check-live", "--write", **credentials(phonebook))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Created the group “Dashboard check " in ran.stdout
    assert "Deleted it." in ran.stdout
    assert {call.split()[0] for call in phonebook.calls} == {"GET", "POST", "PUT", "DELETE"}
    assert phonebook.groups() == {"Staff": 0}


def test_a_failed_step_leaves_no_test_group(phonebook: PhonebookState) -> None:
    phonebook.instead["PUT"] = ("400 Bad Request", b"")
    assert "DIFFERS: The request was refused. (HTTP status 400)" in check(phonebook, write=True)
    assert phonebook.groups() == {}


def test_differences_are_counted(phonebook: PhonebookState) -> None:
    row = b'{"id": "5792A02A-e5c2-422b-a0a0-0ae65d814663", "name": "", "contactsCount": 0, "createdOn": "canary","x":1}'
    phonebook.instead["GET"] = ("200 OK", b'{"groups": [%s, {"id": 1}]}' % row)
    printed = check(phonebook)
    for line in (
        "1 groups could not be read.",
        "1 times a group has an unknown field “x”.",
        "1 times a group has a field “createdOn” of another shape.",
        "2 times a group has a field “id” of another shape.",
    ):
        assert f"DIFFERS: {line}" in printed, printed
    assert "canary" not in printed, "what fields hold is nobody's business"


def test_refused_credentials_are_reported(phonebook: PhonebookState) -> None:
    printed = check(phonebook, MESSENTE_API_PASSWORD="another")
    assert "DIFFERS: The credentials were refused: look at MESSENTE_API_USERNAME" in printed
    assert "(HTTP status 401)" in printed
    assert "another" not in printed


def test_invalid_settings_are_reported_together() -> None:
    ran = run("check-live", MESSENTE_API_URL="x")
    assert ran.returncode == 1
    for name in ("MESSENTE_API_URL", "MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD", "SECRET_KEY"):
        assert f"  - {name} " in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (("503 Service Unavailable", b""), "Messente failed to answer: try again in a minute. (HTTP status 503)"),
        (("429 Too Many Requests", b""), "Messente asks to slow down: try again in a minute. (HTTP status 429)"),
        (("302 Found", b""), f"{NO_API} (HTTP status 302)"),
        (("200 OK", b"<html>"), f"{NO_API} (HTTP status 200)"),
        (("404 Not Found", b""), "The request was refused. (HTTP status 404)"),
    ],
)
def test_errors_are_reported_in_words(phonebook: PhonebookState, answer: tuple[str, bytes], words: str) -> None:
    phonebook.instead["GET"], phonebook.retry_after = answer, 60
    printed = check(phonebook)
    assert printed == f"DIFFERS: {words}\n1 difference.\n"
    assert not OBJECTS.search(printed)


def test_an_error_is_all_that_is_printed(phonebook: PhonebookState) -> None:
    phonebook.instead["GET"], phonebook.retry_after = ("503 Service Unavailable", b""), 60
    ran = run("check-live", **credentials(phonebook))
    words = "DIFFERS: Messente failed to answer: try again in a minute. (HTTP status 503)"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, f"{words}\n1 difference.\n", "")


@pytest.mark.parametrize("contacts", [b'{"contacts": null}', b'{"contacts": [7]}', b"{}", b"[" * 100_000])
def test_contacts_that_cannot_be_read_are_reported(phonebook: PhonebookState, contacts: bytes) -> None:
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", contacts)
    assert "DIFFERS: The answer is not one of the Phonebook API's" in check(phonebook)


@pytest.mark.parametrize("host", ["http://127.0.0.1:{port}", "https://nowhere.invalid"])
def test_without_a_network_it_says_where_to_look(phonebook: PhonebookState, host: str) -> None:
    url = host.format(port=free_port())
    printed = check(phonebook, MESSENTE_API_URL=f"{url}/v1")
    assert "DIFFERS: No connection could be made: look at the network" in printed
    assert not OBJECTS.search(printed)


def test_an_old_terminal_gets_no_stack_trace(phonebook: PhonebookState) -> None:
    row = b'{"groups": [{"id": 1}]}'
    phonebook.instead["GET"] = ("200 OK", row)
    ran = run("check-live", **credentials(phonebook), PYTHONIOENCODING="ascii")
    assert ran.returncode == 1
    assert "DIFFERS" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_it_can_be_interrupted(phonebook: PhonebookState) -> None:
    """While it waits for an answer, as by Ctrl-C."""
    with socket.create_server(("127.0.0.1", 0)) as api:
        settings = credentials(phonebook) | {"MESSENTE_API_URL": f"http://127.0.0.1:{api.getsockname()[1]}/v1"}
        # Tests in the background of a shell ignore the signal, and their child processes would, too.
        command = ["env", "--default-signal=INT", sys.executable, "-m", "webapp", "check-live"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            connection, _ = api.accept()
            with connection:
                assert connection.recv(1)
                process.send_signal(signal.SIGINT)
                printed, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed, errors) == (130, "", "\nStopped.\n")
