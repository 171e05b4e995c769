"""Every fault while a number is put on the blacklist or taken off: nothing is lost, doubled or claimed falsely."""

import re
import time

import pytest

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.faulty_wire import Wire
from tests.faults.test_outcomes import (
    AFTER_STATUS,
    DEADLINE,
    LATE,
    ONE_OF_A_KIND,
    SHORT_DEADLINE,
    WORDS,
    user_of,
)
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings

NUMBER, OTHER = "+37255551234", "+37255551235"
METHODS = {"block": "POST", "unblock": "DELETE"}
DONE = {"block": "the number was added to the blacklist", "unblock": "the number was taken off the blacklist"}

CASES = [
    pytest.param(operation, name, carried, marks=[] if name in ONE_OF_A_KIND and not fault.slow else pytest.mark.long)
    for operation in METHODS
    for name, fault in FAULTS.items()
    for carried in fault.carried
    if name not in AFTER_STATUS  # both changes are answered by 204, which has no body
]


def act(user: PageClient, operation: str) -> Page:
    if operation == "block":
        return user.get("/blacklist/add").submit("Add to blacklist", numbers=NUMBER)
    return user.get(f"/blacklist/{NUMBER}/remove").submit("Take off blacklist")


def expected(operation: str, fault: Fault) -> tuple[set[int], str]:
    """The statuses that the page may have, and the text that it has to contain."""
    if fault.kind in WORDS:
        status, words = WORDS[fault.kind]
        return {status}, words
    match operation, fault.kind:
        case _, "unclear":
            return {502, 504}, f"We could not confirm that {DONE[operation]}"
        case "block", "conflict":
            return {200}, "was already on the blacklist"
        case "unblock", "missing":
            return {200}, "was already off the blacklist"
        case "block", "invalid":
            return {422}, "There is a problem"
    return {502}, "Messente refused this"


@pytest.mark.parametrize(("operation", "name", "carried"), CASES, ids=str)
def test_case(settings: Settings, phonebook: PhonebookState, operation: str, name: str, carried: bool) -> None:
    fault = FAULTS[name]
    deadline = SHORT_DEADLINE if fault.slow else DEADLINE
    before = [OTHER, NUMBER] if operation == "unblock" else [OTHER]
    for number in before:
        phonebook.blacklist(number)
    with Wire(phonebook.url) as wire:
        user = user_of(settings, wire, deadline)
        user.get("/activity")  # makes the store, which is no part of what is timed here
        wire.fault, wire.methods, wire.carry_out = fault.reply, frozenset({METHODS[operation]}), carried
        started = time.monotonic()
        page = act(user, operation)
        assert time.monotonic() - started < deadline + LATE, "the page came too late"
        writes = [request for request in wire.requests if not request.startswith("GET ")]

    assert len(writes) == 1, "sent once"
    after = [OTHER, NUMBER] if operation == "block" else [OTHER]
    assert phonebook.blacklisted() == (after if carried else before)

    statuses, words = expected(operation, fault)
    assert page.status in statuses, page.text
    assert words in page.text
    if re.search(r"Nothing was changed|The blacklist was not changed", page.text):
        assert not carried
    if re.search(r"(?<!confirm that the number )was (added to|taken off) the blacklist|, as you asked", page.text):
        assert carried
    if "It may still happen" in page.text:
        assert not carried
    if page.status >= 500:
        assert page.response.headers["X-Request-ID"] in page.text
    if operation == "block" and page.status != 200:
        assert page.value("numbers") == NUMBER, "what was typed is kept"
