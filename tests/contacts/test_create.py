"""Creating a contact."""

import pytest

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import MARI, said, writes
from tests.page_client import Page, PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp.contacts.emails import SPACES
from webapp.store import Store

NEW = "+37255551234"
TYPED = {"number": "+372 5555 1234", "first_name": " Mari ", "last_name": "O\u0303un", "company": "Näidis  OÜ"}


def create(user: PageClient, **typed: str) -> Page:
    return user.get("/contacts/new").submit("Create contact", **typed)


def test_a_contact_is_created(user: PageClient, phonebook: PhonebookState) -> None:
    page = create(user, **TYPED, email="mari@example.com", custom4="x")
    assert (page.path, page.h1) == (f"/contacts/{NEW}", "Mari Õun")
    assert page.notice == "The contact was created. This contact is in no group yet: choose their groups."
    assert said(phonebook, NEW) == {
        "firstName": "Mari", "lastName": "Õun", "company": "Näidis OÜ", "email": "mari@example.com", "custom4": "x",
    }  # fmt: skip
    assert phonebook.calls[:2] == [f"GET /v1/phonebook/contacts/{NEW}", "POST /v1/phonebook/contacts"]


def test_fields_say_what_is_typed_in_them(user: PageClient) -> None:
    """The types choose a phone's keyboard. These are other people's details, which a browser can't fill in."""
    inputs = user.get("/contacts/new").soup.select("main input:not([type=hidden])")
    assert {str(each["name"]): (each["type"], each.get("autocapitalize")) for each in inputs} == {
        "number": ("tel", None),
        **dict.fromkeys(("first_name", "last_name", "company"), ("text", "words")),
        "title": ("text", None),
        "email": ("email", None),
        **dict.fromkeys(("custom", "custom2", "custom3", "custom4"), ("text", None)),
    }
    assert {(each["autocomplete"], each["spellcheck"]) for each in inputs} == {("off", "false")}


def test_the_number_is_enough(user: PageClient, phonebook: PhonebookState) -> None:
    assert create(user, number=NEW, title="\u2060 ").h1 == shown(NEW)
    assert said(phonebook, NEW) == {}


WRONG = {
    ("number", ""): "Enter a phone number",
    ("number", "3.72555E+11"): "A spreadsheet has shortened this number: format its column as text and copy it again",
    ("number", "5555 1234"): "Write the number with + and the country code",
    ("first_name", "Ma\u202eri"): "First name contained hidden characters, which were removed. Check it",
    ("custom3", "a" * 251): "Custom field 3 must be 250 characters or fewer",
    ("email", "mari@example"): "Enter an e-mail address in full, like name@example.com",
    (
        "email",
        "two words@example.com",
    ): SPACES,
}


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_invalid_details_cost_no_call(user: PageClient, phonebook: PhonebookState, name: str, text: str) -> None:
    page = create(user, **TYPED | {name: text})
    assert (page.status, page.field_error) == (422, WRONG[name, text])
    assert page.value("company") == "Näidis OÜ", "what was typed is kept"
    assert "\u202e" not in page.value("first_name")
    assert phonebook.calls == []


def test_a_number_that_no_country_has(user: PageClient, phonebook: PhonebookState) -> None:
    page = create(user, number="+37255")
    assert (page.status, phonebook.numbers()) == (422, [])


