"""Addresses, names and headers made to redirect users, to forge log lines, or to impersonate somebody."""

import itertools
import logging
import re
from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask

from tests.accounts.conftest import EDITOR, sign_in
from tests.page_client import PageClient
from webapp import create_app
from webapp.accounts.guard import safe_next
from webapp.settings import Settings
from webapp.web.log_format import LineFormatter

ELSEWHERE = "evil.example"
STARTS = [
    "//",
    "///",
    "/\\",
    "\\\\",
    "/\t/",
    "/\n/",
    "/\r\n/",
    "\t//",
    " //",
    "/ /",
    "/%09/",
    "/%5c",
    "/%2f",
    "/.//",
    "/..//",
]
SCHEMES = [
    "http:",
    "https:",
    "HTTP:",
    "javascript:",
    "data:text/html,",
    "ftp:",
    "file:",
    "vbscript:",
    "blob:",
    "ws:",
    "\x01https:",
]
SLASHES = ["", "/", "//", "\\\\", "/\t/"]
ENDS = ["?next=//evil.example", "#//evil.example", "@evil.example", ":80", ".evil.example", "\0", "\n", "\r\nX: y"]
ODD = [
    "\u2215/evil.example",
    "\uff0f/evil.example",
    "\u3002/x",
    "\u202e",
    "é",
    "<script>",
    '"onload=',
    "'",
    "`",
    "|",
    "^",
]
NEXT = [
    *(start + ELSEWHERE for start in STARTS),
    *(f"{scheme}{slashes}{ELSEWHERE}" for scheme, slashes in itertools.product(SCHEMES, SLASHES)),
    *(f"/groups{end}" for end in ENDS),
    *(f"/{odd}" for odd in ODD),
    *(
        "//user@evil.example",
        "///evil.example/%2e%2e",
        "/\t/evil.example",
        "/%0d%0aLocation:x",
        "evil.example",
        "",
        " ",
    ),
]
HOSTS = [
    ELSEWHERE,
    f"{ELSEWHERE}:80",
    "a.example@evil.example",
    "a.example.evil.example",
    "a.example#x",
    "a.example/x",
    "[::1",
    "a b",
]
FORWARDED = {
    "X-Forwarded-Host": ELSEWHERE,
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Server": ELSEWHERE,
    "X-Original-URL": "/groups",
    "X-Rewrite-URL": "/groups",
    "Forwarded": f"for=10.0.0.1;host={ELSEWHERE};proto=https",
    "X-HTTP-Method-Override": "GET",
    "X-Forwarded-User": "Mari",
    "Remote-User": "Mari",
    "Authorization": "Basic TWFyaTpwbHVtLWNhbmRsZS1vcmJpdA==",
}


def test_there_are_enough_of_them() -> None:
    assert len(set(NEXT)) + len(HOSTS) + len(FORWARDED) >= 110


@pytest.mark.parametrize("address", NEXT, ids=ascii)
def test_no_redirect_leads_to_another_site(app: Flask, address: str) -> None:
    with app.test_request_context():
        found = safe_next(address)
    assert re.fullmatch(r"/[A-Za-z0-9_/-]*", found)
    assert not found.startswith("//")
    user = PageClient(app.test_client())
    page = user.get(f"/sign-in?next={quote(address.encode('utf-8', 'surrogatepass'))}")
    _, data = page.fields("Sign in", username="Mari", password=EDITOR)
    for sent in (data, data | {"next": address}):
        answer = app.test_client()
        answer.set_cookie("session", cookie(user))
        location = answer.post("/sign-in", data=sent).headers["Location"]
        assert urlsplit(location).netloc == ""
        assert re.fullmatch(r"/[A-Za-z0-9_-][A-Za-z0-9_/-]*|/", location)


