"""Mozilla's HTTP Observatory gives 130 or more, over TLS, on the sign-in page and inside."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.judges.conftest import Dashboard
from tests.judges.programs import node, node_folder
from tests.judges.tls_proxy import TlsProxy

ENOUGH = 130


def judge(address: str, certificate: Path) -> dict[str, Any]:
    """Scan an address; the lists that it would download when installed are empty."""
    package = node_folder() / "node_modules" / "@mdn" / "mdn-http-observatory"
    (package / "conf" / "hsts-preload.json").write_text("{}")
    (package / "conf" / "tld-list.json").write_text("[]")
    result: dict[str, Any] = json.loads(node(str(package / "src" / "scan.js"), address, trusts=certificate))
    return result


@pytest.mark.long
def test_the_dashboard_gets_130_or_more(dashboard: Dashboard, certificate: Path) -> None:
    for path, cookie in (("sign-in", ""), ("groups", dashboard.cookie), ("help", dashboard.cookie)):
        with TlsProxy(dashboard.url, certificate, cookie) as front:
            result = judge(f"{front.address}/{path}", certificate)
            assert not (cookie and front.strangers), "it was signed in"
        print(f"Observatory, /{path}: {result['scan']['score']} ({result['scan']['grade']})")
        assert result["scan"]["statusCode"] == 200
        assert {name: test["result"] for name, test in result["tests"].items() if not test["pass"]} == {}
        assert result["scan"]["score"] >= ENOUGH


@pytest.mark.long
def test_a_bad_application_scores_low(bad: str, certificate: Path) -> None:
    with TlsProxy(bad, certificate) as front:
        result = judge(front.address, certificate)
    print(f"Observatory, a bad application: {result['scan']['score']} ({result['scan']['grade']})")
    assert result["scan"]["score"] < 50
    failed = {name for name, test in result["tests"].items() if not test["pass"]}
    assert failed >= {"content-security-policy", "cookies", "redirection", "strict-transport-security"}
