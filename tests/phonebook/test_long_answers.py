"""Answers as they come in: compared with the last piece by piece, and the long ones held whole one at a time."""

import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.phonebook.fake import FakeApi, Handler, answer
from webapp.phonebook import Transport
from webapp.phonebook.body import PIECE
from webapp.phonebook.errors import TimedOut
from webapp.phonebook.kept import SHORT, Kept, Turn
from webapp.phonebook.line import INSIDE, Line

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


def test_while_a_changed_answer_is_taken_in_few_more_are_asked_for() -> None:
    line = Line()
    assert all(line.enter(0) for _ in range(2 * INSIDE)), "nothing has changed"
    assert line.take(0)
    assert not line.enter(0)
    for _ in range(INSIDE + 2):  # the one that came too late among them
        line.leave(entered=True, taken=False)
    assert line.enter(0)
    assert not line.enter(0)
    line.leave(entered=True, taken=True)
    assert all(line.enter(0) for _ in range(2 * INSIDE)), "nobody waits any more"


@pytest.mark.parametrize("queue", ["outside", "waiting"])
def test_who_comes_first_is_first(queue: str) -> None:
    line, came = Line(), list[int]()
    for _ in range(INSIDE):
        line.enter(0)
    line.take(0)

    def one(number: int) -> None:
        assert line.enter(10) if queue == "outside" else line.take(10)
        came.append(number)
        line.leave(entered=queue == "outside", taken=queue == "waiting")

    with ThreadPoolExecutor(6) as threads:
        for number in range(6):
            threads.submit(one, number)
            while len(getattr(line, queue)) <= number and not came:
                time.sleep(0.001)
        line.leave(entered=queue == "outside", taken=queue == "waiting")
    assert came == [0, 1, 2, 3, 4, 5]


def test_only_who_asks_for_a_long_answer_stands_in_line() -> None:
    kept = Kept()
    kept.read(PATH, text(SHORT + 1), len)
    line = kept.line
    for _ in range(INSIDE):
        line.enter(0)
    assert line.take(0)
    with Turn(kept, "/phonebook/blacklist", time.monotonic() + 10) as short:
        assert (short.last, line.enter(0)) == (b"", False)
    line.leave(entered=True, taken=False)
    line.leave(entered=True, taken=False)
    with Turn(kept, PATH, time.monotonic() + 10) as long:
        assert len(long.last) == SHORT + 1
        assert not line.enter(0), "it is one of the few"
