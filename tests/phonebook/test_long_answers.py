"""Answers as they come in: compared with the last piece by piece, and the long ones held whole one at a time."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.phonebook.fake import FakeApi, Handler, answer
from webapp.phonebook import Transport
from webapp.phonebook.body import PIECE, SHORT
from webapp.phonebook.errors import TimedOut
from webapp.phonebook.kept import Kept, Turn

PATH = "/phonebook/groups"


def transport(url: str) -> Transport:
    return Transport(url, "user", "password", deadline=10, connections=8)


def ask(api: FakeApi, kept: Kept, expires: float | None = None) -> bytes:
    with Turn(kept, PATH) as turn:
        return kept.read(
            PATH, transport(api.url).send("GET", PATH, expect=200, turn=turn, expires=expires), lambda b: b
        )


def text(size: int, first: int = 0) -> bytes:
    return b"".join(b"%09d\n" % number for number in range(first, first + size // 10 + 1))[:size]


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, SHORT, 2 * SHORT + 7])
@pytest.mark.parametrize("packed", [False, True])
def test_what_comes_is_what_was_sent_whatever_came_before(size: int, *, packed: bool) -> None:
    now = text(size)
    before: dict[str, bytes] = {
        "nothing": b"",
        "the same": text(size),
        "longer": now + b"more",
        "shorter": now[: size // 2],
        "another end": now[:-1] + b"X",
        "another beginning": b"X" + now[1:],
        "another middle": now[: size // 2] + b"X" + now[size // 2 + 1 :],
        "all another": text(size, 5),
    }
    sent = answer("200 OK", gzip.compress(now), "Content-Encoding: gzip") if packed else answer("200 OK", now)
    with FakeApi(sent) as api:
        for name, last in before.items():
            kept = Kept()
            kept.read(PATH, last, lambda _: "made of it")
            assert ask(api, kept) in (now, "made of it"), name
            assert kept.last(PATH)[0] == now, name
            assert (kept.last(PATH)[0] is last) == (last == now), name


def test_many_who_see_a_long_answer_change_hold_it_once() -> None:
    """The others wait for their turn, and find that what they hold the beginning of has been read meanwhile."""
    now, all_have_asked = text(3 * SHORT), threading.Barrier(6)

    def reply(handler: Handler) -> None:
        all_have_asked.wait(10)
        handler.wfile.write(answer("200 OK", now))

    kept, decoded = Kept(), []

    def decode(body: bytes) -> int:
        decoded.append(body)
        return len(body)

    kept.read(PATH, b"X" + now[1:], len)
    with FakeApi(reply) as api, ThreadPoolExecutor(6) as threads:

        def one(_: int) -> bytes:
            with Turn(kept, PATH) as turn:
                body = transport(api.url).send("GET", PATH, expect=200, turn=turn)
                kept.read(PATH, body, decode)
                return body

        bodies = list(threads.map(one, range(6)))
    assert len({id(body) for body in bodies}) == len(decoded) == 1
    assert bodies[0] == now


def test_who_has_no_turn_in_time_says_so() -> None:
    kept = Kept()
    with FakeApi(answer("200 OK", text(2 * SHORT))) as api, Turn(kept, PATH) as another:
        assert another.take(1)
        with pytest.raises(TimedOut), Turn(kept, PATH) as turn:
            Transport(api.url, "user", "password", deadline=0.3).send("GET", PATH, expect=200, turn=turn)
    assert Turn(kept, PATH).take(0)


def test_a_short_answer_waits_for_nobody() -> None:
    kept = Kept()
    with FakeApi(answer("200 OK", text(SHORT - 1))) as api, Turn(kept, PATH) as another:
        assert another.take(1)
        assert len(ask(api, kept)) == SHORT - 1
