"""Refuse requests from unknown hosts and other sites, and set security headers and cookie attributes."""

import hashlib
import logging

from flask import Flask, Response, abort, redirect, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response as BaseResponse

from webapp.settings import Settings
from webapp.settings.parsers import is_loopback

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With no-referrer, browsers send no Origin either, which the check of forms over https needs.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers without support for frame-ancestors
}


class SessionCookie(SecureCookieSessionInterface):
    """Flask's session cookie. Over https it is Secure and bound to this host by the prefix of its name."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_name(self, _app: Flask) -> str:
        """Return the name, over https with the strictest prefix that browsers accept: `__Host-` needs the path `/`."""
        if not request.is_secure:
            return "session"
        return "__Secure-session" if request.root_path else "__Host-session"

    def get_cookie_path(self, _app: Flask) -> str:
        """Return the path of the dashboard, so that other applications on the same host don't receive the cookie."""
        return request.root_path or "/"

    def get_cookie_secure(self, _app: Flask) -> bool:
        """Whether the cookie is marked Secure."""
        return request.is_secure


def init_app(app: Flask, settings: Settings) -> None:
    """Refuse untrusted requests before any view runs, and set the security headers on every response."""
    # Protects against DNS rebinding: another site's name may resolve to 127.0.0.1, but its Host differs.
    loopback_only, redirects = settings.loopback_only, settings.must_sign_in and settings.proxy_hops
    trusted_hosts = settings.trusted_hosts or (("localhost", "127.0.0.1") if loopback_only else None)

    @app.before_request
    def refuse_untrusted() -> BaseResponse | None:
        if request.blueprint == "health":
            return None
        if not host_is_trusted(request.headers.get("Host"), trusted_hosts):
            log.warning("stranger refused", extra={"reason": "host"})
            return Response("This dashboard does not answer at this address.\n", status=400, mimetype="text/plain")
        forwarded = any(header in request.headers for header in ("Forwarded", "X-Forwarded-For", "Via"))
        if loopback_only and (forwarded or not is_loopback(request.remote_addr or "")):
            log.warning("stranger refused", extra={"reason": "not this machine"})
            abort(403, "No accounts are set up, so this dashboard answers only on the machine that it runs on.")
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
            log.warning("stranger refused", extra={"reason": "another site"})
            abort(403, "This form was sent by another site. Nothing was changed.")
        return _redirect_to_https() if redirects else None

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        return response


def _redirect_to_https() -> BaseResponse | None:
    """Redirect to https, so that no password or cookie is sent over plain http to a proxy."""
    schemes = request.headers.get("X-Forwarded-Proto", "").lower()
    # If any proxy received https, a redirect would loop.
    if request.is_secure or "http" not in schemes or "https" in schemes:
        return None
    if request.method not in {"GET", "HEAD"}:
        log.warning("stranger refused", extra={"reason": "plain http"})
        abort(403, "This dashboard works only over https. Nothing was changed.")
    return redirect(request.url.replace("http://", "https://", 1), 308)
