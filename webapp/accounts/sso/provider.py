"""The service that keeps the work accounts, as its discovery document describes it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from authlib.common.errors import AuthlibBaseError
from joserfc.jwk import KeySet

from webapp.accounts.sso import wire
from webapp.accounts.sso.errors import Crowded, NotAnswering, Spent, TurnedAway, Untrusted
from webapp.accounts.sso.rules import SingleSignOn
from webapp.accounts.sso.tokens import UnknownKey, read_claims, read_keys
from webapp.variables import is_loopback

SCOPE = "openid email"
KEPT_FOR = 3600
"""Seconds for which the document and the keys are taken to be as they were."""
AT_ONCE = 4
"""Readers for whom one process waits for the provider: a slow one must not take the threads that serve pages."""
POST, BASIC = "client_secret_post", "client_secret_basic"

T = TypeVar("T", bound=msgspec.Struct)


class _Document(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)


class _Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


class Provider:
    """One provider. Safe between threads and across forks: it keeps answers, but no connection."""

    def __init__(self, sso: SingleSignOn) -> None:
        """Nothing is asked by that."""
        self._sso = sso
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._document: tuple[float, _Document] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, expires: float, *, code_verifier: str, **parameters: str) -> str:
        """Return where a reader goes to sign in.

        Args:
            expires: when it has to be known, as a time of `time.monotonic()`.
            code_verifier: proves later that the code was asked for here; only its hash goes along.
            parameters: redirect_uri, state, nonce, and maybe prompt.

        Raises:
            NotAnswering: where the provider can't be asked.

        """
        with self._session(expires) as session:
            document = self._described(session)
            url, _ = session.create_authorization_url(
                document.authorization_endpoint, code_verifier=code_verifier, **parameters
            )
        return str(url)

    def claims(self, expires: float, *, code: str, code_verifier: str, redirect_uri: str, nonce: str) -> dict[str, Any]:
        """Return what the provider says of the reader who came back with a code.

        Raises:
            SignInError: of the kind that says why it can't.

        """
        with self._session(expires) as session:
            document = self._described(session)
            session.token_endpoint_auth_method = (
                POST if POST in document.token_endpoint_auth_methods_supported else BASIC
            )
            answer = self._exchange(session, document, code, code_verifier, redirect_uri)
            token, access_token = answer.get("id_token"), answer.get("access_token")
            if not isinstance(token, str):
                raise Untrusted("no id_token")
            try:
                return read_claims(token, self._signing_keys(session, document), self._sso, nonce, access_token)
            except UnknownKey:
                keys = self._signing_keys(session, document, anew=True)
            try:
                return read_claims(token, keys, self._sso, nonce, access_token)
            except UnknownKey:
                raise Untrusted("unknown key") from None

    @contextmanager
    def _session(self, expires: float) -> Iterator[Any]:
        if not self._turns.acquire(blocking=False):
            raise Crowded("crowded")
        client = {"client_id": self._sso.client_id, "client_secret": self._sso.client_secret}
        try:
            with wire.session(expires, scope=SCOPE, code_challenge_method="S256", **client) as session:
                yield session
        finally:
            self._turns.release()

    def _exchange(
        self, session: Any, document: _Document, code: str, code_verifier: str, redirect_uri: str
    ) -> dict[str, Any]:
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
            known = code_of_it in {"invalid_client", "unauthorized_client", "invalid_request", "invalid_scope"}
            raise TurnedAway(code_of_it if known else "another error") from error
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise NotAnswering(type(error).__name__) from error
        except ValueError as error:
            if isinstance(error, OSError):  # requests' own: the session names it
                raise
            raise NotAnswering("unreadable") from error
        return dict(answer)

    def _described(self, session: Any) -> _Document:
        """Return the provider's description of itself, which must be its own and lead to safe addresses alone."""
        if self._document and time.monotonic() < self._document[0] + KEPT_FOR:
            return self._document[1]
        issuer = self._sso.issuer
        document = _get(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration", _Document)
        if document.issuer != issuer:
            raise NotAnswering("issuer differs")
        addresses = (document.authorization_endpoint, document.token_endpoint, document.jwks_uri)
        if not all(_is_safe(each, plain=issuer.startswith("http:")) for each in addresses):
            raise NotAnswering("unsafe address")
        self._document = time.monotonic(), document
        return document

    def _signing_keys(self, session: Any, document: _Document, *, anew: bool = False) -> KeySet:
        if self._keys and not anew and time.monotonic() < self._keys[0] + KEPT_FOR:
            return self._keys[1]
        try:
            keys = read_keys(_get(session, document.jwks_uri, _Keys).keys)
        except ValueError as error:
            raise NotAnswering("no keys") from error
        self._keys = time.monotonic(), keys
        return keys


def _get(session: Any, address: str, kind: type[T]) -> T:
    response = session.get(address, withhold_token=True)
    if response.status_code != 200:
        raise NotAnswering(f"HTTP {response.status_code}")
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotAnswering("unreadable") from error


def _is_safe(address: str, *, plain: bool) -> bool:
    """Whether an address is reached by TLS, or is on this machine, where the issuer is so too."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username or parts.password or parts.fragment or not address.isascii():
        return False
    return parts.scheme == "https" or (plain and parts.scheme == "http" and is_loopback(host))
