"""Random actions on many contacts of random phonebooks, with faults and a colleague's changes in between."""

import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func
from sqlalchemy import select as sql_select

from tests.actions.test_undo import snapshot
from tests.faults.catalogue import FAULTS
from tests.faults.faulty_wire import Answer, Connection, Wire
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.actions.job_runner import run_job
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import actions, changes, jobs

RUNS = int(os.environ.get("BULK_RUNS", "25"))
"""Runs of the long test; more for a proof by hand."""

COMPANIES = ["Acme", "Näidis OÜ", "Saaremaa Laevad"]
MET = ["answers 503 Service Unavailable", "hangs up", "resets", "refuses with 400 Bad Request"]
MET += ["refuses with 401 Unauthorized"]
BUTTONS = {
    "Put in group": "put",
    "Move to group": "move",
    "Remove from group": "remove",
    "Delete contacts": "delete",
    "Add to blacklist": "block",
}


@pytest.fixture
def wire(phonebook: PhonebookState) -> Iterator[Wire]:
    with Wire(phonebook.url) as wire:
        yield wire


@pytest.fixture
def settings(settings: Settings, wire: Wire) -> Settings:
    return replace(settings, api_url=wire.url)


@dataclass
class State:
    """What a phonebook holds."""

    members: dict[str, set[str]]
    """Numbers by the group's id."""
    numbers: set[str]
    blacklist: set[str]

    @property
    def orphans(self) -> set[str]:
        return self.numbers - set().union(*self.members.values())


@dataclass
class ContactList:
    """A list of contacts, worked out without the dashboard."""

    kind: str
    group: str | None
    query: dict[str, str]
    companies: dict[str, str]

    @property
    def path(self) -> str:
        return {
            "contacts": "/contacts",
            "leaving": "/contacts/leaving",
            "group": f"/groups/{self.group}",
            "orphans": f"/groups/{self.group}/orphans",
        }[self.kind]

    def tickable(self, state: State) -> set[str]:
        """Return who may be ticked: everybody in the list, whatever is searched for."""
        if self.group:
            return state.members.get(self.group, set())
        return state.orphans if self.kind == "leaving" else state.numbers

    def found(self, state: State) -> set[str]:
        """Return whom the list finds."""
        found = set(self.tickable(state))
        if self.kind == "orphans":
            found -= set().union(*(numbers for group, numbers in state.members.items() if group != self.group))
        if "in" in self.query:
            found &= state.members.get(self.query["in"], set())
        found -= state.members.get(self.query.get("not_in", ""), set())
        return {number for number in found if self.query.get("q") in {None, self.companies[number]}}


