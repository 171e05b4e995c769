"""`make check-live`, tried against the sandbox: it says in words what it found, and changes nothing unasked."""

from tests.pages import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import run


def credentials(phonebook: PhonebookState) -> dict[str, str]:
    return {
        "MESSENTE_API_URL": phonebook.url,
        "MESSENTE_API_USERNAME": "sandbox",
        "MESSENTE_API_PASSWORD": PASSWORD,
        "SECRET_KEY": SECRET_KEY,
    }


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


def test_a_failed_step_leaves_nothing_behind_either(phonebook: PhonebookState) -> None:
    phonebook.instead["PUT"] = ("400 Bad Request", b"")
    ran = run("check-live", "--write", **credentials(phonebook))
    assert ran.returncode == 1
    assert "DIFFERS: InvalidData (HTTP status 400)" in ran.stdout
    assert phonebook.groups() == {}


def test_what_is_otherwise_is_counted(phonebook: PhonebookState) -> None:
    row = b'{"id": "5792A02A-e5c2-422b-a0a0-0ae65d814663", "name": "", "contactsCount": 0, "createdOn": "canary","x":1}'
    phonebook.instead["GET"] = ("200 OK", b'{"groups": [%s, {"id": 1}]}' % row)
    ran = run("check-live", **credentials(phonebook))
    assert ran.returncode == 1
    for line in (
        "1 groups could not be read.",
        "1 times a group has an unknown field “x”.",
        "1 times a group has a field “createdOn” of another shape.",
        "2 times a group has a field “id” of another shape.",
    ):
        assert f"DIFFERS: {line}" in ran.stdout, ran.stdout
    assert "canary" not in ran.stdout, "what fields hold is nobody's business"


def test_refused_credentials_are_told(phonebook: PhonebookState) -> None:
    ran = run("check-live", **credentials(phonebook) | {"MESSENTE_API_PASSWORD": "another"})
    assert ran.returncode == 1
    assert "DIFFERS: AccessRefused (HTTP status 401)" in ran.stdout
    assert "another" not in ran.stdout + ran.stderr


def test_settings_that_cannot_be_used_are_told_together() -> None:
    ran = run("check-live", MESSENTE_API_URL="x")
    assert ran.returncode == 1
    for name in ("MESSENTE_API_URL", "MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD", "SECRET_KEY"):
        assert f"  - {name} " in ran.stderr
    assert "Traceback" not in ran.stderr
