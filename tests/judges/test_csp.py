"""csp_evaluator finds nothing in the policy of the pages, but finds a weak one."""

import json

import pytest
from flask import Flask

from tests.judges.programs import node


def findings(policy: str) -> list[str]:
    return [f"{each['directive']}: {each['description']}" for each in json.loads(node("evaluate.mjs", policy))]


@pytest.mark.long
def test_it_finds_nothing_in_the_policy(app: Flask) -> None:
    policies = {app.test_client().get(path).headers["Content-Security-Policy"] for path in ("/groups", "/no-such-page")}
    found = [finding for policy in policies for finding in findings(policy)]
    print(f"csp_evaluator: {len(found)} findings in {policies}")
    assert found == []


@pytest.mark.long
def test_it_finds_a_weak_policy() -> None:
    found = findings("default-src 'self'; script-src 'self' 'unsafe-inline' https:")
    print(f"csp_evaluator, a weak policy: {len(found)} findings")
    assert len(found) >= 3
