"""Gunicorn's configuration. The master process checks the settings, so that an invalid one is reported once."""

import contextlib
import ctypes
import errno
import gc
import logging
import logging.config
import os
import resource
import signal
import socket
import sys
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders

from webapp.sandbox import embedded
from webapp.serving import gunicorn_arguments
from webapp.serving.background import BackgroundProcess
from webapp.settings import THREADS, Settings, SettingsError
from webapp.settings.environment import log_misspelt
from webapp.settings.parsers import is_loopback, python
from webapp.store import Store, StoreError
from webapp.store.sqlite import FileId
from webapp.store.store import temporary_url
from webapp.web.log_format import logging_config

try:
    settings = Settings.from_environment()
except SettingsError as error:
    sys.exit(str(error))

logging.config.dictConfig(logging_config(settings.log_level))
gunicorn_arguments.start_without_others()

wsgi_app = "webapp:create_app()"
bind = f"127.0.0.1:{settings.port}"
workers = settings.web_concurrency
worker_class = "webapp.serving.worker.Worker"
threads = THREADS
# The file descriptors left for clients. Each thread may need up to eight for the API, the store and itself.
worker_connections = max(THREADS + 1, min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 8 * THREADS))
keepalive = 95  # seconds; longer than routers keep idle connections, so that they don't reuse closed ones
graceful_timeout = 24  # seconds; longer than any page takes, but shorter than the 30 after which platforms kill
limit_request_line = 8190  # bytes
limit_request_fields = 64
MAX_HEADERS_BYTES = 32 * 1024  # bytes of all headers together
forwarded_allow_ips = ""  # proxies' headers are handled according to PROXY_HOPS, not by gunicorn
control_socket_disable = True
logconfig_dict = logging_config(settings.log_level)

background = BackgroundProcess()

with contextlib.suppress(AttributeError, OSError):  # glibc only
    # Use two arenas. With one for each thread, other threads couldn't reuse the memory that one frees.
    ctypes.CDLL(None).mallopt(-8, 2)  # M_ARENA_MAX
    # Return large blocks, such as large responses, to the system as soon as they are freed.
    ctypes.CDLL(None).mallopt(-3, 4 * 1024 * 1024)  # M_MMAP_THRESHOLD


def on_starting(server: Any) -> None:
    """Refuse unsafe settings, start the embedded sandbox if SANDBOX is set, and check the store."""
    addresses = [address for address in server.cfg.address if isinstance(address, tuple)]
    if settings.loopback_only and not all(is_loopback(host) and ":" not in host for host, *_ in addresses):
        sys.exit(
            "No accounts are set up, so a real phonebook is served to this machine only: set DASHBOARD_USERS"
            f" ({python()} -m webapp hash-password makes its entries) or OIDC_ISSUER, bind to 127.0.0.1, or set"
            " SANDBOX=1 to show the dashboard on sample data."
        )
    log_misspelt(os.environ)
    if "LISTEN_FDS" not in os.environ:  # otherwise systemd has bound them already
        for address in addresses:
            _check_port(*address[:2])
    if settings.sandbox:
        # Workers read the environment again. This gives them the same sandbox, store and key.
        os.environ["MESSENTE_API_URL"] = settings.api_url or embedded.start_sandbox()
        os.environ["DATABASE_URL"] = settings.database_url or temporary_url()
        os.environ["SECRET_KEY"] = settings.secret_key
    _prepare_store(settings.database_url or os.environ["DATABASE_URL"])


store_file: FileId | None = None
"""Id of the store's SQLite file at the start; None for PostgreSQL."""


def _prepare_store(url: str) -> None:
    """Prepare the store and remember its file. If that fails, log why and go on: it may work later."""
    global store_file
    with contextlib.closing(Store(url)) as store:
        try:
            store.try_out()
        except StoreError as error:
            logging.getLogger("webapp.web.health").error("not ready", extra={"reason": str(error)})
        store_file = store.file_id


def _check_port(host: str, port: int) -> None:
    """Exit with a clear message if the port can't be bound. Gunicorn would retry five times and say less."""
    try:
        family, kind, *_, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
            probe.bind(address)
    except OSError as error:
        other = port + 1 if 1024 <= port < 65535 else 8001
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"Port {port} is in use by another program. Choose another port, such as: PORT={other} make run")
        if error.errno == errno.EACCES:
            sys.exit(
                f"Port {port} is not free to use without root. Choose another port, such as: PORT={other} make run"
            )
        sys.exit(f"Nothing can listen on {host}, port {port}: {error.strerror}.")


def post_fork(server: Any, _worker: Any) -> None:
    """Let signals end a worker while it boots. It has inherited the master's handlers, which only queue signals."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: sys.exit(0))
    while not server.SIG_QUEUE.empty():
        if server.SIG_QUEUE.get_nowait() in {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}:
            sys.exit(0)


def pre_request(_worker: Any, request: Any) -> None:
    """Refuse headers larger than browsers and proxies send: parsed, they would take many times as much memory."""
    if sum(len(value) for _, value in request.headers) > MAX_HEADERS_BYTES:
        raise LimitRequestHeaders("the headers are too long together")


def post_worker_init(worker: Any) -> None:
    """Pin the worker to the store's current file, hide SCRIPT_NAME from gunicorn, and tune the garbage collector."""
    worker.wsgi.extensions["store"].expect_file(store_file)
    os.environ.pop("SCRIPT_NAME", None)  # the dashboard has read it; gunicorn would respond to other paths with 500
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def on_exit(_server: Any) -> None:
    """Stop the background worker."""
    background.stop()


def pre_exec(_server: Any) -> None:
    """Refuse SIGUSR2 (upgrade on the fly): with two masters, workers can't tell when to close the shared listener."""
    sys.exit("A new version is not started beside the old one here: stop this one, and start the other.")


def when_ready(server: Any) -> None:
    """Start the background worker, and print the dashboard's URL."""
    if settings.background_work:
        background.start()
    address = str(server.LISTENERS[0]).replace("0.0.0.0", "127.0.0.1")  # noqa: S104  # nosec B104 - only printed, not bound
    print(f"The Phonebook dashboard is at {address}{settings.script_name}", flush=True)
    if settings.sandbox:
        print("It runs on sample data; nothing here reaches Messente.", flush=True)
