"""Pages as a user meets them: opened, checked, filled in and sent, over the test client."""

import base64
import re
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.phone_numbers.numbering_plans import grouped

PASSWORD = "canary-password"
SECRET_KEY = "canary-" + "k" * 32
SECRETS = (
    PASSWORD,
    SECRET_KEY,
    "canary-database",
    "canary-client-secret",
    "canary-access",
    "canary-description",
    base64.b64encode(f"sandbox:{PASSWORD}".encode()).decode(),
)
"""What may stand on no page and in no log line, in clear or as it goes over the wire."""


def problems(soup: BeautifulSoup) -> list[str]:
    """Find faults that no page may have."""
    found = []
    tags = soup.find_all(True)
    headings = [tag for tag in tags if tag.name == "h1"]
    title = words(soup.title) if soup.title else ""
    if len(headings) != 1:
        found.append(f"{len(headings)} h1")
    elif not words(headings[0]) or not _without_prefix(title, soup).startswith(words(headings[0])):
        found.append(f"title {title!r} does not start with the h1 {words(headings[0])!r}")
    if soup.title and soup.title.find(True):
        found.append("the title holds markup, which a browser shows as it stands")
    ids = Counter(str(tag["id"]) for tag in tags if "id" in tag.attrs)
    found += [f"id {name!r} is not unique" for name in sorted(ids) if ids[name] > 1]
    if len([tag for tag in tags if "autofocus" in tag.attrs and "notice" not in str_list(tag.get("class") or "")]) > 1:
        found.append("several elements ask for the focus")  # a notice may be on any page, and gets it first
    labelled = {str(tag.get("for")) for tag in tags if tag.name == "label"}
    for tag in tags:
        found += _tag_problems(tag, ids, labelled)
    for form in soup.find_all("form"):
        found += _form_problems(form)
    return found


def _without_prefix(title: str, soup: BeautifulSoup) -> str:
    """Return a page's title without "Error: " and without what the page's notice says."""
    notice, _, rest = title.partition(" – ")
    heading = words(soup.h1) if soup.h1 else ""
    is_notice = rest.startswith(heading) and not notice.startswith(heading) and soup.find(class_="notice")
    return rest if is_notice else title.removeprefix("Error: ")


def _tag_problems(tag: Tag, ids: Container[str], labelled: Container[str]) -> list[str]:
    """Find a tag's faults; `labelled` has the ids of fields with a label."""
    if not tag.attrs and tag.name not in {"script", "style", "a", "input", "textarea", "select"}:
        return []
    found = []
    if tag.name in {"script", "style"}:
        found.append(f"<{tag.name}>")
    for name in tag.attrs:
        if name == "style" or name.startswith("on"):
            found.append(f"{name} on <{tag.name}>")
        elif name in {"for", "aria-describedby", "aria-labelledby"}:
            found += [f"{name}={each!r} leads nowhere" for each in str_list(tag[name]) if each not in ids]
    if tag.get("aria-invalid") and not any(
        each.endswith("-error") for each in str_list(tag.get("aria-describedby") or "")
    ):
        found.append(f"{tag.get('name')!r} is wrong, and what is wrong with it does not describe it")
    if tag.name == "a":
        address = str(tag.get("href", ""))
        if not address or address.startswith("javascript:") or (address[0] == "#" and address[1:] not in ids):
            found.append(f"link {words(tag)!r} leads to {address!r}")
        if not words(tag):
            found.append(f"link to {address!r} has no words")
    is_field = tag.name in {"input", "textarea", "select"} and tag.get("type") != "hidden"
    if is_field and not tag.get("aria-label") and tag.get("id", "") not in labelled:
        found.append(f"field {tag.get('name')!r} has no label")
    return found


def _form_problems(form: Tag) -> list[str]:
    found = []
    if not form.get("action"):
        found.append("a form has no action")
    if form.get("method") not in {"get", "post"}:
        found.append("a form has no method")
    token = form.find("input", attrs={"name": "csrf_token"})
    if form.get("method") == "post" and not (token and token.get("value")):
        found.append("a form has no CSRF token")
    return found


def words(tag: Tag) -> str:
    """Return a tag's text, with white space as a user sees it."""
    return " ".join(tag.get_text().split())


def shown(number: str) -> str:
    """Return a phone number as pages show it: "+372 5699 1101"."""
    return grouped(number)


def number_in(text: str) -> str:
    """Return the number that a page shows in groups as the phonebook has it; other text as it is."""
    assert shown(text) == text, f"{text} is not in groups"
    number = re.sub("[ -]", "", text)
    return number if shown(number) == text else text


def str_list(value: Any) -> list[str]:
    """Return an attribute's value, which BeautifulSoup gives as a string or as a list, word by word."""
    return value.split() if isinstance(value, str) else list(value)


