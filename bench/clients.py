"""The dashboard's API client beside the vendor's: how long each takes to list all groups over an open connection."""

import statistics
import time
from collections.abc import Callable

from messente_api.api.groups_api import GroupsApi
from messente_api.api_client import ApiClient
from messente_api.configuration import Configuration

from bench.fake_api import FakeApi
from bench.report import Goal, Section
from webapp.phonebook import PhonebookClient, Transport


def compare_clients(seconds: float, turns: int) -> Section:
    """Measure both clients in turn."""
    section = Section("Client beside the vendor's", ("groups", "answers", "client, ms", "vendor's, ms"))
    with FakeApi() as api:
        vendors = GroupsApi(ApiClient(Configuration(host=api.url, username="user", password="password")))
        ours = PhonebookClient(Transport(api.url, "user", "password"))
        for groups, limit in ((10, 1 / 1.2), (10_000, 12), (100_000, 12)):
            for changing in (True, False):
                api.configure(groups, changing=changing)
                pairs = [(_time(ours.list_groups, seconds), _time(vendors.fetch_groups, seconds)) for _ in range(turns)]
                ours_ms, vendors_ms = (min(times) for times in zip(*pairs, strict=True))
                section.add_row(f"{groups:,}", "changed every time" if changing else "unchanged", ours_ms, vendors_ms)
            measure, at = "vendor's client's time / client's", f"{groups:,} groups, unchanged"
            section.goals.append(Goal(measure, at, limit, vendors_ms / ours_ms, at_least=True))
    return section


def _time(list_groups: Callable[[], object], seconds: float) -> float:
    """Return the median milliseconds of a call; the first one does not count."""
    list_groups()
    times, end = list[float](), time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        list_groups()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
