"""The benchmark measures what it says. No test asserts how fast the dashboard is."""

import subprocess
import sys

import pytest

from bench.report import Goal
from bench.servers import ROOT

FAKE_API = """
import requests
from bench.fake_api import FakeApi

with FakeApi() as api:
    for changing in (False, True):
        api.configure(3, changing=changing)
        first, second = (requests.get(api.url, timeout=20).json()["groups"] for _ in range(2))
        print(len(first), sum(one != two for one, two in zip(first, second, strict=True)))
"""
LIST_PAGE = """
from bench.list_page import compare_with_floor

section = compare_with_floor(seconds=0, turns=1)
print(len(section.rows), len(section.goals), {row[-1] for row in section.rows})
"""


def run(code: str) -> list[str]:
    """Run code in its own process, because the benchmark forks; return its output."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("goal", "cells"),
    [
        (Goal("time", "", 1.2, 1.1), ["≤ 1.2 ×", "1.10 ×", "yes"]),
        (Goal("time", "", 1.2, 1.3), ["≤ 1.2 ×", "1.30 ×", "**no**"]),
        (Goal("pages", "", 300, 1200, "/s", at_least=True), ["≥ 300 /s", "1,200 /s", "yes"]),
        (Goal("pages", "", 5, 4.99, at_least=True), ["≥ 5 ×", "4.99 ×", "**no**"]),
    ],
)
def test_goal_shows_whether_it_is_met(goal: Goal, cells: list[str]) -> None:
    assert goal.cells()[2:] == cells


def test_fake_api_changes_one_group_only_when_asked_to() -> None:
    assert run(FAKE_API) == ["3 0", "3 1"]


@pytest.mark.long
def test_list_is_measured_without_errors() -> None:
    assert run(LIST_PAGE)[-1] == "20 8 {'0'}"