def test_a_number_that_exists_already(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact(NEW, firstName="<b>Liis")
    page = create(user, **TYPED)
    assert (page.status, page.field_error) == (409, "There is already a contact with this number: “<b>Liis”")
    assert (page.value("number"), page.value("last_name")) == ("+372 5555 1234", "Õun")
    assert writes(phonebook) == []
    assert page.follow("Open the existing contact").h1 == "<b>Liis"
    assert page.submit("Create contact", number=MARI).h1 == "Mari Õun"


def test_somebody_else_creates_it_meanwhile(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts/new")

    def meanwhile() -> None:
        if phonebook.calls[-1].startswith("POST"):
            phonebook.meanwhile = None
            phonebook.add_contact(NEW, firstName="Liis")

    phonebook.meanwhile = meanwhile
    page = page.submit("Create contact", **TYPED)
    assert (page.status, page.value("first_name")) == (409, "Mari")
    assert said(phonebook, NEW) == {"firstName": "Liis"}


@pytest.mark.parametrize(
    ("detail", "field"), [("email is odd", "email"), ("lastName is odd", "last_name"), ("odd", "number")]
)
def test_a_refusal_by_messente_is_shown_at_its_field(
    user: PageClient, phonebook: PhonebookState, detail: str, field: str
) -> None:
    body = f'{{"errors": [{{"code": "201", "title": "Invalid data", "detail": "{detail}"}}]}}'
    phonebook.instead["POST"] = ("400 Bad Request", body.encode())
    page = create(user, **TYPED)
    assert (page.status, page.field_error) == (422, detail)
    assert page.soup.select("[aria-invalid]")[0]["name"] == field
    assert page.value("first_name") == "Mari"


FAILURES = [
    ("401 Unauthorized", 502, "The dashboard's access to Messente was refused. Your contacts were not changed."),
    ("429 Too Many Requests", 503, "Your contacts were not changed. Try again in 7 seconds."),
    ("500 Internal Server Error", 502, "We could not confirm that the contact was created."),
]


@pytest.mark.parametrize(("answered", "status", "message"), FAILURES)
def test_failures(user: PageClient, phonebook: PhonebookState, answered: str, status: int, message: str) -> None:
    phonebook.instead["POST"] = (answered, b"")
    page = create(user, **TYPED)
    assert (page.status, page.value("company")) == (status, "Näidis OÜ")
    assert message in page.text
    assert ("not in the phonebook yet. It may still appear" in page.text) == answered.startswith("500")
    assert writes(phonebook) == ["POST contacts"]
    again = page.submit("Create contact")
    sent = 1 if answered.startswith("429") else 2  # Messente is not asked again so soon
    assert (again.status, len(writes(phonebook))) == (status, sent), "it is another form now"


def test_an_unclear_answer_to_a_change_that_happened(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    phonebook.instead_after["POST"] = ("500 Internal Server Error", b"")
    page = create(user, **TYPED)
    assert page.status == 502
    assert f"The phonebook now shows {shown(NEW)}, which was not there before." in page.text
    assert page.follow(shown(NEW)).h1 == "Mari Õun"
    assert [(row["kind"], row["outcome"]) for row in all_changes(store)] == [("create contact", "confirmed")]


def test_a_form_that_is_sent_again_ends_on_the_same_page(
    user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    _, data = user.get("/contacts/new").fields("Create contact", **TYPED)
    pages = [user.post("/contacts/new", data=data) for _ in range(3)]
    assert [(page.path, page.notice[:24]) for page in pages] == [(f"/contacts/{NEW}", "The contact was created.")] * 3
    assert writes(phonebook) == ["POST contacts"]
    [entry] = all_changes(store)
    assert (entry["kind"], entry["number"], entry["outcome"]) == ("create contact", NEW, "done")
    assert "Mari" not in str(entry), "the record holds no more of it than its number"
    page = user.post("/contacts/new", data=data | {"first_name": "Liis"})
    assert (page.status, page.value("first_name")) == (409, "Liis")
    assert said(phonebook, NEW)["firstName"] == "Mari"


def test_an_invalid_token_creates_nothing(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.post("/contacts/new", data=TYPED | {"csrf_token": "x"})
    assert (page.status, page.value("first_name"), phonebook.calls) == (400, "Mari", [])
    assert page.submit("Create contact").h1 == "Mari Õun"


def test_log_lines_hold_nothing_of_a_contact(
    user: PageClient, phonebook: PhonebookState, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        create(user, **TYPED)
        user.get("/contacts?q=Mari")
        user.get(f"/contacts/{NEW}/delete").submit("Delete contact")
    lines = "\n".join(str(vars(record)) for record in caplog.records if not record.name.startswith("urllib3"))
    assert "request" in lines
    assert not [each for each in ("55551234", "Mari", "Õun", "Näidis") if each in lines]


def test_the_button_is_on_the_list(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact(MARI)
    page = user.get("/contacts").follow("Create contact")
    assert page.h1 == "Create contact"
    assert [words(tag) for tag in page.soup.select(".actions a")] == ["Cancel"]
