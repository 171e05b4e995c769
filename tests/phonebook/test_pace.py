"""All processes of a machine share one pace, and all of them wait after a 429."""

import fcntl
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from uuid import UUID

import pytest

from tests.phonebook.fake_api import FakeApi, Handler, answer
from webapp.phonebook import Pace, PhonebookClient, Transport
from webapp.phonebook.errors import Changed, PhonebookError, RateLimited, TooManyRequests

ROOT = Path(__file__).parents[2]
LIST = answer("200 OK", b'{"groups":[],"contacts":[]}')
LIMITED = "429 Too Many Requests"

CALLING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from webapp.phonebook import Pace, PhonebookClient, Transport
url, path, rate, calls = sys.argv[1:]
client = PhonebookClient(Transport(url, "user", "password", connections=8, pace=Pace(int(rate), Path(path))))
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda _: client.list_groups(), range(int(calls))))
"""
"""A process that makes calls from eight threads, after a signal to start."""


class StandIn:
    """An API that records when each call arrived. The calls in `refused`, by number, get that answer."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.paths: list[str] = []
        self.refused: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def reply(self, handler: Handler) -> None:
        with self._lock:
            number = len(self.arrivals)
            self.arrivals.append(time.monotonic())
            self.paths.append(handler.request_bytes.split(b" ")[1].decode())
        handler.wfile.write(self.refused.get(number, LIST))

    def most_in_a_second(self) -> int:
        """Return the most calls that came in any second."""
        return max(sum(first <= each < first + 1 for each in self.arrivals) for first in self.arrivals)


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def api(stand_in: StandIn) -> Iterator[FakeApi]:
    with FakeApi(stand_in.reply) as api:
        yield api


def client_of(api: FakeApi, pace: Pace, *, deadline: float = 20) -> PhonebookClient:
    return PhonebookClient(Transport(api.url, "user", "password", connections=8, deadline=deadline, pace=pace))


