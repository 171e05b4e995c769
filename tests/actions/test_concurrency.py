"""Many forms, each sent five times in parallel to several workers and machines, create one group each."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest
import requests
from bs4 import BeautifulSoup
from requests.cookies import RequestsCookieJar

from tests.actions.store_fixtures import all_changes
from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, Deployment
from webapp.store import Store

FORMS = int(os.environ.get("FORMS", "100"))
"""How many forms are sent; more for a proof by hand."""
SENDINGS = 5
AT_ONCE = 10
"""Forms that are in flight at a time, each in five copies."""


@pytest.fixture
def start(phonebook: PhonebookState, any_store: str, store: Store) -> Iterator[Callable[[], Deployment]]:
    """Starts dashboards of two workers each, all on one store and one phonebook."""
    store.upgrade()
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            Deployment(
                MESSENTE_API_URL=phonebook.url,
                MESSENTE_API_USERNAME="sandbox",
                MESSENTE_API_PASSWORD=PASSWORD,
                SECRET_KEY=SECRET_KEY,
                DATABASE_URL=any_store,
                WEB_CONCURRENCY="2",
            )
        )


def open_form(url: str, name: str) -> tuple[dict[str, str], RequestsCookieJar]:
    """Open the form for a new group; return its fields and the user's cookies."""
    with requests.Session() as session:
        page = BeautifulSoup(session.get(f"{url}/groups/new", timeout=PATIENCE).text, "html.parser")
        token = str(page.select("[name=csrf_token]")[0]["value"])
        return {"name": name, "csrf_token": token}, session.cookies


def run(machines: list[Deployment], phonebook: PhonebookState, store: Store, forms: int = FORMS) -> None:
    """Send each form five times in parallel, and count the results."""
    barriers = [Barrier(SENDINGS) for _ in range(forms)]
    opened = [open_form(machines[0].url, f"Group {number}") for number in range(forms)]

    def send(number: int) -> tuple[int, str, str]:
        form, sending = divmod(number, SENDINGS)
        data, cookies = opened[form]
        with requests.Session() as session:
            session.cookies.update(cookies)
            url = f"{machines[sending % len(machines)].url}/groups/new"
            barriers[form].wait(60)
            answer = session.post(url, data=data, timeout=60)
            page = BeautifulSoup(answer.text, "html.parser")
            notice = page.select_one("[role=status]")
            text = " ".join(notice.get_text().split()) if notice else ""
            return answer.status_code, answer.url.rpartition("/")[2], text

    with ThreadPoolExecutor(AT_ONCE * SENDINGS) as pool:
        answers = list(pool.map(send, range(forms * SENDINGS)))
    good = [
        answer
        for number, answer in enumerate(answers)
        if answer == (200, answers[number - number % SENDINGS][1], f"“Group {number // SENDINGS}” was created.")
    ]
    print(f"{forms} forms, {len(answers)} sendings: {len(phonebook.ids())} groups, {len(good)} good answers")
    assert len(good) == forms * SENDINGS, [answer for answer in answers if answer not in good][:5]
    assert phonebook.groups() == {f"Group {number}": 0 for number in range(forms)}
    assert len(phonebook.ids()) == forms
    assert sorted(entry["outcome"] for entry in all_changes(store)) == ["done"] * forms


Start = Callable[[], Deployment]


@pytest.mark.long
@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_a_hundred_forms(start: Start, phonebook: PhonebookState, store: Store) -> None:
    run([start()], phonebook, store)


@pytest.mark.long
@pytest.mark.parametrize("any_store", ["postgresql"], indirect=True)
def test_a_hundred_forms_on_two_machines(start: Start, phonebook: PhonebookState, store: Store) -> None:
    run([start(), start()], phonebook, store)
