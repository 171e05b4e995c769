"""Every fault with list, create, rename and delete: no change is lost or made twice, and no page claims it."""

import ctypes
import gc
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tests.faults.catalogue import FAULTS, UNREADABLE, Fault
from tests.faults.faulty_wire import Answer, Connection, Wire
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

DEADLINE = Settings.page_deadline
"""Seconds for a page. No fault but the slow ones lasts until then, however busy the machine is."""
SHORT_DEADLINE = 3.0
"""The same where a fault lasts until then."""
LATE = 5
"""Seconds by which a busy machine may be late. The faults that last would last 30."""
MEMORY = 20 * 1024 * 1024
"""Bytes by which no fault may make the process grow."""

# Faults that come after a genuine status: 201 says by itself that the group was created, 204 that it was deleted.
AFTER_STATUS = {
    *UNREADABLE,
    *("stops in the body", "resets in the body", "falls silent in the body"),
    *("sends more than the cap", "sends without end", "sends chunks without end"),
}

METHODS = {"list": "GET", "create": "POST", "rename": "PUT", "delete": "DELETE"}

ONE_OF_A_KIND = {
    *("hangs up", "says nothing", "stops in the body", "speaks no HTTP", "sends more than the cap"),
    *("answers 500 Internal Server Error", "answers 302 Found", "sends another shape", "sends a bomb"),
    *("refuses with 400 Bad Request", "refuses with 401 Unauthorized", "refuses with 404 Not Found"),
    *("refuses with 405 Method Not Allowed", "refuses with 409 Conflict", "refuses with 429 Too Many Requests"),
}
"""Faults that `make test` tries with all operations. The others it tries with one, unless they take seconds."""


def is_quick(operation: str, name: str, *, carried: bool) -> bool:
    """Whether `make test` tries a case: all faults by creating, and one of a kind by the other operations."""
    if operation == "create" and not FAULTS[name].slow:
        return True
    return name in ONE_OF_A_KIND and carried is FAULTS[name].carried[0]


CASES = [
    pytest.param(operation, name, carried, marks=[] if is_quick(operation, name, carried=carried) else pytest.mark.long)
    for operation in METHODS
    for name, fault in FAULTS.items()
    for carried in (fault.carried if operation != "list" else fault.carried[:1])
    if not (operation == "delete" and name in AFTER_STATUS)
]


@pytest.fixture
def wire(phonebook: PhonebookState) -> Iterator[Wire]:
    with Wire(phonebook.url) as wire:
        yield wire


def user_of(settings: Settings, wire: Wire, deadline: float) -> PageClient:
    """A user whose dashboard reaches its phonebook over the wire."""
    shortened = replace(settings, api_url=wire.url, page_deadline=deadline)
    return PageClient(create_app(shortened).test_client())


def resident() -> int:
    """Bytes of memory that this process holds."""
    ctypes.CDLL(None).malloc_trim(0)  # what is free, but kept for later, is no growth
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def act(user: PageClient, operation: str, group: UUID) -> Page:
    """Act as a user would; the page with the form is loaded without a fault."""
    match operation:
        case "create":
            return user.get("/groups/new").submit("Create group", name="Night shift")
        case "rename":
            return user.get(f"/groups/{group}/rename").submit("Rename group", name="Night shift")
        case "delete":
            return user.get(f"/groups/{group}/delete").submit("Delete group")
    return user.get("/groups")


HAPPENED = {
    "create": {"Staff": 2, "Night shift": 0},
    "rename": {"Night shift": 2},
    "delete": {},
}

WORDS = {
    "access": (502, "The dashboard's access to Messente was refused"),
    "refused": (502, "Messente refused this"),
    "slow": (503, "Messente asks us to slow down"),
}
DONE = {"create": "the group was created", "rename": "the group was renamed", "delete": "the group was deleted"}


