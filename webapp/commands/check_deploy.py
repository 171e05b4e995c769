"""`python -m webapp check-deploy`: check the settings for a public deployment."""

import time
from collections.abc import Iterator, Mapping

from webapp.accounts.sso.errors import NotAnswering, SignInError
from webapp.accounts.sso.tokens import ALGORITHMS
from webapp.serving import gunicorn_arguments
from webapp.settings import Settings, SettingsError
from webapp.settings.environment import misspelt_variables, quoted_variables
from webapp.settings.sso_config import SsoConfig
from webapp.store.engine import POSTGRESQL

PATIENCE = 10.0
"""Timeout in seconds for the provider's responses."""


def check_settings(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of a level and a message. No deployment may have an "error"; a "warning" may be intended."""
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        yield from (("error", problem) for problem in error.problems)
        yield from (("warning", words) for words in quoted_variables(environ))
        return
    yield from _of_the_environment(environ)
    on_heroku = "DYNO" in environ
    if settings.sandbox:
        yield "warning", "SANDBOX is set: only sample data is shown."
        if not settings.must_sign_in:
            yield "warning", "DASHBOARD_USERS is not set: whoever finds the address gets in, to sample data."
    elif not settings.must_sign_in:
        words = "DASHBOARD_USERS is not set, nor is OIDC_ISSUER: a real phonebook is served to this machine only."
        yield "error", words
    if settings.must_sign_in and not settings.has_editor:
        where = "DASHBOARD_USERS" if settings.sso is None else "OIDC_EDITORS"
        yield "warning", f"{where} has no editor: nobody can change anything."
    if not settings.trusted_hosts:
        names = "localhost and 127.0.0.1 alone" if settings.loopback_only else "any name"
        yield "warning", f"TRUSTED_HOSTS is not set: the dashboard answers under {names}. Set it to its own."
    if settings.proxy_hops == 0:
        words = "PROXY_HOPS is 0: behind a proxy, https and the readers' addresses are not recognised."
        yield ("error" if on_heroku else "warning"), words
    if not settings.database_url.startswith(POSTGRESQL):
        lasts = "a Heroku machine's disk does not last" if on_heroku else "right for one machine whose disk lasts"
        yield "warning", f"The store is SQLite: {lasts}. PostgreSQL by DATABASE_URL is for all others."
    if not settings.support_contact:
        yield "warning", "SUPPORT_CONTACT is not set: error pages can't say whom to tell."
    if settings.sso and not settings.sso.is_google:  # Google's issuer is fixed and reliable
        yield from _of_the_provider(settings.sso)


PROVIDER = {
    "issuer differs": "OIDC_ISSUER is not what the provider calls itself: set it to the issuer that stands in its "
    "/.well-known/openid-configuration, with or without a slash at the end as there",
    "HTTP 404": "OIDC_ISSUER has no /.well-known/openid-configuration that leads to all that is needed",
    "no such host": "OIDC_ISSUER names a host that does not exist",
    "certificate": "OIDC_ISSUER leads to a host whose certificate does not hold",
    "invalid_client": "OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is not what the provider knows",
    "unauthorized_client": "OIDC_CLIENT_ID may not sign people in at the provider",
    "signatures": f"OIDC_ISSUER signs by none of {', '.join(ALGORITHMS)}",
    "no keys": "OIDC_ISSUER publishes no key that can be used",
}


def _of_the_provider(sso: SsoConfig) -> Iterator[tuple[str, str]]:
    from webapp.accounts.sso.provider import Provider

    try:
        Provider(sso).check(time.monotonic() + PATIENCE)
    except NotAnswering as error:
        yield "warning", f"OIDC_ISSUER gives no answer now ({error.reason}), so single sign-on could not be tried."
    except SignInError as error:
        words = PROVIDER.get(error.reason, f"OIDC_ISSUER is not a provider that can be used ({error.reason})")
        yield "error", f"{words}."


def _of_the_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for words in quoted_variables(environ):
        yield "warning", words
    for name, meant in misspelt_variables(environ):
        yield "warning", f"{name} is no setting, and is ignored: is {meant} meant?"
    _, ignored = gunicorn_arguments.sort(environ)
    if ignored:
        words = "the access log would hold names and phone numbers, and gunicorn.conf.py sets what the dashboard needs"
        yield "warning", f"GUNICORN_CMD_ARGS has {' '.join(ignored)}, which is ignored: {words}."
