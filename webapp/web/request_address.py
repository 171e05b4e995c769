"""Restore the address that the user's browser requested, after proxies have changed it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*?)\.?(:\d+)?")
_ORDINARY_PORTS = {"80", "443"}
"""Browsers leave these ports out of addresses, so they are ignored in X-Forwarded-Port."""


class RequestAddress:
    """WSGI middleware that sets the host, the port and the path prefix (SCRIPT_NAME).

    Host names are lower case and have no final dot. Requests may come with the prefix or without it: some proxies
    strip it, and health checks don't send it.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], *, script_name: str, proxy_hops: int) -> None:
        self._app = app
        self._script_name = script_name
        self._proxy_hops = proxy_hops

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request."""
        if found := _HOST.fullmatch(environ.get("HTTP_HOST", "")):
            host, port = found[1].lower(), found[2] or self._forwarded_port(environ)
            environ["HTTP_HOST"] = f"{host}{port}"
        if self._script_name and not environ.get("SCRIPT_NAME"):
            environ["SCRIPT_NAME"] = self._script_name
            path = environ.get("PATH_INFO", "")
            if f"{path}/".startswith(f"{self._script_name}/"):
                environ["PATH_INFO"] = path[len(self._script_name) :]
        return self._app(environ, start_response)

    def _forwarded_port(self, environ: dict[str, Any]) -> str:
        """Return the port in X-Forwarded-Port of the nearest proxy, for proxies that leave it out of Host."""
        port = environ.get("HTTP_X_FORWARDED_PORT", "").rpartition(",")[2].strip() if self._proxy_hops else ""
        is_port = re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) < 65536
        return f":{port}" if is_port and port not in _ORDINARY_PORTS else ""
