"""The database itself, between threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.sandbox.database import Database, Missing


def test_a_refusal_in_one_thread_undoes_nothing_in_another(database: Database) -> None:
    """A refused operation is rolled back, on the one connection that all threads share."""

    def work(number: int) -> None:
        for turn in range(50):
            database.create_group(f"{number} {turn}")
            with pytest.raises(Missing):
                database.delete_group("missing")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    names = [group["name"] for group in database.fetch_groups()]
    assert sorted(names) == sorted(f"{number} {turn}" for number in range(16) for turn in range(50))