@dataclass
class Page:
    """A response, and the actions of a user on its page."""

    client: "PageClient"
    response: TestResponse
    soup: BeautifulSoup = field(init=False)

    def __post_init__(self) -> None:
        self.soup = BeautifulSoup(self.response.get_data(as_text=True), "html.parser")

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.request.path

    @property
    def h1(self) -> str:
        return words(self.soup.h1) if self.soup.h1 else ""

    @property
    def text(self) -> str:
        return words(self.soup.main) if self.soup.main else self.soup.get_text()

    @property
    def caption(self) -> str:
        return words(self.soup.caption) if self.soup.caption else ""

    @property
    def notice(self) -> str:
        tag = self.soup.select_one("[role=status]")
        return words(tag) if tag else ""

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows as text, without the boxes and the links to act on them."""
        cells = "th, td:not(.tick)"
        return [[words(cell) for cell in row.select(cells)][:-1] for row in self.soup.select("tbody tr")]

    @property
    def field_error(self) -> str:
        """The message at the field with an error. The summary at the top links to it and has the same text."""
        [field] = self.soup.select("[aria-invalid=true]")
        described = [self.soup.find(id=each) for each in str_list(field["aria-describedby"])]
        [link] = self.soup.select("[role=alert] li a")
        assert link["href"] == f"#{field['id']}"
        assert any(tag and words(tag).removeprefix("Error: ") == words(link) for tag in described)
        return words(link)

    def value(self, name: str) -> str:
        """The value of a field."""
        tag = self.soup.select_one(f"input[name={name}], textarea[name={name}], select[name={name}]")
        assert tag is not None, f"no field {name!r} on {self.h1!r}"
        if tag.name == "select":
            return _chosen(tag)
        return tag.get_text().removeprefix("\n") if tag.name == "textarea" else str(tag.get("value", ""))

    def link(self, label: str) -> str:
        """The address that a link leads to."""
        found = [tag for tag in self.soup.find_all("a") if (tag.get("aria-label") or words(tag)) == label]
        assert found, f"no link {label!r} on {self.h1!r}"
        return str(found[0]["href"])

    def follow(self, label: str) -> "Page":
        """Click a link."""
        return self.client.get(self.link(label))

    def buttons(self) -> list[str]:
        """The texts of the buttons."""
        return [words(tag) for tag in self.soup.find_all("button")]

    def fields(self, button: str, **typed: str | list[str]) -> tuple[Tag, dict[str, Any]]:
        """The form of a button, and the fields that a browser would send. Boxes are ticked by a list of values."""
        found = [tag for tag in self.soup.find_all("button") if words(tag) == button]
        assert found, f"no button {button!r} on {self.h1!r}, only {self.buttons()}"
        form = found[0].find_parent("form")
        assert form is not None
        names = {str(tag["name"]) for tag in form.select("input[name], textarea[name], select[name]")}
        data: dict[str, Any] = {}
        for tag in form.select("input[name]:not([type=checkbox], [type=radio], [type=file]), input[checked]"):
            name, value = str(tag["name"]), str(tag.get("value", ""))
            data[name] = [*_listed(data[name]), value] if name in data else value
        data |= {str(tag["name"]): tag.get_text().removeprefix("\n") for tag in form.select("textarea[name]")}
        for tag in form.select("select[name]"):
            name = str(tag["name"])
            data[name] = [*_listed(data[name]), _chosen(tag)] if name in data else _chosen(tag)
        data = {
            name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in data.items()
        }
        if found[0].get("name"):
            data[str(found[0]["name"])] = str(found[0].get("value", ""))
        assert set(typed) <= names, f"{set(typed) - names} can't be typed here"
        return form, data | typed

    def submit(self, button: str, **typed: str | list[str]) -> "Page":
        """Type into the form that a button belongs to, and press it."""
        form, data = self.fields(button, **typed)
        address = urljoin(self.path, str(form["action"]))
        if form["method"] == "get":
            return self.client.get(address, query_string=data)
        return self.client.post(address, data=data)


def _chosen(select: Tag) -> str:
    option = select.select_one("option[selected]") or select.select_one("option")
    return str(option["value"]) if option else ""


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


class PageClient:
    """A simple browser: it follows redirects, and fails on any page with a fault."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **kwargs: Any) -> Page:
        return self._open("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Page:
        return self._open("POST", path, **kwargs)

    def _open(self, method: str, path: str, **kwargs: Any) -> Page:
        page = self.checked(self.client.open(path, method=method, **kwargs))
        for _ in range(3):
            location = page.response.headers.get("Location")
            if location is None:
                return page
            parts = urlsplit(location)
            assert not parts.netloc, f"redirects to {location}"
            assert method == "GET" or page.status == 303, f"a POST redirects with {page.status}"
            method, page = "GET", self.checked(self.client.get(location))
        raise AssertionError("redirects in a circle")

    def checked(self, response: TestResponse) -> Page:
        page = Page(self, response)
        sent = f"{response.headers}\n{response.get_data(as_text=True)}"
        assert not [secret for secret in SECRETS if secret in sent]
        if response.mimetype == "text/html" and "Location" not in response.headers:
            assert not problems(page.soup), (response.request.path, problems(page.soup))
            assert response.headers["Cache-Control"] == "no-store"
        return page