class Run:
    """One phonebook, and what is done to it."""

    def __init__(self, seed: int, app: Flask, phonebook: PhonebookState, wire: Wire, store: Store) -> None:
        self.chance, self.app = random.Random(seed), app
        self.user = PageClient(app.test_client())
        self.phonebook, self.wire, self.store = phonebook, wire, store
        self.companies: dict[str, str] = {}
        self.told = [f"run {seed}"]
        self.next_number = 0

    @property
    def story(self) -> str:
        return "\n".join(self.told)

    def begin(self) -> None:
        self.phonebook.clear()
        for number in self.phonebook.blacklisted():
            self.phonebook.unblock(number)
        groups = [self.phonebook.add(f"Group {number}") for number in range(self.chance.randint(0, 5))]
        for _ in range(self.chance.choice([0, 1, 5, 30, 70, 70, 120, 300])):
            self.new_contact(*(group for group in groups if self.chance.random() < 0.4))
        for number in self.phonebook.numbers():
            if self.chance.random() < 0.1:
                self.phonebook.blacklist(number)

    def new_contact(self, *groups: UUID) -> None:
        number, self.next_number = f"+37255{self.next_number:06}", self.next_number + 1
        self.companies[number] = self.chance.choice(COMPANIES)
        self.phonebook.add_contact(number, *groups, firstName=f"Mari {number[-4:]}", company=self.companies[number])

    def state(self) -> State:
        members = {each: set(self.phonebook.numbers(UUID(each))) for each in self.phonebook.ids()}
        return State(members, set(self.phonebook.numbers()), set(self.phonebook.blacklisted()))

    # What the user asks for.

    def choose_list(self) -> "ContactList":
        ids, query = self.phonebook.ids(), dict[str, str]()
        one, other = (self.chance.choice(ids) if ids else "" for _ in range(2))
        kind = self.chance.choice(["contacts", "leaving", "group", "orphans"] if one else ["contacts", "leaving"])
        if kind in {"contacts", "group"} and other and self.chance.random() < 0.3:
            query[self.chance.choice(["in", "not_in"])] = other
        if self.chance.random() < 0.4:
            query["q"] = self.chance.choice(COMPANIES)
        return ContactList(kind, one if kind in {"group", "orphans"} else None, query, self.companies)

    def act(self) -> None:
        """Ask for one action, and run it."""
        listed = self.choose_list()
        page = self.user.get(listed.path, query_string=listed.query)
        offered = [button for button in BUTTONS if button in page.buttons()]
        if not offered:
            return
        button = self.chance.choice(offered)
        boxes = [str(tag["value"]) for tag in page.soup.select("input[name=number]")]
        ticked = set(self.chance.sample(boxes, self.chance.randint(0, len(boxes))))
        has_all = "all" in page.fields(button)[1] or (
            bool(page.soup.select("input[name=all]")) and self.chance.random() < 0.5
        )
        group = self.chance.choice([*self.phonebook.ids(), "new", ""])
        typed: dict[str, Any] = {"number": sorted(ticked), "group": group, "name": self.chance.choice(["", "Fresh"])}
        if has_all:
            typed["all"] = "1"
        self.told.append(
            f"{listed.path} {listed.query}: {button}, all: {has_all}, ticked: {len(ticked)}, group: {group}"
        )

        def select(state: State) -> set[str]:
            return listed.found(state) if has_all else listed.tickable(state) & ticked

        before = self.state()
        asked = page.submit(button, **typed)
        assert asked.status < 500, self.story
        assert self.state() == before, "asking changes nothing"
        if button not in asked.buttons() or not asked.path.startswith("/bulk/") or asked.h1 == "Choose a group":
            return
        target = typed["group"] if typed["group"] not in {"", "new"} else None
        self.check_figures(asked, BUTTONS[button], before, select(before), target)
        self.confirm(asked, button, select, target, listed.group)

    def check_figures(self, page: Page, kind: str, state: State, selected: set[str], target: str | None) -> None:
        """The page says how many contacts are selected, and for how many there is something to do."""
        so_already = {"put": state.members.get(target or "", set()), "block": state.blacklist}
        so_already["move"] = so_already["put"]
        there = len(selected & so_already.get(kind, set()))
        sentence = next(words(tag) for tag in page.soup.select("form p") if " contact" in words(tag))
        sentence = re.sub(r"“[^”]*”", "", sentence)
        figures = [int(each.replace(",", "")) for each in re.findall(r"[0-9][0-9,]*", sentence)]
        expected = [len(selected)]
        expected += [len(selected) - there, there] if there and there < len(selected) else []
        assert figures == expected, (sentence, self.story)

    # What happens.

    def confirm(
        self, page: Page, button: str, select: Callable[[State], set[str]], target: str | None, source: str | None
    ) -> None:
        kind, is_disturbed, is_faulty = BUTTONS[button], self.chance.random() < 0.3, self.chance.random() < 0.3
        known, start = snapshot(self.phonebook), self.state()
        if is_disturbed:
            self.disturb()
        before = self.state()
        if is_faulty:
            self.meet_a_fault()
        if kind in {"put", "move"}:
            self.phonebook.meanwhile = self.watch(before.orphans, self.phonebook.meanwhile)
        newest = self.newest()
        done = page.submit(button)
        action_id = self.newest()
        self.finish(action_id)
        self.wire.fault, self.wire.methods, self.phonebook.meanwhile = None, frozenset(), None
        self.told.append(f"-> {done.status} {done.path}, action {action_id}")
        assert done.status != 500, self.story
        after = self.state()
        if action_id == newest:
            assert after == before, (self.story, "nothing was recorded, so nothing was changed")
            assert is_disturbed or is_faulty, self.story
            return
        self.user.get(f"/actions/{action_id}")  # looks up what is not known
        unclear = self.check_outcomes(action_id, before, after)
        expected = self.model(kind, before, select(before), target, source)
        if not unclear and not is_faulty:
            new = set(after.members) - set(before.members)
            members = {group: numbers for group, numbers in after.members.items() if group not in new}
            assert (members, after.numbers, after.blacklist) == (
                expected.members,
                expected.numbers,
                expected.blacklist,
            ), self.story
            if new:
                assert [after.members[each] for each in new] == [select(before)], self.story
        if not is_faulty and start == before and self.chance.random() < 0.3:
            self.undo(action_id)
            assert snapshot(self.phonebook) == known, self.story
            assert set(self.phonebook.blacklisted()) == start.blacklist, self.story

    @staticmethod
    def model(kind: str, state: State, selected: set[str], target: str | None, source: str | None) -> State:
        """Return what the phonebook should hold after an action without faults."""
        members = {group: set(numbers) for group, numbers in state.members.items()}
        numbers, blacklist = set(state.numbers), set(state.blacklist)
        if kind in {"put", "move"} and target:
            members[target] |= selected
        if kind in {"move", "remove"} and source:
            members[source] -= selected
        if kind == "delete":
            numbers -= selected
            members = {group: each - selected for group, each in members.items()}
        if kind == "block":
            blacklist |= selected
        return State(members, numbers, blacklist)

    def check_outcomes(self, action_id: int, before: State, after: State) -> int:
        """What is recorded as done is so, and what is recorded as not done is as before; return what is not known."""
        unclear = 0
        with self.store.read() as connection:
            rows = connection.execute(sql_select(changes).where(changes.c.action_id == action_id)).all()
        for row in rows:
            if row.kind == "create":
                continue
            if row.kind in {"add", "remove"}:
                was, is_now = (row.number in state.members.get(str(row.group_id), set()) for state in (before, after))
            else:
                was, is_now = (
                    row.number in (state.blacklist if row.kind == "block" else state.numbers)
                    for state in (before, after)
                )
            wanted = row.kind in {"add", "block"}
            if row.outcome in {"done", "confirmed"}:
                assert is_now is wanted, (row, self.story)
            elif row.outcome in {"refused", "skipped"}:
                assert is_now is was, (row, self.story)
            else:
                unclear += 1
        touched = {row.number for row in rows}
        assert after.numbers - touched == before.numbers - touched, (self.story, "nobody else is concerned")
        return unclear

    def watch(self, orphans: set[str], then: Callable[[], object] | None) -> Callable[[], object]:
        """At no moment is a contact in no group that was in one before."""

        def look() -> None:
            assert self.state().orphans <= orphans, self.story
            if then:
                then()

        return look

    def disturb(self) -> None:
        """Change something as a colleague."""
        ids, numbers = self.phonebook.ids(), self.phonebook.numbers()
        kind = self.chance.choice(["new", "delete", "join", "leave", "group"])
        self.told.append(f"a colleague: {kind}")
        group = UUID(self.chance.choice(ids)) if ids else None
        number = self.chance.choice(numbers) if numbers else None
        if kind == "new":
            self.new_contact(*([group] if group else []))
        elif kind == "delete" and number:
            self.phonebook.delete_contact(number)
        elif kind == "group" and group:
            self.phonebook.delete(group)
        elif group and number:
            is_member = number in self.phonebook.numbers(group)
            if kind == "join" and not is_member:
                self.phonebook.join(number, group)
            elif kind == "leave" and is_member:
                self.phonebook.leave(number, group)

    def meet_a_fault(self) -> None:
        """Let one write or more fail, some after the first ones."""
        name, left, after = self.chance.choice(MET), self.chance.choice([1, 2, 99]), self.chance.choice([0, 0, 1, 3])
        self.told.append(f"fault: {name}, {left} times after {after}")

        def reply(connection: Connection, genuine: Answer) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                self.wire.fault = None
            FAULTS[name].reply(connection, genuine)

        def begin() -> None:
            if left > 0 and sum(not call.startswith("GET") for call in self.phonebook.calls) >= after:
                self.wire.fault = reply

        self.phonebook.calls.clear()
        self.wire.methods = frozenset(["POST", "DELETE"])
        self.wire.carry_out = True in FAULTS[name].carried and self.chance.choice([True, False])
        self.phonebook.meanwhile = begin
        begin()

    def newest(self) -> int:
        with self.store.read() as connection:
            return connection.execute(sql_select(func.max(actions.c.id))).scalar() or 0

    def finish(self, action_id: int) -> None:
        """Run the action's job, if it has one, once more after the fault."""
        for _ in range(2):
            with self.store.write() as connection:
                connection.execute(jobs.update().values(resume_at=None))
            with self.app.app_context():
                run_job(action_id)
            self.wire.fault, self.wire.methods = None, frozenset()

    def undo(self, action_id: int) -> None:
        page = self.user.get(f"/actions/{action_id}/undo")
        if "Undo" in page.buttons():
            page.submit("Undo")
            self.finish(self.newest())


@pytest.mark.parametrize(
    "seeds", [range(3), pytest.param(range(100, 100 + RUNS), marks=pytest.mark.long)], ids=["few", "many"]
)
def test_the_phonebook_is_as_the_pages_say(
    app: Flask, phonebook: PhonebookState, wire: Wire, store: Store, seeds: range
) -> None:
    for seed in seeds:
        run = Run(seed, app, phonebook, wire, store)
        run.begin()
        for _ in range(run.chance.randint(1, 6)):
            run.act()
