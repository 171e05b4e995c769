"""bandit finds nothing in the dashboard, but finds an unsafe line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.serving.deployment import ROOT, environment


def judge(*paths: Path) -> dict[str, Any]:
    command = [str(ROOT / ".venv" / "judges" / "bin" / "bandit"), "--recursive", "--quiet", "--format", "json"]
    command += map(str, paths)
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    output: dict[str, Any] = json.loads(ran.stdout)
    assert output["errors"] == []
    return output


@pytest.mark.long
def test_it_finds_nothing_in_the_program() -> None:
    output = judge(ROOT / "webapp", ROOT / "gunicorn.conf.py")
    found = [
        f"{each['filename']}:{each['line_number']} {each['test_id']} {each['issue_text']}" for each in output["results"]
    ]
    total = output["metrics"]["_totals"]
    print(f"bandit: {len(found)} findings in {total['loc']} lines, {total['skipped_tests']} set aside with a reason")
    assert "\n".join(found) == ""


@pytest.mark.long
def test_it_finds_unsafe_code(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import subprocess\n\nsubprocess.run(input(), shell=True)\n")
    assert "B602" in {each["test_id"] for each in judge(tmp_path)["results"]}
