"""Any actions, with faults in between, undone from the last to the first: the phonebook is as it was at the start."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from tests.actions.test_undo import snapshot
from tests.faults.catalogue import FAULTS
from tests.faults.faulty_wire import Answer, Connection, Wire
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.engine import sqlite_url
from webapp.store.schema import actions, change_data, changes, jobs

RUNS = int(os.environ.get("UNDO_RUNS", "30"))
"""Runs of the long test, and half as many with a colleague; more for a proof by hand."""

NAMES = ["Staff", "staff", "Crew", "Õhtune vahetus", "Office"]
NUMBERS = [f"+3725555{number:04}" for number in range(16)]
DETAILS = {"first_name": "firstName", "last_name": "lastName", "email": "email", "company": "company"}
VALUES = {"first_name": ["Mari", "Aino", ""], "last_name": ["Mägi", ""], "email": ["a@example.com", ""]}
VALUES["company"] = ["Acme", "Ööbik & Co", ""]
MET = ["answers 503 Service Unavailable", "hangs up", "resets", "refuses with 400 Bad Request"]
MET += ["refuses with 409 Conflict", "refuses with 404 Not Found", "refuses with 401 Unauthorized"]
OWN_QUESTIONS = ("It is unclear whether", "There is a group called")
"""What is asked though nobody else has changed anything."""
MAX_ATTEMPTS = 4


@pytest.fixture
def any_store(migrated_store: Path, tmp_path: Path) -> str:
    """Undo has been tested on both kinds of stores: here one is enough."""
    return sqlite_url(Path(shutil.copy(migrated_store, tmp_path / "any.sqlite3")))


@pytest.fixture
def wire(phonebook: PhonebookState) -> Iterator[Wire]:
    with Wire(phonebook.url) as wire:
        yield wire


@pytest.fixture
def settings(settings: Settings, wire: Wire) -> Settings:
    return replace(settings, api_url=wire.url)


class Run:
    """One phonebook, and what a user does to it."""

    def __init__(self, seed: int, app: Flask, phonebook: PhonebookState, wire: Wire, store: Store) -> None:
        self.chance = random.Random(seed)
        self.user = PageClient(app.test_client())
        self.phonebook, self.wire, self.store = phonebook, wire, store
        self.has_colleague = self.groups_touched = False
        self.touched: set[str] = set()
        """The contacts that a colleague has changed."""
        self.told: list[str] = [f"run {seed}"]
        """What happened, for the message of a failure."""
        self.acts: list[Callable[[], Page | None]] = [
            *(self.create_group, self.rename_group, self.delete_group, self.delete_group),
            *(self.create_contact, self.edit_contact, self.delete_contact),
            *(self.add_contact, self.add_numbers, self.remove, self.save_boxes),
        ]

    @property
    def story(self) -> str:
        return "\n".join(self.told)

    # The phonebook.

    def begin(self) -> None:
        with self.store.write() as connection:
            for table in (change_data, jobs, changes, actions):
                connection.execute(delete(table))
        self.phonebook.clear()
        groups = [self.phonebook.add(self.chance.choice(NAMES)) for _ in range(self.chance.randint(0, 6))]
        for number in self.chance.sample(NUMBERS, self.chance.randint(0, 12)):
            details = {DETAILS[name]: value for name, value in self.details().items() if value}
            self.phonebook.add_contact(number, *self.some(groups), **details)

    def details(self) -> dict[str, str]:
        return {name: self.chance.choice(values) for name, values in VALUES.items()}

    def some(self, of: list[Any]) -> list[Any]:
        return self.chance.sample(of, self.chance.randint(0, len(of)))

    def group(self) -> str | None:
        ids = self.phonebook.ids()
        return self.chance.choice(ids) if ids else None

    def number(self) -> str | None:
        numbers = self.phonebook.numbers()
        return self.chance.choice(numbers) if numbers else None

    # What the user does.

    def create_group(self) -> Page:
        page = self.user.get("/groups/new").submit("Create group", name=self.chance.choice(NAMES))
        return page.submit("Create anyway") if "Create anyway" in page.buttons() else page

    def rename_group(self) -> Page | None:
        if not (group := self.group()):
            return None
        page = self.user.get(f"/groups/{group}/rename")
        if "Rename group" in page.buttons():
            page = page.submit("Rename group", name=self.chance.choice(NAMES))
        return page.submit("Rename anyway") if "Rename anyway" in page.buttons() else page

    def delete_group(self) -> Page | None:
        group = self.group()
        return self.press(f"/groups/{group}/delete", "Delete group") if group else None

    def create_contact(self) -> Page:
        return self.press("/contacts/new", "Create contact", number=self.chance.choice(NUMBERS), **self.details())

    def edit_contact(self) -> Page | None:
        number = self.number()
        return self.press(f"/contacts/{number}/edit", "Save changes", **self.details()) if number else None

    def delete_contact(self) -> Page | None:
        number = self.number()
        return self.press(f"/contacts/{number}/delete", "Delete contact") if number else None

    def add_contact(self) -> Page | None:
        group = self.group()
        if not group or not (outside := self.outside(group)):
            return None
        number = self.chance.choice(outside)
        details = {} if number in self.phonebook.numbers() else self.details()
        return self.press(f"/groups/{group}/add", "Add contact", number=number, **details)

    def add_numbers(self) -> Page | None:
        if not (group := self.group()):
            return None
        numbers = "\n".join(self.some(self.outside(group)))
        create = self.chance.choice([["y"], []])
        return self.press(f"/groups/{group}/add-numbers", "Add numbers", numbers=numbers, create=create)

    def outside(self, group: str) -> list[str]:
        """The numbers that are not in a group, unless no fault is there."""
        members = self.phonebook.numbers(UUID(group)) if self.wire.methods else []
        return [number for number in NUMBERS if number not in members]

    def remove(self) -> Page | None:
        group = self.group()
        if not group or not (ticked := self.some(self.phonebook.numbers(UUID(group)))):
            return None
        page = self.press(f"/groups/{group}", "Remove from group", number=ticked)
        return page.submit("Remove from group") if page.h1.startswith("Remove") else page

    def save_boxes(self) -> Page | None:
        number = self.number()
        if not number or not self.phonebook.ids():
            return None
        return self.press(f"/contacts/{number}/groups", "Save groups", group=self.some(self.phonebook.ids()))

    def press(self, path: str, button: str, **typed: Any) -> Page:
        page = self.user.get(path)
        return page.submit(button, **typed) if button in page.buttons() else page

    # What goes wrong.

    @contextmanager
    def maybe_a_fault(self) -> Iterator[None]:
        """Meet a fault now and then: one call or more, from the first on or later."""
        if self.chance.random() < 0.5:
            yield
            return
        name, left, after = self.chance.choice(MET), self.chance.choice([1, 2, 99]), self.chance.choice([0, 0, 1, 3])

        def reply(connection: Connection, genuine: Answer) -> None:
            nonlocal left
            left -= 1
            if not left:
                self.wire.fault = None
            FAULTS[name].reply(connection, genuine)

        def begin() -> None:
            if left and sum(not call.startswith("GET") for call in self.phonebook.calls) >= after:
                self.wire.fault = reply

        self.phonebook.calls.clear()
        # What the API denies when it is read is taken for true.
        reads = self.chance.random() < 0.2 and "404" not in name
        self.wire.methods = frozenset(["GET"] if reads else ["POST", "PUT", "DELETE", "PATCH"])
        self.wire.carry_out = True in FAULTS[name].carried and self.chance.choice([True, False])
        self.told.append(f"{name}, carried out: {self.wire.carry_out}, {left} times after {after}: {self.wire.methods}")
        self.phonebook.meanwhile = begin
        begin()
        yield
        self.wire.fault, self.wire.methods, self.phonebook.meanwhile = None, frozenset(), None

    # What is done and undone.

    def act(self) -> int | None:
        """Do something; return the id of its action if anything was recorded."""
        before, act = self.newest(), self.chance.choice(self.acts)
        with self.maybe_a_fault():
            page = act()
        self.check(page)
        newest = self.newest()
        self.told.append(f"action {newest}: {act.__name__}: {page and page.path}")
        return newest if newest != before else None

    def newest(self) -> int:
        with self.store.read() as connection:
            return connection.execute(select(func.max(actions.c.id))).scalar() or 0

    def check(self, page: Page | None) -> None:
        assert page is None or page.status != 500, (page.text, self.story)

    def undo(self, action_id: int) -> list[int]:
        """Undo an action, and try again until nothing is left to undo; return the undos, the last first."""
        before = self.newest()
        with self.maybe_a_fault():
            self.undo_once(action_id)
        for _ in range(MAX_ATTEMPTS):
            if not self.undo_once(action_id):
                return list(range(self.newest(), before, -1))
        raise AssertionError(f"{action_id} can't be undone:\n{self.story}")

    def undo_once(self, action_id: int) -> bool:
        """Undo as much as can be; return whether there was anything to undo."""
        page = self.user.get(f"/actions/{action_id}/undo")
        self.check(page)
        self.told.append(f"undo {action_id}: {page.h1} {page.text[:600]}")
        is_asked = "You decide about this" in page.text
        asked = [words(item) for item in page.soup.select("h2 + ul > li")] if is_asked else []
        if not self.has_colleague:
            assert all(text.startswith(OWN_QUESTIONS) for text in asked), self.story
            assert "This can't be undone" not in page.text or page.status == 409, self.story
        if "Undo" not in page.buttons():
            return False
        # Without the user's own word, what a colleague has changed is left as it is.
        anyway = is_asked and (not self.has_colleague or self.chance.choice([True, False]))
        self.check(page.submit("Undo", anyway=["y"]) if anyway else page.submit("Undo"))
        if asked and not anyway and any("group" in text or "unclear" in text for text in asked):
            self.groups_touched = True
        return not is_asked or anyway

    # A colleague.

    def colleague(self) -> None:
        """Change a contact or a membership from behind, or any group."""
        group, number = self.group(), self.number()
        self.has_colleague = True
        if not group or not number:
            return
        is_member = number in self.phonebook.numbers(UUID(group))
        kinds = ["contact", "delete contact", "leave" if is_member else "join", "rename", "delete", "create"]
        kind = self.chance.choice(kinds)
        self.told.append(f"a colleague: {kind} {group} {number}")
        if kind in {"rename", "delete", "create"}:
            self.groups_touched = True
        else:
            self.touched.add(number)
        match kind:
            case "contact":
                self.phonebook.change_contact(number, firstName="Uku", email="uku@example.com")
            case "delete contact":
                self.phonebook.delete_contact(number)
            case "join":
                self.phonebook.join(number, UUID(group))
            case "leave":
                self.phonebook.leave(number, UUID(group))
            case "rename":
                self.phonebook.rename(UUID(group), self.chance.choice(NAMES))
            case "delete":
                self.phonebook.delete(UUID(group))
            case "create":
                self.phonebook.add(self.chance.choice(NAMES))

    def others(self, state: dict[str, Any]) -> dict[str, Any]:
        """What a state holds of the contacts that no colleague has changed."""
        groups = [
            (name, [number for number in numbers if number not in self.touched]) for name, numbers in state["groups"]
        ]
        contacts = {number: each for number, each in state["contacts"].items() if number not in self.touched}
        return {"groups": sorted(groups), "contacts": contacts}


FEW, MANY = range(2), range(100, 100 + RUNS)
MANY_WITH_COLLEAGUE = range(100, 100 + RUNS // 2)


@pytest.fixture
def run(app: Flask, phonebook: PhonebookState, wire: Wire, store: Store) -> Callable[[int], Run]:
    return lambda seed: Run(seed, app, phonebook, wire, store)


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.long)], ids=["few", "many"])
def test_everything_comes_back(run: Callable[[int], Run], seeds: range) -> None:
    for seed in seeds:
        everything_comes_back(run(seed))


def everything_comes_back(run: Run) -> None:
    """Act, and undo all of it."""
    run.begin()
    states, done = [snapshot(run.phonebook)], []
    for _ in range(run.chance.randint(1, 8)):
        if action_id := run.act():
            done.append(action_id)
            states.append(snapshot(run.phonebook))
    for action_id in reversed(done):
        after = states.pop()
        assert snapshot(run.phonebook) == after, run.story
        undos = run.undo(action_id)
        assert snapshot(run.phonebook) == states[-1], run.story
        if run.chance.random() < 0.3:
            run.told.append(f"undone again: {undos}")
            for undo in undos:
                run.undo(undo)
            assert snapshot(run.phonebook) == after, run.story
            run.undo(action_id)
            assert snapshot(run.phonebook) == states[-1], run.story


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY_WITH_COLLEAGUE, marks=pytest.mark.long)], ids=["few", "many"])
def test_what_a_colleague_changes_is_not_in_the_way(run: Callable[[int], Run], seeds: range) -> None:
    for seed in seeds:
        a_colleague_is_not_in_the_way(run(seed))


def a_colleague_is_not_in_the_way(run: Run) -> None:
    """Act while a colleague acts, too, and undo all of it: contacts that the colleague left alone are as before."""
    run.begin()
    start, done = snapshot(run.phonebook), []
    for _ in range(run.chance.randint(1, 6)):
        if action_id := run.act():
            done.append(action_id)
        if run.chance.random() < 0.3:
            run.colleague()
    for action_id in reversed(done):
        run.undo(action_id)
    if not run.groups_touched:
        assert run.others(snapshot(run.phonebook)) == run.others(start), run.story