def expected(operation: str, fault: Fault, *, certain: bool) -> tuple[set[int], str]:
    """The statuses that the page may have, and the text that it has to contain."""
    if fault.kind in WORDS:
        status, words = WORDS[fault.kind]
        return {status}, words
    if fault.is_too_large and operation == "list":
        return {502}, "Messente's list is too long for the dashboard"
    if fault.kind == "unclear" and operation == "list":
        return {502, 504}, "We could not get your groups from Messente"
    if fault.kind == "unclear":
        return {502, 504}, "The group was created" if certain else f"We could not confirm that {DONE[operation]}"
    if operation in {"list", "delete"} and fault.kind != "missing":
        return {502}, "Messente refused this"
    match operation, fault.kind:
        case "delete", _:
            return {200}, "“Staff” was already deleted."
        case "rename", "missing":
            return {404}, "This group no longer exists"
        case _, "missing":
            return {502}, "Messente refused this"
    return {422 if fault.kind == "invalid" else 409}, "There is a problem"


@pytest.mark.parametrize(("operation", "name", "carried"), CASES, ids=lambda value: str(value))
def test_case(
    settings: Settings, wire: Wire, phonebook: PhonebookState, operation: str, name: str, carried: bool
) -> None:
    group = phonebook.add("Staff", contacts=2)
    fault = FAULTS[name]
    deadline = SHORT_DEADLINE if fault.slow else DEADLINE
    user = user_of(settings, wire, deadline)
    wire.fault, wire.methods, wire.carry_out = fault.reply, frozenset({METHODS[operation]}), carried
    before = resident()
    started = time.monotonic()
    page = act(user, operation, group)
    assert time.monotonic() - started < deadline + LATE, "the page came too late"
    assert resident() - before < MEMORY or (gc.collect() >= 0 and resident() - before < MEMORY)

    # Nothing lost, nothing doubled.
    writes = [request for request in wire.requests if not request.startswith("GET ")]
    assert len(writes) == (0 if operation == "list" else 1)
    happened = carried and operation != "list"
    assert phonebook.groups() == (HAPPENED[operation] if happened else {"Staff": 2})
    assert phonebook.contacts() == 2
    reads = [request for request in wire.requests if request.startswith("GET ")]
    # The group, its contacts and the other groups, before the question and after it; the group again, and its look-up.
    assert len(reads) <= (8 if operation == "delete" else 3)

    # What the page says.
    statuses, words = expected(operation, fault, certain=operation == "create" and name in AFTER_STATUS)
    assert page.status in statuses, page.text
    assert words in page.text
    assert "No groups" not in page.text
    assert_true(page, happened=happened)
    if page.status >= 500:
        assert page.response.headers["X-Request-ID"] in page.text
    if operation in {"create", "rename"} and page.status != 404:
        assert page.value("name") == "Night shift", "what was typed is kept"


@pytest.mark.parametrize("operation", ["create", "rename", "delete"])
def test_a_change_that_never_left_is_known_not_to_have_happened(
    settings: Settings, wire: Wire, phonebook: PhonebookState, operation: str
) -> None:
    group = phonebook.add("Staff", contacts=2)
    reads = {"create": 1, "rename": 2, "delete": 7}[operation]  # the last of them checks, before the change

    def refuse_from_now_on(connection: Connection, genuine: Answer) -> None:
        if len(wire.requests) == reads:
            wire.stop()
        connection.send(genuine.whole)

    wire.fault, wire.methods, wire.carry_out = refuse_from_now_on, frozenset({"GET"}), True
    page = act(user_of(settings, wire, DEADLINE), operation, group)
    assert page.status == 503
    assert "We could not reach Messente" in page.text
    assert "Your groups were not changed." in page.text
    assert len(wire.requests) == reads
    assert phonebook.groups() == {"Staff": 2}
    if operation != "delete":
        assert page.value("name") == "Night shift"


def assert_true(page: Page, *, happened: bool) -> None:
    """Compare every claim of a page with the phonebook."""
    if re.search(r"Nothing was changed|not changed", page.text):
        assert not happened
    if re.search(
        r"(?<!confirm that )[Tt]he group was (created|renamed|deleted)|, as you asked|no longer in", page.text
    ):
        assert happened
    if re.search(r"not in the phonebook yet|still in the phonebook|It is called “Staff” now", page.text):
        assert not happened
    if "which was not there before" in page.text:
        assert happened
