"""Forms of users who are not signed in are parsed only as far as they could be saved."""

import io
from typing import Any

import pytest
from flask import Flask

from tests.accounts.conftest import EDITOR, sign_in
from tests.accounts.test_guard import sign_out_elsewhere
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState

FORM = "application/x-www-form-urlencoded"
LONG = "/groups/00000000-0000-0000-0000-000000000001/delete"
"""It takes long forms of people who are signed in."""


class Counted(io.BytesIO):
    """A body that counts the most bytes that one read returned."""

    most = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self.most = max(self.most, len(part))
        return part


def fields(count: int) -> bytes:
    return b"&".join(b"%d=" % number for number in range(count))


PARTS = b"".join(b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n\r\n' % number for number in range(10_000))
TOO_MUCH = {
    "many bytes": (FORM, b"name=" + b"a" * 840_000),
    "many fields": (FORM, fields(10_000)),
    "both": (FORM, fields(110_000)),
    "many parts": ("multipart/form-data; boundary=x", PARTS + b"--x--\r\n"),
}


def send(client: Any, path: str, kind: str, body: io.BytesIO, *, chunks: bool) -> Any:
    """Send a form with its length, or as if in chunks."""
    length = {} if chunks else {"content_length": len(body.getvalue())}
    environ = {"wsgi.input_terminated": True} if chunks else {}
    return client.post(path, input_stream=body, content_type=kind, environ_overrides=environ, **length)


@pytest.mark.parametrize("chunks", [False, True], ids=["a length", "chunks"])
@pytest.mark.parametrize("path", [LONG, "/sign-in"])
@pytest.mark.parametrize("sent", TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_a_long_form_of_a_stranger_is_not_parsed(app: Flask, sent: tuple[str, bytes], path: str, chunks: bool) -> None:
    kind, content = sent
    body = Counted(content)
    answer = send(app.test_client(), path, kind, body, chunks=chunks)
    assert answer.status_code == (413 if path == "/sign-in" else 401)
    assert body.most <= 64 * 1024 + 1
    assert len(answer.data) < 10_000, "nothing of it comes back"
    if path == LONG:
        assert "too long to save" in Page(PageClient(app.test_client()), answer).text


def test_json_is_not_parsed(app: Flask) -> None:
    body = Counted(b"[" * 840_000)
    assert send(app.test_client(), LONG, "application/json", body, chunks=False).status_code == 401
    assert body.most <= 64 * 1024


def test_long_forms_are_accepted_from_signed_in_users(editor: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = editor.post(f"/groups/{group}/rename", data={"name": "a" * 800_000})
    assert page.status == 400, "it was read: it has no token"
    assert editor.post(f"/groups/{group}/rename", data={"name": "a" * 1_100_000}).status == 413
    many = send(editor.client, f"/groups/{group}/rename", FORM, io.BytesIO(fields(10_000)), chunks=False)
    assert many.status_code == 413


def test_a_form_with_the_most_boxes_survives_the_end_of_the_session(user: PageClient) -> None:
    sign_in(user)
    page = user.get("/groups/new")
    sign_out_elsewhere(user)
    _, typed = page.fields("Create group", name="Staff")
    page = user.post("/groups/new", data=typed | {"group": [f"{number:036}" for number in range(1_000)]})
    assert page.status == 401
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert page.value("name") == "Staff"


def test_an_address_with_hundreds_of_arguments_is_refused(app: Flask) -> None:
    assert app.test_client().get("/sign-in?" + "a&" * 150).status_code == 200
    assert app.test_client().get("/sign-in?" + "a&" * 4000).status_code == 400


def test_thousands_of_cookies_are_ignored(editor: PageClient) -> None:
    kept = editor.client.get_cookie("session")
    assert kept is not None
    cookie = f"session={kept.value}"
    stranger = editor.client.application.test_client(use_cookies=False)
    assert stranger.get("/groups", headers={"Cookie": f"a=1;{cookie}"}).status_code == 200
    assert stranger.get("/groups", headers={"Cookie": f"{cookie};" + "a;" * 4000}).status_code == 302
