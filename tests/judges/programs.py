"""Judges that run on Node.js, installed at exact versions; npm keeps no lock file here."""

import fcntl
import functools
import shutil
import subprocess
from pathlib import Path

from tests.serving.deployment import ROOT

SOURCE = Path(__file__).parent / "node"
PATIENCE = 300
"""Seconds."""


def _run(folder: Path, *command: str, **environment: str) -> str:
    program = shutil.which(command[0])
    assert program, f"{command[0]} is needed for this test: make check puts it on the PATH"
    ran = subprocess.run(
        ["env", *(f"{name}={value}" for name, value in environment.items()), *command],
        cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@functools.cache
def node_folder() -> Path:
    """Install the packages without their install scripts, which download lists; return the folder."""
    build = ROOT / "build" / "judges"
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as lock:  # tests run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.copytree(SOURCE, build, dirs_exist_ok=True)
        _run(build, "npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
    return build


def node(*arguments: str, trusts: Path | None = None) -> str:
    """Run a package's script, and return its output."""
    trusted = {"NODE_EXTRA_CA_CERTS": str(trusts)} if trusts else {}
    return _run(node_folder(), "node", *arguments, **trusted)
