"""Every state of every page is accessible on a screen and on a phone, in light and in dark."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.accounts.conftest import EDITOR, JAAN, MARI, VIEWER
from tests.actions.store_fixtures import add_change
from tests.browser import checks, widths
from tests.browser.action_states import ACTION_STATES
from tests.browser.audience_states import AUDIENCE_STATES
from tests.browser.blacklist_states import BLACKLIST_STATES
from tests.browser.bulk_states import BULK_STATES
from tests.browser.contact_states import CONTACT_STATES
from tests.browser.dashboard import picture
from tests.browser.import_states import IMPORT_STATES
from tests.browser.looks import EVERY_LOOK, looks
from tests.browser.many_states import MANY_STATES
from tests.browser.overview_states import OVERVIEW_STATES
from tests.browser.page_state import ODD, State
from tests.browser.print_states import PRINT_STATES
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return replace(settings, users=(MARI, JAAN)) if "sign_in" in request.node.name else settings


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"viewport": {"width": 1280, "height": 900}}


def full(state: State) -> None:
    for number in range(60):
        state.group(f"Customers {number:02}", number % 3)
    state.open("/groups?sort=-contacts&page=2")


def one_page(state: State) -> None:
    state.group()
    state.group("Õpetajad", 48)
    state.open("/groups")


def odd_names(state: State) -> None:
    for name in ODD:
        state.phonebook.add(name, contacts=1)
    state.open("/groups")


def odd_group(state: State) -> None:
    state.open(f"/groups/{state.group(ODD[0])}/delete")


def no_match(state: State) -> None:
    state.group()
    state.open("/groups?q=xyz")


def failed(state: State) -> None:
    state.phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    state.open("/groups")


def unreadable(state: State) -> None:
    row = b'{"id": "5792a02a-e5c2-422b-a0a0-0ae65d814663", "name": "Staff", "contactsCount": 1}'
    state.phonebook.instead["GET"] = ("200 OK", b'{"groups": [' + row + b', {"id": 7}]}')
    state.open("/groups")


def duplicate_name(state: State) -> None:
    state.group("Staff")
    state.send("/groups/new", "Create group", Group_name="staff")


def conflict(state: State) -> None:
    group = state.group()
    state.open(f"/groups/{group}/rename")
    state.phonebook.rename(group, "Crew")
    state.page.get_by_label("Group name").fill("Office")
    state.press("Rename group")


def changed(state: State) -> None:
    group = state.group()
    state.open(f"/groups/{group}/delete")
    state.phonebook.rename(group, "Crew")
    state.press("Delete group")


def group_with_orphans(state: State, orphans: int, elsewhere: int, *names: str) -> UUID:
    """A group with contacts, some of them in no other group."""
    group, other = state.group(contacts=0), state.group("Office", contacts=1)
    for number in range(orphans):
        name = names[number % len(names)] if names else f"Mari {number}"
        state.phonebook.add_contact(f"+3725555{number:04}", group, lastName=name, company=name)
    for number in range(elsewhere):
        state.phonebook.add_contact(f"+3725556{number:04}", group, other)
    return group


def group_with_unknown_orphans(state: State) -> UUID:
    group = group_with_orphans(state, 2, 1)
    state.phonebook.instead_path["/v1/phonebook/contacts"] = ("503 Service Unavailable", b"")
    return group


def worse(state: State) -> None:
    group = group_with_orphans(state, 2, 1)
    state.open(f"/groups/{group}/delete")
    state.phonebook.leave("+37255560000", next(UUID(each) for each in state.phonebook.ids() if each != str(group)))
    state.press("Delete group")


def not_known_any_more(state: State) -> None:
    state.open(f"/groups/{group_with_orphans(state, 2, 1)}/delete")
    state.phonebook.instead_path["/v1/phonebook/contacts"] = ("503 Service Unavailable", b"")
    state.press("Delete group")


def renamed(state: State) -> None:
    state.send(f"/groups/{state.group()}/rename", "Rename group", Group_name=ODD[0])


def not_confirmed(state: State) -> None:
    state.phonebook.instead["POST"] = ("500 Internal Server Error", b"")
    state.send("/groups/new", "Create group", Group_name="Office")


def activity(state: State) -> None:
    group = uuid4()
    add_change(state.store, kind="delete", before=ODD[0], contacts=3, group_id=uuid4())
    add_change(state.store, kind="rename", before="Staff", after=ODD[1], group_id=group)
    add_change(state.store, after="Refused", outcome="refused", error="InvalidData", changed="no", detail="Name is odd")
    for number in range(51):
        add_change(state.store, after=f"Group {number}", group_id=uuid4(), person="Mari")
    state.open("/activity")


def signed_out_mid_form(state: State) -> None:
    state.send("/sign-in?next=/groups/new", "Sign in", User_name="Mari", Password=EDITOR)
    state.page.get_by_label("Group name").fill("Night shift")
    state.page.context.clear_cookies()
    state.press("Create group")


def throttled(state: State) -> None:
    for _ in range(6):
        state.send("/sign-in", "Sign in", User_name="Mari", Password="wrong")


def fault(state: State) -> None:
    def fail() -> str:
        raise ValueError

    state.app.add_url_rule("/fault", "fault", fail)
    state.open("/fault")


def too_much(state: State) -> None:
    state.send("/groups/new", "Create group", Group_name="a" * 70_000)


def unreachable(state: State) -> None:
    state.phonebook.instead["GET"] = ("429 Too Many Requests", b"")
    state.open("/groups")


def stale(state: State) -> None:
    state.open(f"/groups/{state.group()}/delete")
    state.page.context.clear_cookies()
    state.press("Delete group")


def viewer(state: State) -> None:
    state.send("/sign-in?next=/groups/new", "Sign in", User_name=JAAN.name, Password=VIEWER)


def members(state: State, *, contacts: int = 60) -> UUID:
    """A group of contacts with usual and unusual names, some on the blacklist."""
    group = state.group(contacts=contacts)
    mari = state.phonebook.add_contact("+37255550001", group, firstName="Mari", lastName="Õun", company="Näidis OÜ")
    state.phonebook.add_contact("+37255550002", group, firstName=ODD[0], company=ODD[1], custom="x", custom4="y")
    state.phonebook.blacklist(mari)
    return group


def group_members(state: State) -> None:
    state.open(f"/groups/{members(state)}")
    state.page.get_by_text("More", exact=True).click()


def group_found(state: State) -> None:
    state.open(f"/groups/{members(state)}?q=%C3%B5un&sort=company")


def group_count(state: State) -> None:
    group = members(state, contacts=3)
    state.phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b'{"contacts": [{"phoneNumber": "+1"}, 7]}')
    state.phonebook.instead_path["/v1/phonebook/blacklist"] = ("500 Internal Server Error", b"")
    state.open(f"/groups/{group}")


def add_known(state: State) -> None:
    group = members(state, contacts=1)
    state.phonebook.add_contact("+37255551234", firstName="Liis")
    state.send(f"/groups/{group}/add", "Add contact", Phone_number="+37255551234", First_name="Anna")


def add_results(state: State) -> None:
    group = members(state, contacts=1)
    state.phonebook.add_contact("+37255551234", firstName="Liis")
    lines = "+37255551234\n+37255550001\n3.72555E+11\n" + "x" * 90
    state.send(f"/groups/{group}/add-numbers", "Add numbers", Phone_numbers=lines)


STATES: dict[str, Callable[[State], None]] = {
    "list": full,
    "list-one-page": one_page,
    "list-odd": odd_names,
    "list-empty": lambda state: state.open("/groups"),
    "list-no-match": no_match,
    "list-failed": failed,
    "list-unreadable": unreadable,
    "create": lambda state: state.open("/groups/new"),
    "create-error": lambda state: state.send("/groups/new", "Create group"),
    "create-duplicate-name": duplicate_name,
    "create-not-confirmed": not_confirmed,
    "rename": lambda state: state.open(f"/groups/{state.group()}/rename"),
    "rename-conflict": conflict,
    "renamed": renamed,
    "group": lambda state: state.open(f"/groups/{state.group()}"),
    "group-members": group_members,
    "group-found": group_found,
    "group-none-found": lambda state: state.open(f"/groups/{members(state, contacts=1)}?q=xyz"),
    "group-empty": lambda state: state.open(f"/groups/{state.group(contacts=0)}"),
    "group-count": group_count,
    "add": lambda state: state.open(f"/groups/{state.group()}/add"),
    "add-error": lambda state: state.send(f"/groups/{state.group()}/add", "Add contact", Phone_number="x", E_mail="x"),
    "add-known": add_known,
    "add-numbers": lambda state: state.open(f"/groups/{state.group()}/add-numbers"),
    "add-numbers-error": lambda state: state.send(f"/groups/{state.group()}/add-numbers", "Add numbers"),
    "add-results": add_results,
    "group-gone": lambda state: state.open(f"/groups/{uuid4()}"),
    "delete-none": lambda state: state.open(f"/groups/{state.group(contacts=0)}/delete"),
    "delete-one": lambda state: state.open(f"/groups/{state.group(contacts=1)}/delete"),
    "delete-many": lambda state: state.open(f"/groups/{state.group(contacts=30)}/delete"),
    "delete-odd": odd_group,
    "delete-changed": changed,
    "delete-all-elsewhere": lambda state: state.open(f"/groups/{group_with_orphans(state, 0, 3)}/delete"),
    "delete-one-orphan": lambda state: state.open(f"/groups/{group_with_orphans(state, 1, 2)}/delete"),
    "delete-many-orphans": lambda state: state.open(f"/groups/{group_with_orphans(state, 7, 2, *ODD)}/delete"),
    "delete-unknown": lambda state: state.open(f"/groups/{group_with_unknown_orphans(state)}/delete"),
    "delete-worse": worse,
    "delete-unknown-now": not_known_any_more,
    "orphans": lambda state: state.open(f"/groups/{group_with_orphans(state, 60, 1)}/orphans"),
    "orphans-odd": lambda state: state.open(f"/groups/{group_with_orphans(state, 5, 0, *ODD)}/orphans?sort=-company"),
    "orphans-none": lambda state: state.open(f"/groups/{group_with_orphans(state, 0, 2)}/orphans"),
    "orphans-no-match": lambda state: state.open(f"/groups/{group_with_orphans(state, 2, 0)}/orphans?q=xyz"),
    "orphans-unknown": lambda state: state.open(f"/groups/{group_with_unknown_orphans(state)}/orphans"),
    "created": lambda state: state.send("/groups/new", "Create group", Group_name="Night shift"),
    "deleted": lambda state: state.send(f"/groups/{state.group()}/delete", "Delete group"),
    "activity": activity,
    "activity-empty": lambda state: state.open("/activity"),
    "activity-no-match": lambda state: state.open("/activity?q=xyz"),
    "help": lambda state: state.open("/help"),
    "refused-400": stale,
    "refused-405": lambda state: state.open("/sign-out"),
    "refused-413": too_much,
    "fault-500": fault,
    "slow-down-503": unreachable,
    "sign_in-403": viewer,
    "styleguide": lambda state: state.open("/styleguide"),
    "not-found": lambda state: state.open("/no-such-page"),
    "sign_in": lambda state: state.open("/sign-in"),
    "sign_in-wrong": lambda state: state.send("/sign-in", "Sign in", User_name="Mari", Password="wrong"),
    "sign_in-empty": lambda state: state.send("/sign-in", "Sign in"),
    "sign_in-throttled": throttled,
    "sign_in-mid-form": signed_out_mid_form,
    "sign_in-account": lambda state: state.send("/sign-in?next=/account", "Sign in", User_name="Mari", Password=EDITOR),
    **AUDIENCE_STATES,
    **BLACKLIST_STATES,
    **CONTACT_STATES,
    **OVERVIEW_STATES,
    **ACTION_STATES,
    **MANY_STATES,
    **BULK_STATES,
    **IMPORT_STATES,
    **PRINT_STATES,
}


KEEP_TEN_ROWS = "document.querySelectorAll('tbody tr:nth-child(n+11)').forEach(row => row.remove())"
"""Run after the first look: the other rows are alike, and would take most of the time."""
QUICK = {"list-odd", "contact"}
"""States that `make test` looks at, too."""


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in STATES]
)
def test_state(page: Page, address: str, phonebook: PhonebookState, app: Flask, name: str) -> None:
    """The page is loaded once, and then resized and recoloured, which is all that its style sheet reacts to."""
    STATES[name](State(page, address, phonebook, app))
    page.route("**", lambda route: route.abort("aborted"))  # no page reloads itself meanwhile
    found = [] if EVERY_LOOK else widths.at_every_width(page)
    for look in looks(list(STATES).index(name)):
        found += [f"{look}: {each}" for each in look.problems(page)]
        if look.checks == checks.CHECKS and not EVERY_LOOK:
            picture(page, f"state-{name}-{look.width}-{look.scheme}")
        page.evaluate(KEEP_TEN_ROWS)
    assert "\n".join(found) == ""


PAPER = [
    "blacklist",
    "overview",
    "audience-three",
    "list",
    "group-members",
    "contact",
    "create-duplicate-name",
    "delete-many",
    "activity",
    "styleguide",
]


@pytest.mark.long
@pytest.mark.parametrize("name", PAPER)
def test_state_with_more_contrast_in_forced_colours_and_on_paper(
    page: Page, address: str, phonebook: PhonebookState, app: Flask, name: str
) -> None:
    page.emulate_media(contrast="more")
    STATES[name](State(page, address, phonebook, app))
    assert "\n".join(checks.problems(page, checks.COLOUR_CHECKS)) == ""
    page.emulate_media(forced_colors="active", contrast="no-preference")
    picture(page, f"forced-{name}")
    assert "\n".join([*checks.axe(page), *checks.keyboard(page), *widths.sideways(page)]) == ""
    page.emulate_media(forced_colors="none", media="print")
    picture(page, f"paper-{name}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