@contextmanager
def process(script: str, *arguments: object) -> "Iterator[subprocess.Popen[str]]":
    """Run a script until it is ready, and end it afterwards."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        try:
            yield running
        finally:
            running.kill()


def start(running: "subprocess.Popen[str]") -> None:
    assert running.stdin is not None
    running.stdin.write("\n")
    running.stdin.flush()


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.long
def test_processes_share_the_rate_though_one_is_killed(api: FakeApi, stand_in: StandIn, tmp_path: Path) -> None:
    arguments = (api.url, tmp_path / "pace", 120, 200)
    with (
        process(CALLING, *arguments) as one,
        process(CALLING, *arguments) as two,
        process(CALLING, *arguments) as three,
    ):
        for each in (one, two, three):
            start(each)
        until(lambda: len(stand_in.arrivals) >= 100)
        three.send_signal(signal.SIGKILL)
        assert (one.wait(60), two.wait(60)) == (0, 0)
    assert len(stand_in.arrivals) >= 400
    assert stand_in.most_in_a_second() <= 150, "the limit that Messente documents"


HOLDING = """
import fcntl, sys, time
file = open(sys.argv[1], "r+b")
fcntl.flock(file, fcntl.LOCK_EX)
print("ready", flush=True)
time.sleep(600)
"""


def test_a_suspended_process_does_not_block_others(api: FakeApi, tmp_path: Path) -> None:
    path = tmp_path / "pace"
    client = client_of(api, Pace(120, path))
    client.list_groups()
    with process(HOLDING, path) as holder:
        client.list_groups()
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    client.list_groups()


@pytest.mark.parametrize(
    "content",
    [b"", b"cut", pack("=3d", *[float("nan")] * 3), pack("=3d", *[1e9] * 3), b"\xff" * 24],
    ids=["new", "cut off", "no numbers", "before a restart", "noise"],
)
def test_invalid_contents_of_the_file_are_ignored(api: FakeApi, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pace"
    path.write_bytes(content)
    client_of(api, Pace(120, path), deadline=2).list_groups()


def test_a_removed_file_is_created_again(api: FakeApi, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "pace"
    client = client_of(api, Pace(120, path))
    client.list_groups()
    path.unlink()
    client.list_groups()
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_file_each_process_has_a_pace_of_its_own(
    api: FakeApi, stand_in: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pace").symlink_to(tmp_path / "elsewhere")
    pace = Pace(16, tmp_path / "pace")
    stand_in.refused[1] = answer(LIMITED, b"", "Retry-After: 30")
    client = client_of(api, pace)
    client.list_groups()
    with pytest.raises(TooManyRequests):
        client.list_groups()
    with pytest.raises(RateLimited):
        client.list_groups()
    [line] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert line.message == "pace not shared"


def test_a_429_closes_the_api_for_all_processes(api: FakeApi, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.refused[1] = answer(LIMITED, b"", "Retry-After: 30")
    one, other = (client_of(api, Pace(120, tmp_path / "pace")) for _ in range(2))
    other.list_groups()
    with pytest.raises(TooManyRequests):
        one.create_group("Staff")
    calls: list[Callable[[PhonebookClient], object]] = [
        lambda client: client.list_groups(),
        lambda client: client.create_group("Staff"),
        lambda client: client.for_job().delete_group(UUID(int=1)),
    ]
    for call in calls:
        with pytest.raises(RateLimited) as caught:
            call(other)
        assert (caught.value.retry_after, caught.value.changed) == (30, Changed.NO)
    assert len(stand_in.arrivals) == 2, "nothing was sent"


def test_a_read_waits_as_long_as_messente_says(api: FakeApi, stand_in: StandIn) -> None:
    stand_in.refused[0] = answer(LIMITED, b"", "Retry-After: 1")
    client_of(api, Pace(120)).list_groups()
    first, second = stand_in.arrivals
    assert second - first >= 1


@pytest.mark.parametrize(("refused", "asked"), [(2, 3), (9, 3)])
def test_without_a_time_reads_are_tried_three_times(api: FakeApi, stand_in: StandIn, refused: int, asked: int) -> None:
    stand_in.refused = dict.fromkeys(range(refused), answer(LIMITED))
    client = PhonebookClient(Transport(api.url, "user", "password", backoff=0.01))
    found: object = None
    try:
        client.list_groups()
    except PhonebookError as error:
        found = type(error)
    assert (found, len(stand_in.arrivals)) == (TooManyRequests if refused == 9 else None, asked)


def test_a_write_is_refused_once(api: FakeApi, stand_in: StandIn) -> None:
    stand_in.refused[0] = answer(LIMITED, b"", "Retry-After: 1")
    with pytest.raises(TooManyRequests) as caught:
        client_of(api, Pace(120)).create_group("Staff")
    assert caught.value.retry_after == 1
    assert len(stand_in.arrivals) == 1


@pytest.mark.long
def test_pages_go_before_jobs(api: FakeApi, stand_in: StandIn, tmp_path: Path) -> None:
    page, job = (client_of(api, Pace(120, tmp_path / "pace")) for _ in range(2))
    over = threading.Event()

    def work(_: int) -> None:
        while not over.is_set():
            job.for_job().list_contacts()

    with ThreadPoolExecutor(16) as pool:
        jobs = pool.map(work, range(8))
        until(lambda: len(stand_in.arrivals) > 50)
        list(pool.map(lambda _: page.list_groups(), range(100)))
        over.set()
        list(jobs)
    of_pages = [number for number, path in enumerate(stand_in.paths) if path.endswith("groups")]
    between = of_pages[-1] - of_pages[0] + 1
    assert of_pages[0] > 50, "alone, the job has all of the rate"
    assert len(of_pages) >= 0.75 * between


def test_long_look_ups_are_made_one_after_another(tmp_path: Path) -> None:
    one, other = (Pace(120, tmp_path / "pace") for _ in range(2))
    expires = time.monotonic() + 8
    with one.book(500, expires), pytest.raises(RateLimited) as caught, other.book(500, expires):
        pass
    assert caught.value.retry_after == 5
    with other.book(500, expires):
        """The first has ended early."""
