"""Client for the OpenID Connect provider, configured by its discovery document."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from authlib.common.errors import AuthlibBaseError
from joserfc.jwk import KeySet
from msgspec.json import Decoder

from webapp.accounts.sso import http_session
from webapp.accounts.sso.errors import Crowded, NotAnswering, SignInError, Spent, TurnedAway, Untrusted
from webapp.accounts.sso.tokens import ALGORITHMS, UnknownKey, read_claims, read_keys
from webapp.settings.parsers import is_loopback
from webapp.settings.sso_config import SsoConfig

SCOPE = "openid email"
CACHE_SECONDS = 3600
"""Seconds for which the discovery document and the keys are cached."""
MAX_PARALLEL_LOGINS = 4
"""Sign-ins of one process that may wait for the provider, so that a slow one doesn't occupy all threads."""
TEMPORARY_STATUSES = {408, 425, 429}
"""Statuses of temporary refusals."""
UNKNOWN_CLIENT = {"invalid_client", "unauthorized_client"}
POST, BASIC = "client_secret_post", "client_secret_basic"

T = TypeVar("T", bound=msgspec.Struct)


class _Document(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)
    id_token_signing_alg_values_supported: tuple[str, ...] = ALGORITHMS
    userinfo_endpoint: str = ""


class _Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


class _UserInfo(msgspec.Struct):
    sub: str
    email: Any = None
    email_verified: Any = None


_DOCUMENT, _KEYS, _USER_INFO = Decoder(_Document), Decoder(_Keys), Decoder(_UserInfo)
_OBJECT = Decoder(dict[str, Any])


