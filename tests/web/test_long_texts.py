"""Long and unusual texts: no function needs quadratic time, and none hides its neighbours."""

import json
import resource
import subprocess
import sys

import pytest

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import ROOT
from webapp.text import MAX_MARKS, MAX_SHOWN_CHARS, shorten

MARKS = "\u0301\u0327" * 115_000
"""Combining marks in the wrong order."""

TEXTS = {
    "marks": MARKS,
    "a letter and marks": f"e{MARKS}",
    "marks that are no accents": "\u05b0\u3099\ufe0f" * 80_000,
    "jamo": "\u1100\u1161" * 125_000,
    "one character that stands for 18": "\ufdfa" * 125_000,
    "white space": f"{'x ' * 9}{' ' * 250_000}",
    "what can't be seen": "\u200b" * 250_000,
    "digits": "9" * 250_000,
    "digits and spaces": "1 " * 125_000,
    "digits and dashes": f"{'1' * 125_000}{'-' * 125_000}",
    "lines": "1\n" * 125_000,
    "quotes": '"' * 250_000,
    "separators": ";\u200b" * 125_000,
    "an address": f"a@{'a.' * 125_000}",
    "a coded domain": f"a@{'a' * 125_000}.xn--{'a9' * 60_000}",
    "at signs": "@" * 250_000,
    "slashes": "+/" * 125_000,
    "backslashes": "\\" * 250_000,
}

# Called in a process of its own with a limit on its CPU seconds. All take a few; one that sorts marks takes 80.
CALLS = """
import json, sys
from webapp.accounts import throttle
from webapp.contacts import emails, forms
from webapp.phone_numbers import pasted, reading
from webapp.phonebook import decoding, transport
from webapp.spreadsheets.escaping import escape_cell
from webapp import text as texts
from webapp.web import downloads, log_format, paging

def read(how):
    try:
        how(text, "GB")
    except (reading.UnreadableNumber, pasted.TooManyLines):
        pass

for name, text in json.load(sys.stdin).items():
    print(name)
    texts.fold(text), texts.normalize_spaces(text), texts.remove_hidden_characters(text)
    texts.is_blank(text), texts.shorten(text), texts.is_same_text(text, text[::-1])
    texts.is_duplicate_name(text, text[::-1]), forms.tidy(text), emails.as_typed(text)
    texts.sort_key(text), throttle._hash(text), paging.read_page_number({"page": text})
    escape_cell(text), downloads._disposition(downloads._file_name(text))
    read(reading.read_number), read(pasted.read_lines)
    transport.NUMBERS_IN_PATHS.sub("*", text), log_format._quote_value(text)
    rows = {"contacts": [{"phoneNumber": text, "company": text + chr(0xD800)}]}
    decoding.decode_contacts(json.dumps(rows).encode())
print("end")
"""
MAX_CPU_SECONDS = 40


@pytest.mark.long
def test_no_function_takes_the_square_of_a_texts_length() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", CALLS],
        input=json.dumps(TEXTS),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=limit,
        check=False,
    )
    assert done.stdout.split("\n")[-2:] == ["end", ""]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("e" + "\u0301" * 31 + "x", "e" + "\u0301" * MAX_MARKS + "x"),
        ("e" + "\u0301" * 30, "e" + "\u0301" * 30),
        ("x" * (MAX_SHOWN_CHARS + 1), "x" * MAX_SHOWN_CHARS + "…"),
        ("x" * MAX_SHOWN_CHARS, "x" * MAX_SHOWN_CHARS),
    ],
)
def test_shown_texts_are_shortened(text: str, shown: str) -> None:
    assert shorten(text) == shown


ODD = {
    "marks": json.dumps(MARKS),
    "digits": json.dumps("9" * 1_200_000),
    "half a character": '"Half \\ud83d"',
    "the other half": '"\\ude00 half"',
    "control characters": '"a\x01b\tc"',
    "an unknown escape": '"a\\xb"',
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_group_with_an_unusual_name_is_shown_with_the_others(
    user: PageClient, phonebook: PhonebookState, odd: str
) -> None:
    row = '{"id":"5792a02a-45ba-4a34-a3f8-2ee4d2d0ab3c","contactsCount":1,"name":%s}'
    rows = [row % odd, (row % '"Staff"').replace("5792", "4792")]
    phonebook.instead_path["/v1/phonebook/groups"] = ("200 OK", f'{{"groups":[{",".join(rows)}]}}'.encode())
    page = user.get("/groups")
    assert (page.status, page.caption) == (200, "2 groups.")
    assert "Staff" in page.text
    assert len(page.text) < 10 * MAX_SHOWN_CHARS
    assert "\u0301\u0327" * (MAX_MARKS // 2 + 1) not in page.text


@pytest.mark.parametrize("field", ["firstName", "company", "custom", "email", "scheduledDeletionDate", "unknown"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_contact_with_an_invalid_field_is_shown_with_the_others(
    user: PageClient, phonebook: PhonebookState, odd: str, field: str
) -> None:
    rows = f'{{"phoneNumber":"+37255000001","{field}":{odd}}},{{"phoneNumber":"+37255000002"}}'
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", f'{{"contacts":[{rows}]}}'.encode())
    page = user.get("/contacts")
    assert (page.status, page.caption) == (200, "2 contacts.")
    assert "+372 5500 0002" in page.text


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "9" * 5000, "1e99999"])
def test_an_invalid_count_hides_only_its_own_row(user: PageClient, phonebook: PhonebookState, value: str) -> None:
    row = '{"id":"5792a02a-45ba-4a34-a3f8-2ee4d2d0ab3c","contactsCount":%s,"name":"NaN"}'
    rows = [row % value, (row % "1").replace("5792", "4792")]
    phonebook.instead_path["/v1/phonebook/groups"] = ("200 OK", f'{{"groups":[{",".join(rows)}]}}'.encode())
    page = user.get("/groups")
    assert page.status == 200
    assert page.caption.startswith("1 group")


@pytest.mark.parametrize(("path", "field"), [("/groups/new", "name"), ("/contacts/new", "company")])
def test_a_long_text_is_refused_at_its_field(user: PageClient, path: str, field: str) -> None:
    long = f"e{MARKS[:9000]}"
    page = user.get(path).submit(f"Create {path.split('/')[1].removesuffix('s')}", **{field: long})
    assert (page.status, page.value(field)) == (422, long)
    assert "must be 250 characters or fewer" in page.text


def test_a_group_with_a_very_long_name_can_be_renamed_and_deleted(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("9" * 1_200_000)
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Staff")
    assert (page.status, list(phonebook.groups())) == (200, ["Staff"])
    other = phonebook.add("8" * 1_200_000)
    assert user.get(f"/groups/{other}/delete").submit("Delete group").path == "/groups"
    assert list(phonebook.groups()) == ["Staff"]
