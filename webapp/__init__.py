"""The Phonebook dashboard: manage the groups and contacts of a team's Messente phonebook in a browser."""

from dataclasses import replace
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.accounts import guard
from webapp.accounts.sso.views import blueprint as single_sign_on
from webapp.accounts.views import blueprint as account_pages
from webapp.actions import not_run, outcome_text, own_jobs
from webapp.actions.undo_views import blueprint as undo_pages
from webapp.actions.views import blueprint as action_pages
from webapp.activity.views import blueprint as activity_pages
from webapp.audience.views import blueprint as audience_pages
from webapp.blacklist.views import blueprint as blacklist_pages
from webapp.bulk.views import blueprint as bulk_pages
from webapp.contacts.downloads import blueprint as downloads
from webapp.contacts.filters import SHOWN_PARTS
from webapp.contacts.table import label_details
from webapp.contacts.views import blueprint as contact_pages
from webapp.groups.downloads import blueprint as group_downloads
from webapp.groups.many_views import blueprint as many_group_pages
from webapp.groups.views import blueprint as group_pages
from webapp.help.views import blueprint as help_pages
from webapp.imports.views import blueprint as import_pages
from webapp.memberships.views import blueprint as member_pages
from webapp.overview import navigation
from webapp.overview.views import blueprint as overview_pages
from webapp.phonebook import Pace, PhonebookClient, Transport
from webapp.sandbox import embedded
from webapp.settings import THREADS, Settings
from webapp.store import Store
from webapp.store.store import temporary_url
from webapp.styleguide.views import blueprint as style_guide
from webapp.web import (
    addresses,
    compression,
    current,
    error_pages,
    forms,
    notices,
    page_cache,
    requests,
    security,
    static_files,
    template_filters,
)
from webapp.web.health import blueprint as health_checks
from webapp.web.indentation import LittleIndentation

ROOT = Path(__file__).parent.parent
VERSION = "0.1.0"
"""As in pyproject.toml, which containers don't have."""


def create_app(settings: Settings | None = None) -> Flask:
    """Create the application.

    Args:
        settings: this deployment's settings; None to read them from the environment (see `read_settings`).

    Raises:
        SettingsError: when the environment is invalid.

    """
    settings = settings or read_settings()
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    _configure(app, settings)
    _connect(app, settings)
    addresses.init_app(app)
    requests.init_app(app)
    security.init_app(app, settings)
    guard.init_app(app, settings)
    requests.wait_for_forms(app)
    error_pages.init_app(app)
    not_run.init_app(app)
    compression.init_app(app)
    static_files.init_app(app, ROOT / "static")
    template_filters.init_app(app)
    page_cache.init_app(app)
    outcome_text.init_app(app)
    own_jobs.init_app(app)
    navigation.init_app(app, settings)
    for pages in (
        group_pages,
        many_group_pages,
        group_downloads,
        member_pages,
        contact_pages,
        bulk_pages,
        downloads,
        import_pages,
        action_pages,
        undo_pages,
        activity_pages,
        audience_pages,
        blacklist_pages,
        account_pages,
        single_sign_on,
        overview_pages,
        help_pages,
        style_guide,
        health_checks,
    ):
        app.register_blueprint(pages)
    _set_up_templates(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    """Configure the limits of requests, the proxies' headers and the session cookie."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_PARTS=requests.MAX_FORM_FIELDS,
        PROVIDE_AUTOMATIC_OPTIONS=False,  # Flask would answer OPTIONS without sign-in
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SECRET_KEY=[*settings.secret_key_fallbacks, settings.secret_key],
    )
    app.request_class = requests.CountedRequest
    app.session_interface = security.SessionCookie()
    app.url_map.strict_slashes = False
    hops = settings.proxy_hops
    # Each proxy appends to X-Forwarded-For, but most replace X-Forwarded-Proto: only its last value is used.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=min(hops, 1))  # type: ignore[method-assign]
    app.wsgi_app = requests.RequestAddress(app.wsgi_app, script_name=settings.script_name, proxy_hops=hops)  # type: ignore[method-assign]


def _connect(app: Flask, settings: Settings) -> None:
    """Create the clients of the phonebook, the provider and the store. No connection is made yet."""
    app.extensions["settings"] = settings
    app.extensions["phonebook"] = PhonebookClient(open_transport(settings))
    if settings.sso:
        from webapp.accounts.sso.provider import Provider  # Authlib takes 11 MiB per worker

        app.extensions["provider"] = Provider(settings.sso)
    app.extensions["store"] = Store(settings.database_url, time_left=current.time_for_store)


def _set_up_templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension(LittleIndentation)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # Templates share one dict of globals. Each import would search a chain of dicts for all names in it.
    app.jinja_env.make_globals = lambda _own: app.jinja_env.globals  # type: ignore[method-assign, assignment]
    del app.jinja_env.globals["config"]  # it contains secrets
    app.jinja_env.globals.update(
        settings=settings,
        version=VERSION,
        take_notice=notices.take_notice,
        form_token=forms.form_token,
        person=current.person,
        contact_labels=label_details(settings.custom_field_names),
        parts_of_contacts=SHOWN_PARTS,
    )


def read_settings() -> Settings:
    """Read the settings from the environment, and start a sandbox if they ask for one without an address.

    The store of such a sandbox is temporary, unless a database is configured.

    Raises:
        SettingsError: when the environment is invalid.

    """
    settings = Settings.from_environment()
    if settings.sandbox and not settings.api_url:
        url = settings.database_url or temporary_url()
        return replace(settings, api_url=embedded.start_sandbox(), database_url=url)
    return settings


def open_transport(settings: Settings) -> Transport:
    """Make the transport for calls to the API; no connection is opened yet."""
    return Transport(
        settings.api_url,
        settings.api_username,
        settings.api_password,
        connect_timeout=settings.connect_timeout,
        deadline=settings.page_deadline,
        backoff=settings.retry_backoff,
        connections=THREADS,
        pace=Pace(settings.api_rate, settings.shared_file("pace")),
    )
