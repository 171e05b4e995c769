"""Half a million contacts, with the sizes that the dashboard has."""

import json
import subprocess
import sys

import pytest

from tests.phonebook.fake_api import FakeApi, Handler

COUNT = 500_000
MAX_MIB = 250
ROW = (
    b'{"phoneNumber":"+3725%07d","firstName":"\xc3\x95nne","lastName":"Saar %d","company":"Acme O\xc3\x9c %d",'
    b'"title":null,"email":"onne.%d@example.com","custom":null,"custom2":null,"custom3":null,"custom4":null,"scheduledDeletionDate":%s}'
)

READER = r"""
import json, re, sys
from pathlib import Path
from uuid import UUID
from webapp.contacts.table import CONTACTS_TABLE
from webapp.phonebook import PhonebookClient, Transport
from webapp.phonebook.models import find_in_no_group
from webapp.web.lists import ListQuery, paginate

client = PhonebookClient(Transport(sys.argv[1], "user", "password", deadline=300))
group, wanted = UUID(int=1), {"+37250000007", "+37259999999"}
pages = [
    paginate(client.list_contacts(), CONTACTS_TABLE, query)
    for query in (ListQuery(page=10_000), ListQuery(sort="-company"), ListQuery(q="saar 499999"))
]
print(json.dumps({
    "totals": [page.total for page in pages],
    "matches": [page.matches for page in pages],
    "first": [page.rows[0].number for page in pages],
    "in_no_group": len(find_in_no_group(client.list_contacts()).rows),
    "numbers": sorted(client.list_numbers(group, wanted).found),
    "stream": sum(1 for _ in client.stream_contacts(group, lambda contact: contact.in_no_group)),
    # Not `getrusage`: its peak includes that of the process that started this one.
    "mib": int(re.search(r"VmHWM:\s+([0-9]+)", Path("/proc/self/status").read_text())[1]) // 1024,
}))
"""


def send_contacts(handler: Handler) -> None:
    """Send the contacts; those whose number is divisible by 20 are in no group."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"contacts":[')
    for start in range(0, COUNT, 1_000):
        rows = [
            ROW % (each, each, each % 1_000, each, b"null" if each % 20 else b'"2026-12-24"')
            for each in range(start, start + 1_000)
        ]
        handler.wfile.write((b"," if start else b"") + b",".join(rows))
    handler.wfile.write(b"]}")


@pytest.mark.long
def test_half_a_million_contacts_take_little_memory() -> None:
    with FakeApi(send_contacts) as api:
        run = subprocess.run(
            [sys.executable, "-c", READER, api.url], capture_output=True, text=True, timeout=300, check=True
        )
    found = json.loads(run.stdout)
    assert found.pop("mib") < MAX_MIB
    assert found == {
        "totals": [COUNT] * 3,
        "matches": [COUNT, COUNT, 1],
        "first": ["+37250499950", "+37250000999", "+37250499999"],
        "in_no_group": COUNT // 20,
        "numbers": ["+37250000007"],
        "stream": COUNT // 20,
    }
