"""Any sequence of changes, by a user and by others, while faults come and go.

The phonebook equals a model, and no page claims anything else.
"""

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.catalogue import FAULTS
from tests.faults.faulty_wire import Wire
from tests.faults.test_outcomes import AFTER_STATUS, assert_true
from tests.page_client import PASSWORD, SECRET_KEY, Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

SETTINGS = Settings(
    api_url="",
    api_username="sandbox",
    api_password=PASSWORD,
    secret_key=SECRET_KEY,
    sandbox=True,
    time_zone=ZoneInfo("Europe/Tallinn"),
    page_deadline=10,
    retry_backoff=0.001,
)
NAMES = st.sampled_from(["Staff", "staff", "Õpetajad", "Night  shift", "<b>", "مجموعة", "😀" * 250])
WRITES = ("POST", "PUT", "DELETE")
QUICK = [name for name, fault in FAULTS.items() if not fault.slow and "without end" not in name and "cap" not in name]
STEPS = {"taken": 0}


class Machine(RuleBasedStateMachine):
    """The model is `groups`: the names by id."""

    def __init__(self) -> None:
        super().__init__()
        self.phonebook = PhonebookState(PASSWORD)
        self.wire = Wire(self.phonebook.url)
        self.phonebook.__enter__()
        self.wire.__enter__()
        app = create_app(replace(SETTINGS, api_url=self.wire.url))
        self.user = PageClient(app.test_client())
        self.groups: dict[UUID, str] = {}

    def teardown(self) -> None:
        self.wire.__exit__()
        self.phonebook.__exit__()

    @initialize(names=st.lists(NAMES, max_size=3))
    def begin(self, names: list[str]) -> None:
        for name in names:
            self.groups[self.phonebook.add(name)] = name

    @rule(name=st.sampled_from(QUICK), method=st.sampled_from(["GET", *WRITES]), carried=st.booleans())
    def a_fault_comes(self, name: str, method: str, carried: bool) -> None:
        if method == "DELETE" and name in AFTER_STATUS:
            return  # 204 has no body in which anything could go wrong
        fault = FAULTS[name]
        self.wire.fault, self.wire.methods = fault.reply, frozenset({method})
        self.wire.carry_out = carried if len(fault.carried) == 2 else fault.carried[0]

    @rule()
    def the_fault_goes(self) -> None:
        self.wire.fault = None

    @rule(name=NAMES)
    def somebody_else_creates(self, name: str) -> None:
        self.groups[self.phonebook.add(name)] = name

    @precondition(lambda self: self.groups)
    @rule(data=st.data(), name=NAMES)
    def somebody_else_renames(self, data: st.DataObject, name: str) -> None:
        group = self.some_group(data)
        self.phonebook.rename(group, name)
        self.groups[group] = name

    @precondition(lambda self: self.groups)
    @rule(data=st.data())
    def somebody_else_deletes(self, data: st.DataObject) -> None:
        group = self.some_group(data)
        self.phonebook.delete(group)
        del self.groups[group]

    @rule(name=NAMES, anyway=st.booleans())
    def create(self, name: str, anyway: bool) -> None:
        page = self.change(self.user.get("/groups/new"), "Create group", "POST", anyway, name=name)
        new = {UUID(each) for each in self.phonebook.ids()} - self.groups.keys()
        assert len(new) == self.changed
        self.groups |= dict.fromkeys(new, " ".join(name.split()))
        assert_true(page, happened=bool(self.changed))

    @precondition(lambda self: self.groups)
    @rule(data=st.data(), name=NAMES, anyway=st.booleans(), meanwhile=st.none() | NAMES)
    def rename(self, data: st.DataObject, name: str, anyway: bool, meanwhile: str | None) -> None:
        group = self.some_group(data)
        form = self.user.get(f"/groups/{group}/rename")
        if form.status != 200:
            return
        if meanwhile:
            self.phonebook.rename(group, meanwhile)
            self.groups[group] = meanwhile
        page = self.change(form, "Rename group", "PUT", anyway, name=name)
        if self.changed:
            self.groups[group] = " ".join(name.split())
        called = self.groups[group] == " ".join(name.split())
        assert_true(page, happened=bool(self.changed) or (called and "not changed" not in page.text))

    @precondition(lambda self: self.groups)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        group = self.some_group(data)
        form = self.user.get(f"/groups/{group}/delete")
        if form.status != 200:
            return
        page = self.change(form, "Delete group", "DELETE", anyway=False)
        if self.changed:
            del self.groups[group]
        assert_true(page, happened=bool(self.changed))

    @rule()
    def list(self) -> None:
        page = self.user.get("/groups")
        if page.status == 200:
            assert sorted(row[0] for row in page.rows) == sorted(
                " ".join(name.split()) for name in self.groups.values()
            )
        assert page.status < 500 or self.faulty("GET")

    def change(self, form: Page, button: str, method: str, anyway: bool, **typed: str) -> Page:
        """Send a form, and count in `changed` how often that changed the phonebook."""
        self.wire.requests.clear()
        page = form.submit(button, **typed)
        again = button.split()[0] + " anyway"
        if anyway and again in page.buttons():
            page = page.submit(again)
        sent = [request for request in self.wire.requests if request.startswith(method)]
        assert len(sent) <= 1, "never twice"
        self.changed = len(sent) if self.wire.carry_out or not self.faulty(method) else 0
        return page

    def faulty(self, method: str) -> bool:
        return self.wire.fault is not None and method in self.wire.methods

    def some_group(self, data: st.DataObject) -> UUID:
        return [*self.groups][data.draw(st.integers(0, 99)) % len(self.groups)]

    @invariant()
    def the_phonebook_holds_what_the_model_says(self) -> None:
        STEPS["taken"] += 1
        assert sorted(self.phonebook.ids()) == sorted(map(str, self.groups))
        assert dict.fromkeys(self.groups.values(), 0) == self.phonebook.groups()


@pytest.mark.long
def test_any_sequence() -> None:
    patient = settings(
        max_examples=25,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # a failure is reported at once; making it smaller takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=patient)
    print(f"{STEPS['taken']} steps")
    assert STEPS["taken"] >= 1000
