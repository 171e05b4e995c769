"""A fake provider at the wire, for answers that a correct one can't give."""

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.phonebook.fake_api import FakeApi, Handler, Reply, answer

CLIENT, SECRET = "dashboard", "canary-client-secret~x"
MARI = {"sub": "mari-1", "email": "Mari@Acme.example", "email_verified": True}
DOCUMENT, KEYS, TOKEN, USERINFO = "/.well-known/openid-configuration", "/keys", "/token", "/userinfo"


@cache
def key(kid: str) -> RSAKey:
    """A private key; made once."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def sign(claims: dict[str, Any], kid: str = "one", header: dict[str, Any] | None = None) -> str:
    return jwt.encode({"alg": "RS256", "kid": kid} | (header or {}), claims, key(kid))


class FakeProvider:
    """Signs in any user; `instead` has answers by address, `token` makes the ID token."""

    def __init__(self) -> None:
        self.instead: dict[str, Reply] = {}
        self.keys = [key("one").as_dict(private=False)]
        self.token: Callable[[dict[str, Any]], str] = sign
        self.userinfo: dict[str, Any] | None = None
        """What UserInfo says of whoever has the access token; without it there is no such address."""
        self.secret = SECRET
        self.asked: list[str] = []
        self._codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self._server = FakeApi(self._reply)
        self.issuer = self._server.url
        self.document: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": self.issuer + TOKEN,
            "jwks_uri": self.issuer + KEYS,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def requests(self) -> list[bytes]:
        """The requests that it received."""
        return self._server.requests

    def stop(self) -> None:
        """Refuse every connection from now on."""
        self._server.stop()

    def lets_in(self, location: str, **claims: Any) -> str:
        """Act as if a user who was redirected to `location` had signed in; return the address of their return."""
        assert location.startswith(f"{self.issuer}/auth?"), location
        sent = dict(parse_qsl(urlsplit(location).query))
        code = f"code~{len(self._codes)}"
        self._codes[code] = sent, claims
        back = urlsplit(sent["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': sent['state'], 'iss': self.issuer})}"

    def _reply(self, handler: Handler) -> None:
        head, _, body = handler.request_bytes.partition(b"\r\n\r\n")
        path = head.split(b" ")[1].decode().removeprefix("/v1")
        self.asked.append(path)
        instead = self.instead.get(path)
        if callable(instead):
            instead(handler)
        else:
            handler.wfile.write(instead if instead is not None else self._genuine(path, dict(parse_qsl(body.decode()))))

    def _genuine(self, path: str, sent: dict[str, str]) -> bytes:
        if path == TOKEN:
            return self._exchange(sent)
        if path == USERINFO:
            return as_json(self.userinfo)
        if path == DOCUMENT and self.userinfo is not None:
            return as_json({"userinfo_endpoint": self.issuer + USERINFO} | self.document)
        return as_json(self.document if path == DOCUMENT else {"keys": self.keys})

    def _exchange(self, sent: dict[str, str]) -> bytes:
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT, self.secret):
            return as_json({"error": "invalid_client"}, "401 Unauthorized")
        asked, claims = self._codes.pop(sent["code"], ({}, {}))
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        proof = urlsafe_b64encode(digest).decode().rstrip("=")
        if (asked.get("code_challenge"), asked.get("redirect_uri")) != (proof, sent["redirect_uri"]):
            return as_json({"error": "invalid_grant", "error_description": "canary-description"}, "400 Bad Request")
        assert asked["code_challenge_method"] == "S256"
        now = int(time.time())
        made = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]} | MARI
        token = self.token({name: value for name, value in (made | claims).items() if value is not None})
        return as_json({"access_token": "canary-access", "token_type": "Bearer", "id_token": token})


def as_json(content: object, status: str = "200 OK") -> bytes:
    return answer(status, json.dumps(content).encode(), "Content-Type: application/json")
