"""Every address and method, without an account, as a viewer and as an editor: no view is open by mistake."""

from uuid import UUID

import pytest
from flask import Flask

from tests.accounts.conftest import EDITOR, sign_in
from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.accounts import sessions
from webapp.store import Store
from webapp.web.view_access import public

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
OPEN = {
    "/static/<path:filename>",
    "/health/live",
    "/health/ready",
    "/sign-in",
    "/sign-in/work-account",
    "/sign-in/back",
}
FOR_EDITORS = {
    "/groups/new",
    "/groups/<uuid:group_id>/rename",
    "/groups/<uuid:group_id>/delete",
    "/groups/<uuid:group_id>/add",
    "/groups/<uuid:group_id>/add-numbers",
    "/contacts/new",
    "/contacts/<number:number>/edit",
    "/contacts/<number:number>/delete",
    "/bulk/put-in-group",
    "/bulk/move-to-group",
    "/bulk/remove-from-group",
    "/bulk/delete",
    "/bulk/add-to-blacklist",
}
NUMBER = "+37255550001"
OWN = {"/sign-out", "/account/sign-out-everywhere"}


def address(rule: str, group: UUID) -> str:
    samples = {
        "<uuid:group_id>": str(group),
        "<path:filename>": "style.css",
        "<number:number>": NUMBER,
        "<int:action_id>": "1",
        "<int:upload_id>": "1",
    }
    for part, sample in samples.items():
        rule = rule.replace(part, sample)
    assert "<" not in rule, f"there is no sample for {rule}"
    return rule


