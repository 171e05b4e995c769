"""Threads that decode the first answers of a process at once."""

import sys

from tests.serving.deployment import run


def test_threads_that_are_the_first_to_decode_do_not_crash_the_process() -> None:
    ended = run(sys.executable, "-X", "faulthandler", "-m", "tests.phonebook.first_decoding")
    assert ended.returncode == 0, ended.stderr
