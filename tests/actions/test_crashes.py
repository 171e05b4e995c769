"""Workers killed at the worst moments: nothing is lost or made twice, and outcomes that can be known are recorded."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import requests
from bs4 import BeautifulSoup
from requests.cookies import RequestsCookieJar
from sqlalchemy import text

from tests.actions.store_fixtures import all_changes, make_older
from tests.faults.faulty_wire import Answer, Connection, Wire, until
from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, Deployment
from webapp.settings import Settings
from webapp.store import Store

ROUNDS = 5
KINDS = {"create": ("POST", "Create group"), "rename": ("PUT", "Rename group"), "delete": ("DELETE", "Delete group")}
POINTS = ["before the call", "before the answer", "before the record"]


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Lock the store, so that nobody else can write to it."""
    with store.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE changes IN EXCLUSIVE MODE"))
        yield


class Victim:
    """A dashboard of one worker, which is killed when a change reaches the wire."""

    def __init__(self, phonebook: PhonebookState, wire: Wire, store: Store, url: str, point: str) -> None:
        self.phonebook, self.wire, self.store, self.point = phonebook, wire, store, point
        self.deployment = Deployment(
            "gunicorn", MESSENTE_API_URL=wire.url, MESSENTE_API_USERNAME="sandbox", MESSENTE_API_PASSWORD=PASSWORD,
            SECRET_KEY=SECRET_KEY, DATABASE_URL=url, WEB_CONCURRENCY="1",
        )  # fmt: skip
        self.kills = 0

    def kill(self) -> None:
        [worker] = self.deployment.children()
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: worker not in self.deployment.children())
        self.kills += 1

    def strike(self, connection: Connection, genuine: Answer) -> None:
        """Kill the worker instead of answering, or after it has read the answer and before it can record it."""
        if self.point != "before the record":
            self.kill()
            return
        with locked(self.store):
            connection.send(genuine.whole)
            connection.silence()
            self.kill()

    def post(self, path: str, data: dict[str, str], cookies: RequestsCookieJar) -> requests.Response:
        return requests.post(self.deployment.url + path, data=data, cookies=cookies, timeout=PATIENCE)

    def crash(self, kind: str, path: str) -> tuple[dict[str, str], RequestsCookieJar]:
        """Send a form, and have the worker killed while it runs it; return the fields that were sent."""
        method, button = KINDS[kind]
        with requests.Session() as session:
            page = BeautifulSoup(session.get(self.deployment.url + path, timeout=PATIENCE).text, "html.parser")
            [form] = [tag for tag in page.select("form") if tag.find("button", string=button)]
            data = {str(tag["name"]): str(tag["value"]) for tag in form.select("input")}
            if "name" in data:
                data["name"] = "Night shift"
            self.wire.fault, self.wire.methods = self.strike, frozenset({method})
            self.wire.carry_out = self.point != "before the call"
            kills = self.kills
            with pytest.raises(requests.ConnectionError):
                session.post(self.deployment.url + path, data=data, timeout=PATIENCE)
            assert until(lambda: self.kills == kills + 1)
            self.wire.fault = None
            return data, session.cookies


HAPPENED: dict[str, Callable[[PhonebookState, UUID], bool]] = {
    "create": lambda phonebook, _: list(phonebook.groups()).count("Night shift") == 1 and len(phonebook.ids()) == 2,
    "rename": lambda phonebook, _: phonebook.groups() == {"Night shift": 2},
    "delete": lambda phonebook, _: phonebook.ids() == [],
}


NOTICES = {
    "create": "“Night shift” was created.",
    "rename": "“Staff” is now called “Night shift”.",
    "delete": "“Staff” was deleted.",
}


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_doubles_and_loses_nothing(
    phonebook: PhonebookState, any_store: str, store: Store, point: str
) -> None:
    store.upgrade()
    doubled = lost = 0
    with Wire(phonebook.url) as wire:
        victim = Victim(phonebook, wire, store, any_store, point)
        with victim.deployment:
            for number in range(ROUNDS * len(KINDS)):
                kind = list(KINDS)[number % len(KINDS)]
                for left in phonebook.ids():
                    phonebook.delete(UUID(left))
                group = phonebook.add("Staff", contacts=2)
                path = "/groups/new" if kind == "create" else f"/groups/{group}/{kind}"
                wire.requests.clear()
                data, cookies = victim.crash(kind, path)
                answer = send_form(victim, path, data, cookies)
                writes = [each for each in wire.requests if not each.startswith("GET")]
                happened = HAPPENED[kind](phonebook, group)
                doubled += len(writes) - 1
                lost += happened != (point != "before the call")
                check(victim, answer, kind, group, happened=happened)
    print(f"{victim.kills} kills {point}: {doubled} doubled, {lost} lost")
    assert (doubled, lost) == (0, 0)


def send_form(victim: Victim, path: str, data: dict[str, str], cookies: RequestsCookieJar) -> str:
    """Send the form again when no request can be running it any more; return the notice."""
    make_older(victim.store, seconds=Settings.page_deadline)
    first, again = (victim.post(path, data, cookies) for _ in range(2))
    assert (again.status_code, again.url) == (first.status_code, first.url), "and the same ever after"
    return " ".join(BeautifulSoup(first.text, "html.parser").get_text().split())


def check(victim: Victim, answer: str, kind: str, group: UUID, *, happened: bool) -> None:
    """Compare the page and the record with the phonebook, also if the change happens later."""
    assert (NOTICES[kind] if happened else "We could not confirm that the group was") in answer
    entry = all_changes(victim.store)[-1]
    assert entry["kind"] == kind
    assert entry["outcome"] == ("confirmed" if happened else "started")
    if happened:
        return
    assert "Unknown" in activity(victim)
    if group.int % 2:
        late: dict[str, Callable[[], Any]] = {
            "create": lambda: victim.phonebook.add("Night shift"),
            "rename": lambda: victim.phonebook.rename(group, "Night shift"),
            "delete": lambda: victim.phonebook.delete(group),
        }
        late[kind]()
        assert "Done (confirmed later)" in activity(victim)
        assert all_changes(victim.store)[-1]["outcome"] == "confirmed"
    else:
        make_older(victim.store, seconds=7200)
        assert "Probably not done" in activity(victim)
        assert all_changes(victim.store)[-1]["outcome"] == "not found later"


def activity(victim: Victim) -> str:
    return victim.deployment.get("/activity").text