def breaches(app: Flask, group: UUID, phonebook: PhonebookState) -> list[str]:
    """Request every address by every method without an account, and return those that were not refused."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            answer = app.test_client().open(address(rule.rule, group), method=method, data={"name": "Strange"})
            refused = answer.status_code == 401 or answer.headers.get("Location", "").startswith("/sign-in")
            answer.close()
            if rule.rule not in OPEN and not refused:
                found.append(f"{method} {rule.rule}: {answer.status_code}")
    if phonebook.calls:
        found.append(f"it called Messente: {phonebook.calls}")
    return found


def test_a_stranger_sees_nothing(app: Flask, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    assert len(list(app.url_map.iter_rules())) >= 15
    assert breaches(app, group, phonebook) == []
    assert app.test_client().get("/sign-out").headers["Location"] == "/sign-in", "no page to go on to"
    for path in ("/no-such-page", "/groups/", "//groups", "/groups/%00"):
        assert app.test_client().get(path).status_code in {302, 308}
    assert phonebook.groups() == {"Staff": 0}


def test_an_unsupported_method_is_answered_only_after_signing_in(app: Flask, editor: PageClient) -> None:
    stranger = app.test_client()
    for rule in app.url_map.iter_rules():
        assert "OPTIONS" not in (rule.methods or ()), rule
    for path in ("/groups", "/sign-in", "/static/style.css", "/health/live"):
        assert stranger.options(path).headers.get("Allow") is None or path in OPEN
        assert editor.client.options(path).status_code == 405


@pytest.mark.long
def test_a_view_made_public_by_mistake_is_found(app: Flask, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    show = app.view_functions["groups.show"]
    app.view_functions["groups.show"] = public(lambda **arguments: show(**arguments))  # type: ignore[assignment]
    found = breaches(app, group, phonebook)
    assert any(each.startswith("GET /groups/<uuid:group_id>: 200") for each in found)


def test_a_new_page_is_closed(app: Flask, phonebook: PhonebookState) -> None:
    app.add_url_rule("/new-page", "new_page", lambda: "secret")
    assert app.test_client().get("/new-page").status_code == 302


def forms(app: Flask) -> list[tuple[str, str]]:
    """Every address with every method that might change something."""
    return [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method not in {"GET", "HEAD", "OPTIONS"} and rule.rule not in OPEN | OWN
    ]


def test_a_viewer_changes_nothing(viewer: PageClient, app: Flask, phonebook: PhonebookState, store: Store) -> None:
    group = phonebook.add("Staff")
    token = viewer.get("/account").value("csrf_token")
    phonebook.calls.clear()
    for rule, method in forms(app):
        answer = viewer.client.open(
            address(rule, group), method=method, data={"csrf_token": token, "name": "Viewed", "was": "Staff"}
        )
        assert answer.status_code == 403, (rule, method)
    for rule in FOR_EDITORS | {"/bulk"}:
        assert viewer.get(address(rule, group)).status == 403
    assert phonebook.calls == []
    assert phonebook.groups() == {"Staff": 0}


LEADS_TO_A_CHANGE = ("/new", "/rename", "/delete", "/add", "/add-numbers", "/edit", "/bulk")


def test_a_viewer_sees_everything_but_links_to_change_it(
    viewer: PageClient, editor: PageClient, phonebook: PhonebookState
) -> None:
    group = phonebook.add("Staff", contacts=1)
    phonebook.add_contact(NUMBER, firstName="Mari")
    editor.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    lists = ("/groups", f"/groups/{group}", "/contacts", "/contacts/leaving", f"/contacts/{NUMBER}")
    for path in (*lists, "/activity", "/help", "/account"):
        page = viewer.get(path)
        assert page.status == 200
        links = [str(tag["href"]) for tag in page.soup.find_all("a")]
        assert not [each for each in links if each.endswith(LEADS_TO_A_CHANGE)]
        assert page.soup.select("[type=checkbox]") == []
        assert set(page.buttons()) <= {"Sign out", "Search", "Show", "Sign out everywhere"}
    assert "but not change them" in viewer.get("/account").text
    heads = [words(tag) for tag in viewer.get("/groups").soup.select("thead th")]
    assert heads == ["Name", "Contacts (how many)", "Created"]


def test_a_viewer_of_an_empty_phonebook_is_offered_nothing(viewer: PageClient) -> None:
    for path, text in (("/groups", "No groups yet."), ("/contacts", "No contacts yet.")):
        page = viewer.get(path)
        assert text in page.text
        assert [str(tag["href"]) for tag in page.soup.select("main a")] == []


def test_an_editor_may_use_every_form(editor: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    """Each form is refused only because it has no token: the account may send it."""
    group = phonebook.add("Staff")
    for rule, method in forms(app):
        if method == "POST" and rule in FOR_EDITORS:
            answer = editor.client.post(address(rule, group), data={"name": "x"})
            assert answer.status_code == 400, rule


def test_an_editor_is_refused_nowhere(editor: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    phonebook.add_contact(NUMBER)
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            answer = editor.client.open(address(rule.rule, group), method=method)
            assert answer.status_code in {200, 302, 303, 308, 400, 404, 405}, (rule.rule, method)
            assert not answer.headers.get("Location", "").startswith("/sign-in"), (rule.rule, method)
            answer.close()
    assert (phonebook.groups(), phonebook.numbers()) == ({"Staff": 0}, [NUMBER]), "without a token nothing is changed"


TYPED = "Õhtune vahetus <b>"


def test_typed_text_survives_signing_in(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    page = sign_in(user, path="/sign-in?next=/groups/new")
    sign_out_elsewhere(user)
    page = page.submit("Create group", name=TYPED)
    assert (page.status, page.h1) == (401, "Sign in")
    assert "What you typed is saved. Sign in to continue." in page.text
    assert sign_in_wrong(page) == 422
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert (page.path, page.h1) == ("/groups/new", "Create group")
    assert page.value("name") == TYPED
    assert phonebook.groups() == {}, "it is shown, not sent"
    assert page.submit("Create group").h1 == TYPED
    assert user.get("/groups/new").value("name") == "", "it is shown once"


def test_a_rename_is_saved_with_the_earlier_name(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    sign_in(user)
    page = user.get(f"/groups/{group}/rename")
    sign_out_elsewhere(user)
    phonebook.rename(group, "Everyone")
    page = page.submit("Rename group", name="Crew").submit("Sign in", username="Mari", password=EDITOR)
    assert (page.path, page.value("name")) == (f"/groups/{group}/rename", "Crew")
    assert page.submit("Rename group").status == 409, "somebody has renamed it meanwhile"


def test_a_deletion_without_a_session_leads_to_its_question_again(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    sign_in(user)
    page = user.get(f"/groups/{group}/delete")
    sign_out_elsewhere(user)
    page = page.submit("Delete group").submit("Sign in", username="Mari", password=EDITOR)
    assert page.h1 == "Delete the group “Staff”?"
    assert phonebook.groups() == {"Staff": 0}


def sign_out_elsewhere(user: PageClient) -> None:
    """End the session as another tab of the same browser would, but leave the cookie."""
    with user.client.session_transaction() as session:
        session["token"] = "ended"


def sign_in_wrong(page: object) -> int:
    assert hasattr(page, "submit")
    return int(page.submit("Sign in", username="Mari", password="wrong").status)


@pytest.mark.parametrize(
    ("asked", "goal"),
    [
        ("/contacts?q=aino&page=2", "/contacts?q=aino&page=2"),
        (
            "/contacts?q=H%C3%A4m%C3%A4l%C3%A4inen+aino&sort=-name",
            "/contacts?q=H%C3%A4m%C3%A4l%C3%A4inen+aino&sort=-name",
        ),
        ("/contacts?q=%2B372+5699&q=x", "/contacts?q=%2B372+5699&q=x"),
        ("/groups?q=//evil.example/\\&x=%0d%0aX:+y", "/groups?q=%2F%2Fevil.example%2F%5C&x=%0D%0AX%3A+y"),
        ("/activity?q=", "/activity?q="),
        ("/groups?", "/groups"),
        (f"/groups?q={'x' * 2000}", "/groups"),
    ],
)
def test_signing_in_leads_to_the_address_with_its_query(
    app: Flask, phonebook: PhonebookState, asked: str, goal: str
) -> None:
    user = PageClient(app.test_client())
    page = user.get(asked)
    assert (page.h1, page.value("next")) == ("Sign in", goal)
    _, data = page.fields("Sign in", username="Mari", password=EDITOR)
    answer = user.client.post("/sign-in", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, goal)
    assert user.client.get(goal).status_code == 200


@pytest.mark.parametrize("ticked", [["+37255550055"], [f"+372555500{number:02}" for number in range(50, 60)]])
def test_ticks_survive_signing_in(app: Flask, phonebook: PhonebookState, store: Store, ticked: list[str]) -> None:
    """Few of them stay in the address, many are saved like a form."""
    staff = str(phonebook.add("Staff"))
    for number in range(60):
        phonebook.add_leaving(f"+372555500{number:02}", "2030-01-01", lastName="Tamm")
    user = PageClient(app.test_client())
    page = sign_in(user, path="/sign-in?next=/contacts/leaving%3Fq%3Dtamm%26page%3D2")
    assert len(page.rows) == 10
    sessions.end_sessions_named(None, store)
    page = page.submit("Put in group", number=ticked, group=staff)
    assert page.h1 == "Sign in"
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert page.h1.endswith("in “Staff”?")
    sessions.end_sessions_named(None, store)
    page = page.submit("Put in group")
    assert page.status == 401
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    back = page.follow("Back to the list")
    assert (len(back.rows), back.value("q")) == (10, "tamm")
    assert [tag["value"] for tag in back.soup.select("input[name=number][checked]")] == ticked
    page.submit("Put in group")
    assert phonebook.numbers(UUID(staff)) == ticked
