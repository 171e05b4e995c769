"""wapiti finds nothing in the dashboard as an editor sees it; the same scan finds the faults of a bad application."""

import json
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask

from tests.judges.bad_app import FAULTS
from tests.judges.conftest import Dashboard
from tests.judges.tls_proxy import TlsProxy
from tests.serving.deployment import ROOT, environment

WAPITI = ROOT / ".venv" / "wapiti" / "bin" / "wapiti"
MODULES = "cookieflags,crlf,csp,csrf,file,http_headers,permanentxss,redirect,sql,xss"
"""Those for faults that such an application may have. Left out are commands, LDAP, XML and uploads, of which it has
none, and those that ask a server in the internet whether they were called."""
LONGEST = 900
"""Seconds."""


class Scan(NamedTuple):
    findings: Counter[str]
    output: str
    pages: int
    took: float


def scan(front: TlsProxy, folder: Path, *options: str) -> Scan:
    """Scan the server behind a TLS proxy."""
    url, report, began = f"https://{front.address}/", folder / "report.json", time.monotonic()
    command = [
        str(WAPITI), "--url", url, "--scope", "folder", "--scan-force", "paranoid", "--module", MODULES,
        "--format", "json", "--output", str(report), "--no-bugreport", "--store-session", str(folder),
        "--store-config", str(folder), *options,
    ]  # fmt: skip
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(
        command, env=environment(**nowhere), capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written: dict[str, Any] = json.loads(report.read_text())
    found = {name: each for kind in ("vulnerabilities", "anomalies") for name, each in written[kind].items() if each}
    text = "\n".join(f"{name}: {each['info']}\n{each['http_request']}" for name in found for each in found[name])
    findings = Counter({name: len(each) for name, each in found.items()})
    return Scan(findings, text, int(written["infos"]["crawled_pages_nbr"]), time.monotonic() - began)


def pages(app: Flask) -> list[str]:
    """Every page with a known address, so that none is missed because no other page links to it."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return [rule.rule for rule in rules if not rule.endpoint.startswith("health.")]


@pytest.mark.long
def test_it_finds_nothing_in_the_dashboard(dashboard: Dashboard, certificate: Path, app: Flask, tmp_path: Path) -> None:
    with TlsProxy(dashboard.url, certificate) as front:
        url = f"https://{front.address}"
        options = [f"--start={url}{path}" for path in pages(app)]
        options += [f"--exclude={url}{path}*" for path in ("/sign-out", "/account/sign-out-everywhere")]
        # Each form that it sends makes an action with pages of its own. Times are in seconds, the second of a module.
        options += ["--max-files-per-dir=4", "--max-scan-time=60", "--max-attack-time=60"]
        done = scan(front, tmp_path, f"--cookie-value={dashboard.cookie}", *options)
    print(
        f"wapiti, signed in as an editor: {done.findings.total()} findings; {done.pages} pages and forms,"
        f" {front.answers.total()} requests ({dict(sorted(front.answers.items()))}) in {done.took:.0f} s"
    )
    assert done.output == ""
    assert front.strangers == 0, "it stayed signed in"
    assert front.answers[303] > 100, "forms were carried out"
    assert not any(status >= 500 for status in front.answers)


@pytest.mark.long
def test_it_finds_the_faults_of_a_bad_application(bad: str, certificate: Path, tmp_path: Path) -> None:
    with TlsProxy(bad, certificate) as front:
        done = scan(front, tmp_path)
    print(f"wapiti, on a bad application: {dict(done.findings)} in {done.took:.0f} s")
    assert set(done.findings) >= FAULTS