class Provider:
    """The provider. Thread-safe and fork-safe: it caches responses, but keeps no connections."""

    def __init__(self, sso: SsoConfig) -> None:
        """Create a client. It sends no request yet."""
        self._sso = sso
        self._slots = threading.BoundedSemaphore(MAX_PARALLEL_LOGINS)
        self._document: tuple[float, _Document] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, expires: float, *, code_verifier: str, **parameters: str) -> str:
        """Return the provider's URL for signing in.

        Args:
            expires: deadline, as a time of `time.monotonic()`.
            code_verifier: of PKCE; only its hash is part of the URL.
            parameters: redirect_uri, state, nonce, and optionally prompt.

        Raises:
            NotAnswering: if the provider doesn't respond.
            TurnedAway: if the provider can't be used as configured.

        """
        with self._session(expires) as session:
            document = self._discover(session)
            url, _ = session.create_authorization_url(
                document.authorization_endpoint, code_verifier=code_verifier, **parameters
            )
        return str(url)

    def claims(self, expires: float, *, code: str, code_verifier: str, redirect_uri: str, nonce: str) -> dict[str, Any]:
        """Exchange an authorization code for the verified claims about the user.

        Raises:
            SignInError: a subclass that says why that failed.

        """
        with self._session(expires) as session:
            document = self._discover(session)
            answer = self._exchange(session, document, code, code_verifier, redirect_uri)
            token, access_token = answer.get("id_token"), answer.get("access_token")
            if not isinstance(token, str):
                raise Untrusted("no id_token")
            claims = self._verified_claims(session, document, token, nonce, access_token)
            return self._with_address(session, document, claims, access_token)

    def check(self, expires: float) -> None:
        """Check that the provider matches the settings and accepts the dashboard's client id and secret.

        Raises:
            SignInError: a subclass that says why not.

        """
        with self._session(expires) as session:
            document = self._discover(session)
            self._signing_keys(session, document)
            try:
                self._exchange(session, document, "none", "none", "https://localhost/sign-in/back")
            except TurnedAway as error:
                if error.reason in UNKNOWN_CLIENT:  # other errors are expected, since the code is made up
                    raise
            except SignInError:
                pass

    def _verified_claims(
        self, session: Any, document: _Document, token: str, nonce: str, access_token: object
    ) -> dict[str, Any]:
        try:
            return read_claims(token, self._signing_keys(session, document), self._sso, nonce, access_token)
        except UnknownKey:
            keys = self._signing_keys(session, document, refresh=True)
        try:
            return read_claims(token, keys, self._sso, nonce, access_token)
        except UnknownKey:
            raise Untrusted("unknown key") from None

    def _with_address(
        self, session: Any, document: _Document, claims: dict[str, Any], access_token: object
    ) -> dict[str, Any]:
        """Add the e-mail address from the UserInfo endpoint if the ID token doesn't have it or `email_verified`.

        This is not done with Microsoft, which confirms the address in the ID token only.
        """
        is_told = all(claims.get(name) is not None for name in ("email", "email_verified"))
        usable = isinstance(access_token, str) and access_token.isascii()
        if is_told or self._sso.tenant or not document.userinfo_endpoint or not usable:
            return claims
        if not self._is_safe(document.userinfo_endpoint):
            raise TurnedAway("unsafe address")
        said = _get(session, document.userinfo_endpoint, _USER_INFO, Authorization=f"Bearer {access_token}")
        if said.sub != claims["sub"]:
            raise Untrusted("sub of UserInfo")
        # Take both from the same source: `email_verified` is about that source's address.
        return claims if said.email is None else claims | {"email": said.email, "email_verified": said.email_verified}

    @contextmanager
    def _session(self, expires: float) -> Iterator[Any]:
        if not self._slots.acquire(blocking=False):
            raise Crowded("crowded")
        client = {"client_id": self._sso.client_id, "client_secret": self._sso.client_secret}
        try:
            with http_session.open_session(expires, scope=SCOPE, code_challenge_method="S256", **client) as session:
                yield session
        finally:
            self._slots.release()

    def _exchange(
        self, session: Any, document: _Document, code: str, code_verifier: str, redirect_uri: str
    ) -> dict[str, Any]:
        session.token_endpoint_auth_method = POST if POST in document.token_endpoint_auth_methods_supported else BASIC
        session.register_compliance_hook("access_token_response", _refuse_without_reason)
        try:
            answer = session.fetch_token(
                document.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
                redirect_uri=redirect_uri,
            )
        except AuthlibBaseError as error:
            code_of_it = str(error.error)
            if code_of_it == "invalid_grant":
                raise Spent("invalid_grant") from error
            known = code_of_it in UNKNOWN_CLIENT | {"invalid_request", "invalid_scope"}
            raise TurnedAway(code_of_it if known else "another error") from error
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise NotAnswering(type(error).__name__) from error
        except ValueError as error:
            if isinstance(error, OSError):  # from requests: `open_session` handles it
                raise
            raise NotAnswering("unreadable") from error
        return dict(answer)

    def _discover(self, session: Any) -> _Document:
        """Return the discovery document, after checking its issuer, URLs and algorithms."""
        if self._document and time.monotonic() < self._document[0] + CACHE_SECONDS:
            return self._document[1]
        issuer = self._sso.issuer
        document = _get(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration", _DOCUMENT)
        if document.issuer != issuer:
            raise TurnedAway("issuer differs")
        addresses = (document.authorization_endpoint, document.token_endpoint, document.jwks_uri)
        if not all(map(self._is_safe, addresses)):
            raise TurnedAway("unsafe address")
        if not set(document.id_token_signing_alg_values_supported) & set(ALGORITHMS):
            raise TurnedAway("signatures")
        self._document = time.monotonic(), document
        return document

    def _is_safe(self, address: str) -> bool:
        return _is_safe(address, plain=self._sso.issuer.startswith("http:"))

    def _signing_keys(self, session: Any, document: _Document, *, refresh: bool = False) -> KeySet:
        if self._keys and not refresh and time.monotonic() < self._keys[0] + CACHE_SECONDS:
            return self._keys[1]
        try:
            keys = read_keys(_get(session, document.jwks_uri, _KEYS).keys)
        except ValueError as error:
            raise TurnedAway("no keys") from error
        self._keys = time.monotonic(), keys
        return keys


def _get(session: Any, address: str, decoder: Decoder[T], **headers: str) -> T:
    response = session.get(address, withhold_token=True, headers=headers)
    if response.status_code != 200:
        raise _refusal(response.status_code)
    try:
        return decoder.decode(response.content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotAnswering("unreadable") from error


def _refusal(status: int) -> SignInError:
    return (NotAnswering if status in TEMPORARY_STATUSES else TurnedAway)(f"HTTP {status}")


def _refuse_without_reason(response: Any) -> Any:
    """Refuse an error response without an OAuth error code: that URL isn't a token endpoint."""
    try:
        is_told = response.status_code == 200 or "error" in _OBJECT.decode(response.content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        is_told = False
    if not is_told:
        raise _refusal(response.status_code)
    return response


def _is_safe(address: str, *, plain: bool) -> bool:
    """Whether a URL uses HTTPS, or plain HTTP to this machine if that is allowed."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username or parts.password or parts.fragment or not address.isascii():
        return False
    return parts.scheme == "https" or (plain and parts.scheme == "http" and is_loopback(host))
