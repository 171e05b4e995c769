"""schemathesis tests the sandbox against tests/contract/phonebook.yaml, and finds a sandbox that violates it."""

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Response, request

from tests.serving.deployment import ROOT, environment
from webapp.sandbox.app import create_app
from webapp.sandbox.database import Database, SampleData
from webapp.sandbox.server import Server

DOCUMENT = ROOT / "tests" / "contract" / "phonebook.yaml"
EXAMPLES = 50
GROUPS = ("5792a02a-e5c2-422b-a0a0-0ae65d814663", "4792a02a-e5c2-422b-a0a0-0ae65d814662")
PHONES = ("+37251000000", "+37251000001")
"""The document's examples; the second group has the second contact."""


def judge(folder: Path, look: Callable[[Response], Response], *options: str) -> tuple[int, str]:
    """Test a sandbox against the document; `look` can read and change each of its answers."""
    with closing(Database()) as database:
        rows = [{"id": group, "name": "Staff", "createdOn": "2024-05-03T12:00:00.000000Z"} for group in GROUPS]
        database.fill(SampleData(rows, [], [], []))
        for phone in PHONES:
            database.create_contact(phone, {})
        database.add_contact_to_group(GROUPS[1], PHONES[1])
        app = create_app(database)
        app.after_request(look)
        with Server(app) as server:
            command = [
                str(ROOT / ".venv" / "judges" / "bin" / "schemathesis"), "run", str(DOCUMENT), "--url", server.url,
                "--auth", "sandbox:sandbox", "--seed", "1", "--max-examples", str(EXAMPLES), "--checks", "all",
                "--warnings", "off", *options,
            ]  # fmt: skip
            ran = subprocess.run(
                command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300, check=False
            )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.long
def test_the_sandbox_follows_the_api_document(tmp_path: Path) -> None:
    answers: Counter[tuple[str, int]] = Counter()

    def count(response: Response) -> Response:
        answers[str(request.endpoint).removeprefix("operations."), response.status_code] += 1
        return response

    code, output = judge(tmp_path, count, "--continue-on-failure")
    assert code == 0, output
    [cases] = re.findall(r"\d+ generated, \d+ passed.*", output)
    carried_out = {operation for operation, status in answers if status < 300}
    print(f"schemathesis: {cases}; {len(carried_out)} operations carried out, {answers.total()} requests")
    assert len(carried_out) == 17
    assert {status for _, status in answers} == {200, 201, 204, 400, 401, 404, 405, 409, 415}


def wrong_status(response: Response) -> Response:
    response.status_code = 200 if request.endpoint == "operations.delete_group" else response.status_code
    return response


def missing_count(response: Response) -> Response:
    response.set_data(response.get_data().replace(b"contactsCount", b"count"))
    return response


@pytest.mark.long
@pytest.mark.parametrize("fault", [wrong_status, missing_count])
def test_it_finds_a_schema_violation(tmp_path: Path, fault: Callable[[Response], Response]) -> None:
    code, output = judge(tmp_path, fault, "--phases", "examples,coverage")
    print(f"schemathesis, on a sandbox with a {fault.__name__}: {re.findall(r'[0-9]+ generated.*', output)}")
    assert code == 1, output
