"""Merges and deletions in random phonebooks, with faults and a colleague: nobody loses their last group."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Lock
from uuid import UUID

import pytest
from flask import Flask

from tests.actions.test_undo import snapshot
from tests.actions.test_undo_model import MET, Run
from tests.faults.catalogue import FAULTS
from tests.faults.faulty_wire import Answer, Connection, Wire
from tests.page_client import Page
from tests.phonebook_state import PhonebookState
from webapp.actions.job_runner import run_job
from webapp.actions.jobs import find_runnable
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.engine import sqlite_url

RUNS = int(os.environ.get("MERGE_RUNS", "15"))
"""Runs of each long test; more for a proof by hand."""

NAMES = ["Choir", "choir", "Band", "Õhtune vahetus"]
NUMBERS = [f"+3725555{number:04}" for number in range(330)]
MAX_ATTEMPTS = 6


@pytest.fixture
def wire(phonebook: PhonebookState) -> Iterator[Wire]:
    with Wire(phonebook.url) as wire:
        yield wire


@pytest.fixture
def settings(settings: Settings, wire: Wire, migrated_store: Path, tmp_path: Path) -> Settings:
    url = sqlite_url(Path(shutil.copy(migrated_store, tmp_path / "model.sqlite3")))
    return replace(settings, api_url=wire.url, database_url=url, page_deadline=20)


class Phonebook:
    """A random phonebook, watched at every call."""

    def __init__(self, run: Run, app: Flask) -> None:
        self.run, self.app, self.state, self.chance = run, app, run.phonebook, run.chance
        self.lock, self.lost = Lock(), set[str]()
        self.excused: set[str] = set()
        """Contacts whose groups a colleague has changed."""
        run.begin()
        self.state.clear()
        self.groups = [self.state.add(self.chance.choice(NAMES)) for _ in range(self.chance.randint(2, 5))]
        other = self.state.add("Office")
        for number in NUMBERS[: self.chance.choice([0, 1, 3, 10, 30, 30, 300])]:
            inside = self.chance.sample([*self.groups, other], self.chance.choice([0, 1, 1, 1, 2, 3]))
            self.state.add_contact(number, *inside)
        self.start, self.alone = snapshot(self.state), self.in_no_group()

    def in_no_group(self) -> set[str]:
        numbers = self.state.numbers()
        grouped = {number for group in self.state.ids() for number in self.state.numbers(UUID(group))}
        return {number for number in numbers if number not in grouped}

    def members(self, *groups: UUID) -> set[str]:
        return {number for group in groups for number in self.state.numbers(group)}

    def watch(self, *acts: Callable[[], object]) -> None:
        """Look at every call whether somebody has lost their last group, and do something else."""

        def meanwhile() -> None:
            with self.lock:
                self.lost |= self.in_no_group() - self.alone - self.excused
                for act in acts:
                    act()

        self.state.meanwhile = meanwhile

    def check(self) -> None:
        self.state.meanwhile = None
        assert self.lost | (self.in_no_group() - self.alone - self.excused) == set(), self.run.story

    def colleague(self) -> None:
        """Change something, but not between the last look at a group and its deletion: no check can notice that."""
        call = self.state.calls[-1]
        if not call.startswith("POST") or self.chance.random() > 0.1:
            return
        group, number = UUID(self.chance.choice(self.state.ids())), self.chance.choice(self.state.numbers())
        is_member = number in self.state.numbers(group)
        kind = self.chance.choice(["leave" if is_member else "join", "join" if not is_member else "rename", "delete"])
        self.run.told.append(f"a colleague: {kind} {number} {group} at {call}")
        match kind:
            case "join":
                self.state.join(number, group)
            case "leave":
                self.excused.add(number)
                self.state.leave(number, group)
            case "rename":
                self.state.rename(group, "Renamed")
            case "delete":
                self.excused.add(number)
                self.state.delete_contact(number)

    def fault(self) -> Callable[[], object]:
        """Return a function that lets calls fail after some of them."""
        name, left, after = self.chance.choice(MET), self.chance.choice([1, 3, 99]), self.chance.randint(1, 40)
        wire = self.run.wire
        wire.methods = frozenset(self.chance.choice([["POST"], ["DELETE"], ["GET"], ["POST", "DELETE"]]))
        if "404" in name and "GET" in wire.methods:  # what the API denies when it is read is taken for true
            name = "hangs up"
        wire.carry_out = True in FAULTS[name].carried and self.chance.choice([True, False])
        self.run.told.append(f"{name}, carried out: {wire.carry_out}, {left} times after {after}: {wire.methods}")
        self.state.calls.clear()

        def reply(connection: Connection, genuine: Answer) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                wire.fault = None
            FAULTS[name].reply(connection, genuine)

        def begin() -> None:
            if left > 0 and len(self.state.calls) >= after:
                wire.fault = reply

        return begin

    def finish_jobs(self, *, stops: bool) -> None:
        """Let a worker run the jobs, which is stopped now and then."""
        with self.app.app_context():
            for _ in range(MAX_ATTEMPTS):
                for action_id in find_runnable():
                    end = len(self.state.calls) + self.chance.randint(1, 150) if stops else 10**9
                    run_job(action_id, lambda end=end: len(self.state.calls) > end)  # type: ignore[misc]

    def heal(self) -> None:
        self.run.wire.fault, self.run.wire.methods = None, frozenset()

    def open(self, what: str) -> Page:
        page = self.run.user.get(f"/groups/{what}", query_string={"group": list(map(str, self.groups))})
        self.run.told.append(f"{page.path}: {page.h1}: {page.text[:300]}")
        return page

    def merge(self) -> None:
        """Press the button, with a group that is chosen at random."""
        page = self.open("merge")
        if "Merge groups" not in page.buttons():
            return
        total = len(self.members(*(each for each in self.groups if str(each) in self.state.ids())))
        assert f"{total:,} different contacts" in page.text or (total == 1 and "1 contact is" in page.text), page.text
        choices = [str(tag["value"]) for tag in page.soup.select("input[name=into]")]
        done = page.submit("Merge groups", into=self.chance.choice(choices), name="Merged")
        self.run.told.append(f"merged: {done.path}: {done.text[:500]}")
        self.run.check(done)


SEEDS = range(100, 100 + RUNS)


@pytest.fixture
def make(app: Flask, phonebook: PhonebookState, wire: Wire, store: Store) -> Callable[[int], Phonebook]:
    return lambda seed: Phonebook(Run(seed, app, phonebook, wire, store), app)


@pytest.mark.long
def test_a_merge_that_meets_anything_goes_on_and_is_undone(make: Callable[[int], Phonebook]) -> None:
    for seed in SEEDS:
        goes_on_and_is_undone(make(seed))


def goes_on_and_is_undone(book: Phonebook) -> None:
    """Merge with faults, go on until it is done, and undo all of it."""
    first, everybody = book.run.newest(), book.members(*book.groups)
    with_fault = book.chance.random() < 0.7
    book.watch(*([book.fault()] if with_fault else []))
    book.merge()
    book.finish_jobs(stops=True)
    book.heal()
    merged_to_the_end(book)
    others = {name for name, _ in snapshot(book.state)["groups"]} - {"Office"}
    assert len(others) == 1, book.run.story
    assert everybody <= book.members(*(UUID(each) for each in book.state.ids())), book.run.story
    book.check()
    for action_id in range(book.run.newest(), first, -1):
        undone(book, action_id)
    assert snapshot(book.state) == book.start, book.run.story


def merged_to_the_end(book: Phonebook) -> None:
    for _ in range(MAX_ATTEMPTS):
        new = [UUID(each["id"]) for each in book.state.all_groups() if each["name"] == "Merged"]
        book.groups = [*book.groups, *(each for each in new if each not in book.groups)]
        if sum(str(each) in book.state.ids() for each in book.groups) < 2:
            return
        book.merge()
        book.finish_jobs(stops=False)
    raise AssertionError(book.run.story)


def undone(book: Phonebook, action_id: int) -> None:
    for _ in range(MAX_ATTEMPTS):
        page = book.run.user.get(f"/actions/{action_id}/undo")
        book.run.told.append(f"undo {action_id}: {page.h1} {page.text[:600]}")
        if "Undo" not in page.buttons():
            return
        is_asked = "You decide about this" in page.text
        page.submit("Undo", anyway=["y"]) if is_asked else page.submit("Undo")
        book.finish_jobs(stops=False)
    raise AssertionError(book.run.story)


@pytest.mark.long
def test_nobody_loses_their_last_group_while_a_colleague_acts(make: Callable[[int], Phonebook]) -> None:
    for seed in SEEDS:
        book = make(seed)
        book.watch(*([book.fault()] if book.chance.random() < 0.5 else []), book.colleague)
        book.merge()
        book.finish_jobs(stops=True)
        book.heal()
        book.check()
        if book.state.ids():
            merged_to_the_end(book)
        book.check()


@pytest.mark.long
def test_a_deletion_does_what_its_page_said_and_is_undone(make: Callable[[int], Phonebook]) -> None:
    for seed in SEEDS:
        book = make(seed)
        page = book.open("delete")
        inside = book.members(*book.groups)
        office = next(book.members(UUID(each["id"])) for each in book.state.all_groups() if each["name"] == "Office")
        orphans = inside - office
        assert f"{len(orphans):,} contact" in page.text or not orphans, page.text
        done = page.submit("Delete groups")
        book.run.check(done)
        assert book.in_no_group() == book.alone | orphans, book.run.story
        said = done.notice
        assert not orphans or f"{len(orphans):,} of their contacts" in said, said
        undone(book, book.run.newest())
        assert snapshot(book.state) == book.start, book.run.story
