"""Build and run a Dockerfile with Debian's own tools, as root, on machines without a container engine.

The stand-in for the base image is a bare Debian of the same release with the same Python. A container is the image's
folder, read-only, in its own namespaces: its command is process 1, it has no network but its own loopback, no
capability, and nothing can be written but the volume and /tmp. What it does not show: the real base image, layers and
their cache, an engine's own network, and published ports.
"""

import contextlib
import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
BASES = {"python:3.11-slim": "bookworm"}
"""Debian's releases that have the same Python as a base image."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE = 30
"""Seconds after which something that should happen counts as not happening."""
TO_THE_INDEX = ("PIP_CERT", "PIP_INDEX_URL", "HTTPS_PROXY", "https_proxy")
"""What this machine may need to reach the packages; it is no part of the image."""


@dataclass
class Image:
    """A built folder, and the Dockerfile's instructions for running it."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    folder: str = "/"
    user: str = "0"
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def ids(self) -> tuple[str, str]:
        """Look up the user, by name or number, as an engine does: in the image's own files."""
        for line in (self.root / "etc/passwd").read_text().splitlines():
            name, _, uid, gid, *_ = line.split(":")
            if self.user in {name, uid}:
                return uid, gid
        raise LookupError(self.user)

    def as_user(self, *command: str, **env: str) -> list[str]:
        """Make the command line by which the image's user runs something, with no privilege and nothing inherited."""
        uid, gid = self.ids()
        given = [f"{key}={value}" for key, value in (self.env | env).items()]
        drop = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        drop += ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"] if uid != "0" else []
        return [*drop, "env", "-i", "-C", self.folder, *given, *command]


def steps(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Read a Dockerfile: the instructions in their order, each in one line."""
    for line in re.sub(r"\\\n\s*", "", dockerfile).splitlines():
        if line.strip() and not line.startswith("#"):
            instruction, _, rest = line.partition(" ")
            yield instruction, rest.strip()


def build(root: Path) -> Image:
    """Carry out the Dockerfile's steps, one by one, in a folder that is made for it."""
    image = Image(root)
    for instruction, rest in steps((ROOT / "Dockerfile").read_text()):
        print(instruction, rest, flush=True)
        match instruction:
            case "FROM":
                _bare(root, BASES[rest])
            case "WORKDIR":
                image.folder = rest
                (root / rest.lstrip("/")).mkdir(parents=True)
            case "ENV":
                image.env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "COPY":
                *sources, target = shlex.split(rest)
                for source in sources:
                    _copy(source, (root / image.folder.lstrip("/") / target).resolve())
            case "RUN":
                reach = {name: os.environ[name] for name in TO_THE_INDEX if name in os.environ}
                run("chroot", str(root), *image.as_user("sh", "-c", rest, **reach))
            case "USER":
                image.user = rest
            case "VOLUME":
                image.volumes.append(rest)
            case "HEALTHCHECK":
                image.health = json.loads(rest.partition(" CMD ")[2])
            case "CMD":
                image.command = json.loads(rest)
            case "EXPOSE":  # only says what is in CMD
                assert rest == "8000"
            case _:
                raise NotImplementedError(instruction)
    return image


def run(*command: str) -> None:
    """Run a step; if it fails, the error contains its output."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def _bare(root: Path, release: str) -> None:
    """Make a bare Debian, with Python and pip where the base image has them."""
    run("mmdebstrap", "--quiet", "--variant=minbase", "--include=python3,ca-certificates", release, str(root))
    for name in ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"):
        shutil.copy(Path("/") / name, root / name)
    (next(root.glob("usr/lib/python3.*/EXTERNALLY-MANAGED"))).unlink()
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    ours = next(Path(sys.prefix).glob("lib/python3.*/site-packages/pip"))
    shutil.copytree(ours, next(root.glob("usr/local/lib/python3.*/dist-packages")) / "pip")
    pip = root / "usr/local/bin/pip"
    pip.write_text('#!/bin/sh\nexec python -m pip "$@"\n')
    pip.chmod(0o755)


def _copy(source: str, target: Path) -> None:
    """Copy the files that .dockerignore doesn't exclude; there may be none."""
    for path in sorted([ROOT / source, *(ROOT / source).rglob("*")]):
        inner = path.relative_to(ROOT)
        if path.is_file() and not _is_ignored(inner):
            to = target / path.relative_to(ROOT / source) if (ROOT / source).is_dir() else target / path.name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)


def _is_ignored(path: Path) -> bool:
    """Whether .dockerignore excludes a file: the last line that matches it, or a folder above it, decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern = line.removeprefix("!")
        names = [pattern, pattern.removeprefix("**/")] if pattern.startswith("**/") else [pattern]
        above = [str(each) for each in (path, *path.parents)]
        anywhere = [*path.parts] if pattern.startswith("**/") else []
        if any(fnmatch.fnmatchcase(each, name) for each in [*above, *anywhere] for name in names):
            ignored = not line.startswith("!")
    return ignored


_START = """
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/dev/shm"
mount --bind "$2" "$1$3"
mount -o remount,bind,ro "$1"
[ -z "$4" ] || mount -t tmpfs tmpfs "$1/tmp"
ip link set lo up
root=$1
shift 4
exec chroot "$root" "$@"
"""


class Container:
    """An image that runs, on a read-only root, with a folder of this machine for its volume."""

    def __init__(self, image: Image, volume: Path, *, scratch: bool = True, **settings: str) -> None:
        self.image = image
        [place] = image.volumes
        namespaces = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]
        self._log = volume.with_suffix(".log")
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*namespaces, "sh", "-c", _START, "start", str(image.root), str(volume), place, "1" if scratch else "",
                 *image.as_user(*image.command, **settings)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._settings = settings

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def first(self) -> int:
        """Process 1 of the container, by the number that it has outside."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def run(self, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run something in it, as its user."""
        inside = self.image.as_user(*command, **self._settings | settings)
        return subprocess.run(
            ["nsenter", f"--target={self.first}", "--mount", "--pid", "--net", "--ipc", "--uts", "--root", *inside],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def wait_until_healthy(self) -> None:
        """Wait as an engine does: until the health check says so."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError, IndexError):
                if self.run(*self.image.health).returncode == 0:
                    return
            time.sleep(0.2)
        raise AssertionError(self.log)

    def stop(self) -> int:
        """Ask it to stop, as an engine does, and return its exit code."""
        if self.process.poll() is None:
            os.kill(self.first, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, and return the exit code; kill a process that doesn't end, and fail."""
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
