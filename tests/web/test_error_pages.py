"""Requests that can't be served get an error page, and cost no call to the API."""

from dataclasses import replace

import pytest

from tests.page_client import PageClient
from tests.phonebook.fake_api import FakeApi, answer
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

ID = "5792a02a-e5c2-422b-a0a0-0ae65d814663"
BAD_IDS = ["x", "..", ".", "%2e%2e", "%2e", "..%2f..", "%00", "%ff", "a" * 10_240, "5792a02a", "{id}", "' OR 1=1 --"]


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("action", ["", "/rename", "/delete"])
def test_an_invalid_id_is_not_found(user: PageClient, phonebook: PhonebookState, bad: str, action: str) -> None:
    page = user.get(f"/groups/{bad}{action}")
    assert (page.status, page.h1) == (404, "Page not found")
    assert page.soup.title is not None
    assert page.soup.title.get_text() == "Page not found – Acme"
    assert phonebook.calls == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/groups", "/groups/5792a02a-e5c2-422b-a0a0-0ae65d814663", "/help", "/health/live"])
def test_a_wrong_method_is_reported(user: PageClient, phonebook: PhonebookState, method: str, path: str) -> None:
    page = user.checked(user.client.open(path, method=method))
    assert (page.status, page.h1) == (405, "This page can't be used that way")
    assert "GET" in page.response.headers["Allow"]
    assert phonebook.calls == []


@pytest.mark.parametrize("path", ["/groups/new", f"/groups/{ID}/rename", f"/groups/{ID}/delete"])
@pytest.mark.parametrize("body", [b"name=" + b"a" * 1_000_000, b"&".join(b"f=1" for _ in range(300_000))])
def test_a_form_of_a_megabyte_is_too_long(user: PageClient, phonebook: PhonebookState, path: str, body: bytes) -> None:
    page = user.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert (page.status, page.h1) == (413, "This is too much at once")
    assert phonebook.calls == []


FILE = b'--x\r\nContent-Disposition: form-data; name="csrf_token"; filename="f"\r\n\r\nv\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name=\xff\xfe%zz", "application/x-www-form-urlencoded"),
        (b'{"name": "x"}', "application/json"),
        (b'{"name": 1, "csrf_token": []}', "application/json"),
        (FILE, "multipart/form-data; boundary=x"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"", ""),
    ],
)
def test_an_invalid_form_gets_the_form(user: PageClient, phonebook: PhonebookState, body: bytes, kind: str) -> None:
    page = user.post("/groups/new", data=body, content_type=kind)
    assert 400 <= page.status < 500
    assert phonebook.calls == []


def test_an_internal_error_is_a_page_with_a_number(
    user: PageClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("webapp.groups.views.paginate", lambda *_: 1 // 0)
    page = user.get("/groups")
    assert (page.status, page.h1) == (500, "Something went wrong here")
    assert page.response.headers["X-Request-ID"] in page.text
    assert "ZeroDivisionError" not in page.text
    assert any(record.exc_info for record in caplog.records)


FAILED_READS = [
    ("401 Unauthorized", 502, "The dashboard's access to Messente was refused"),
    ("403 Forbidden", 502, "The dashboard's access to Messente was refused"),
    ("404 Not Found", 404, "This group no longer exists"),
    ("418 I'm a teapot", 502, "Messente refused this"),
    ("429 Too Many Requests", 503, "Messente asks us to slow down"),
    ("500 Internal Server Error", 502, "We could not get your groups from Messente"),
    ("302 Found", 502, "We could not get your groups from Messente"),
    ("200 OK", 502, "We could not get your groups from Messente"),
]


@pytest.mark.parametrize(("answered", "status", "heading"), FAILED_READS)
@pytest.mark.parametrize("path", ["", f"/{ID}", f"/{ID}/rename", f"/{ID}/delete"])
def test_a_failed_read_is_an_error_and_never_an_empty_list(
    settings: Settings, answered: str, status: int, heading: str, path: str
) -> None:
    if answered.startswith("404") and not path:
        status, heading = 502, "Messente refused this"  # an address of the API that is wrong, not a group
    body = b'{"errors": [{"code": "203", "title": "Missing resource", "detail": "None"}]}'
    with FakeApi(answer(answered, body, "Retry-After: 7")) as api:
        page = PageClient(create_app(replace(settings, api_url=api.url)).test_client()).get(f"/groups{path}")
    assert (page.status, page.h1) == (status, heading)
    assert "No groups" not in page.text
    if status == 503:
        assert "again in 7 seconds." in page.text
        assert page.response.headers["Retry-After"] == "7"
    if status != 404:
        assert page.link("Try again") == f"/groups{path}"
        assert "Your groups were not changed." in page.text