@pytest.mark.parametrize(
    "query",
    [
        *(f"q={end}" for end in ENDS if end[0] != "."),
        *(f"q={odd}" for odd in ODD),
        *(
            "//evil.example",
            "q=a?b",
            "q=%",
            "q=%4",
            "q=%zz",
            "q=a b",
            "q=\\",
            "q=/",
            "q=:",
            "q=@",
            "#",
            "q=a\n",
            "\r\nX: y",
        ),
    ],
    ids=ascii,
)
def test_the_query_to_return_to_is_encoded_or_omitted(app: Flask, query: str) -> None:
    with app.test_request_context():
        assert safe_next(f"/contacts?{query}") == "/groups"
        assert safe_next(f"/contacts?q={quote(query, safe='')}") == f"/contacts?q={quote(query, safe='')}"
        for start in STARTS:
            assert safe_next(f"{start}{ELSEWHERE}?q=a") == "/groups"


def cookie(user: PageClient) -> str:
    found = user.client.get_cookie("session")
    assert found is not None
    return found.value


@pytest.mark.parametrize("host", HOSTS)
def test_no_other_host_is_served(settings: Settings, host: str) -> None:
    app = create_app(replace(settings, trusted_hosts=("a.example",)))
    answer = app.test_client().get("/sign-in", headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    app.extensions["store"].close()


@pytest.mark.parametrize("name", FORWARDED)
def test_no_header_is_trusted_unless_configured(app: Flask, name: str) -> None:
    answer = app.test_client().get("/groups", headers={name: FORWARDED[name]})
    assert answer.headers["Location"] == "/sign-in?next=/groups"
    assert ELSEWHERE not in app.test_client().get("/sign-in", headers={name: FORWARDED[name]}).get_data(as_text=True)


def test_a_forged_client_address_is_not_counted(app: Flask) -> None:
    for number in range(6):
        user = PageClient(app.test_client())
        user.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"10.0.0.{number}"
        status = sign_in(user, f"name {number}", "wrong").status
    assert status == 429


def test_behind_a_proxy_the_last_address_counts(settings: Settings) -> None:
    app = create_app(replace(settings, proxy_hops=1))
    for number in range(6):
        user = PageClient(app.test_client())
        user.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"10.0.0.{number}, 192.0.2.1"
        status = sign_in(user, f"name {number}", "wrong").status
    assert status == 429
    app.extensions["store"].close()


FORGERIES = [
    "x\r\ntime=2026 event=sign-in account=Mari",
    "x\nlevel=INFO",
    "\x1b[2Jx",
    "x\u2028y",
    "x\x85y",
    'x" y="z',
    "x\0y",
]


@pytest.mark.parametrize("forgery", FORGERIES, ids=ascii)
def test_no_log_line_can_be_forged(app: Flask, forgery: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = app.test_client()
    sign_in(PageClient(client), forgery, forgery)
    client.get("/" + quote(forgery))
    client.get(f"/sign-in?next={quote(forgery)}", headers={"User-Agent": quote(forgery)})
    client.post("/groups/new", data={forgery: forgery})
    lines = [LineFormatter().format(record) for record in caplog.records if record.name.startswith("webapp")]
    assert len(lines) >= 5
    assert all(re.fullmatch(r"time=\S+ level=[A-Z]+ event=(?:[ -~])+", line) for line in lines), lines
    assert not [line for line in lines if "account=Mari" in line]


def test_security_events_are_reported(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    user = PageClient(app.test_client())
    for _ in range(5):
        sign_in(user, password="wrong")
    sign_in(user)
    other = PageClient(app.test_client())
    other.client.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    sign_in(other, "jaan@example.com", "thin-ferry-lantern")
    other.get("/groups/new")
    other.post("/sign-out")
    other.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    other.get("/groups").submit("Sign out")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("webapp")]
    found = [each for each in ours if each not in {"request", "phonebook call"}]
    assert found == [
        *["sign-in refused"] * 5,
        "sign-in throttled",
        "sign-in",
        "forbidden",
        "form refused",
        "stranger refused",
        "signed out",
    ]
