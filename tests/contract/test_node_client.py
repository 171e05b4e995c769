"""The vendor's Node client works on groups in the sandbox, once."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from webapp.sandbox.database import Database

SOURCE = Path(__file__).parent / "node"
BUILD = Path(__file__).parents[2] / "build" / "node"


def run(*command: str) -> str:
    """Run a command in the build folder, and return its output."""
    assert shutil.which(command[0]), f"{command[0]} is needed for this test: make check puts it on the PATH"
    process = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, timeout=300, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.mark.long
def test_the_node_client_works_on_groups(url: str, database: Database) -> None:
    before = [database.create_group(name) for name in ("Staff", "Ночная смена")]
    shutil.copytree(SOURCE, BUILD, dirs_exist_ok=True)
    run("npm", "install", "--no-package-lock", "--no-audit", "--no-fund")
    printed: dict[str, Any] = json.loads(run("node", "groups.mjs", url))

    assert printed["found"] == before
    assert printed["refused"]["status"] == 404
    assert printed["refused"]["body"]["errors"][0]["code"] == "203"
    assert printed["created"]["name"] == "Õhtune vahetus 🎉"
    assert printed["fetched"] == printed["renamed"] == {**printed["created"], "name": "Päevane vahetus"}
    assert database.fetch_groups() == [printed["renamed"]]
