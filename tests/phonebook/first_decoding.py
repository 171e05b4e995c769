"""Import the phonebook's modules again and again, each time with threads that all begin to decode at once."""

import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module

ROUNDS = 30
CONTACTS = b'{"contacts": [{"phoneNumber": "+37255500001"}]}'
GROUPS = b'{"groups": [{"id": "11111111-1111-1111-1111-111111111111", "name": "Staff", "contactsCount": 1}]}'
ERRORS = b'{"errors": [{"code": "404", "detail": "none"}]}'


def main() -> None:
    sys.setswitchinterval(1e-6)
    for _ in range(ROUNDS):
        for name in [name for name in sys.modules if name.startswith("webapp.")]:
            del sys.modules[name]
        decoding, errors = import_module("webapp.phonebook.decoding"), import_module("webapp.phonebook.error_mapping")
        for decode in (
            partial(errors.error_from_answer, "GET", 404, ERRORS, ""),
            partial(decoding.decode_contacts, CONTACTS),
            partial(decoding.decode_groups, GROUPS),
            partial(decoding.decode_blacklist, b'{"phoneNumbers": []}'),
        ):
            at_once(decode)


def at_once(decode: Callable[[], object]) -> None:
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        decode()

    threads = [threading.Thread(target=run) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
