"""One server that is measured, in processes of its own: where it is, and what it costs."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
PATIENCE = 60


@dataclass
class Server:
    """A running server: where it is, and what it costs."""

    name: str
    command: list[str]
    url: str
    path: str = "/groups"
    environment: dict[str, str] = field(default_factory=dict)
    cookie: str = ""
    starts: float = 0

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.log = self._folder / "log"
        self.starts = time.perf_counter()
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(self._folder)}
                | {key: value.replace("$FOLDER", str(self._folder)) for key, value in self.environment.items()},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def stop(self) -> int:
        """End it, as a platform does, and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE)

    def wait_for(self, path: str, cookie: str = "") -> float:
        """Wait until a page is answered, and return the seconds from the start until then."""
        request = urllib.request.Request(self.url + path, headers={"Cookie": cookie} if cookie else {})
        while time.perf_counter() < self.starts + PATIENCE:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                answer.read()
                if answer.status == 200:
                    return time.perf_counter() - self.starts
            time.sleep(0.005)
        raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-3000:]}")

    @property
    def page(self) -> str:
        """The address of the list."""
        return self.url + self.path

    def workers(self) -> list[int]:
        """Return the ids of its worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children]

    def cpu(self) -> float:
        """Return the milliseconds of processor time that its workers have used."""
        # Linux numbers the clock of a process so; it counts nanoseconds, where /proc counts hundredths of a second.
        return sum(time.clock_gettime((~worker << 3) | 2) for worker in self.workers()) * 1000

    def memory(self) -> float:
        """Return the most memory in MiB that one of its workers has had."""
        return max(_status(worker, "VmHWM") for worker in self.workers())


def _status(process: int, what: str) -> float:
    found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0
