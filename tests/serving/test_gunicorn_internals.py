"""The internals of gunicorn that the worker overrides or uses, which may change in any version."""

import inspect
import socket
from types import CodeType
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.unreader import SocketUnreader
from gunicorn.util import close_graceful, write
from gunicorn.workers import base, gthread
from gunicorn.workers.gthread import TConn, ThreadWorker

from webapp.serving.client_socket import ClientSocket
from webapp.serving.worker import Worker

SIGNATURES = [
    (TConn, "__init__", "(self, cfg, sock, client, server)"),
    (TConn, "close", "(self, graceful=False)"),
    (TConn, "set_timeout", "(self)"),
    (ThreadWorker, "accept", "(self, listener)"),
    (ThreadWorker, "finish_request", "(self, conn, fs)"),
    (ThreadWorker, "handle", "(self, conn)"),
    (ThreadWorker, "murder_keepalived", "(self, force=False)"),
    (ThreadWorker, "murder_pending", "(self)"),
    (ThreadWorker, "on_client_socket_readable", "(self, conn, client)"),
    (ThreadWorker, "on_pending_socket_readable", "(self, conn, client)"),
    (ThreadWorker, "set_accept_enabled", "(self, enabled)"),
    (ThreadWorker, "wait_for_and_dispatch_events", "(self, timeout)"),
    (base.Worker, "__init__", "(self, age, ppid, sockets, app, timeout, cfg, log)"),
    (SocketUnreader, "chunk", "(self, size_hint=None)"),
]
CALLS = [
    (ThreadWorker.run, {"set_accept_enabled", "wait_for_and_dispatch_events", "murder_pending", "murder_keepalived"}),
    (ThreadWorker.set_accept_enabled, {"sockets", "poller", "register", "unregister", "accept"}),
    (ThreadWorker.enqueue_req, {"submit", "handle"}),
    (ThreadWorker.handle, {"sock", "setblocking", "data_ready"}),
    (ThreadWorker.finish_request, {"nr_conns", "close", "keepalived_conns"}),
    (ThreadWorker.on_client_socket_readable, {"keepalived_conns", "enqueue_req"}),
    (ThreadWorker.on_pending_socket_readable, {"pending_conns", "data_ready", "enqueue_req"}),
    (ThreadWorker.murder_pending, {"pending_conns", "timeout", "nr_conns"}),
    (ThreadWorker.murder_keepalived, {"keepalived_conns", "timeout", "nr_conns"}),
    (TConn.close, {"close_graceful"}),
    (SocketUnreader.chunk, {"sock", "recv"}),
    (write, {"sendall"}),
    (close_graceful, {"settimeout", "recv"}),
]
ATTRIBUTES = {
    *("alive", "cfg", "log", "sockets", "poller", "worker_connections"),
    *("pending_conns", "keepalived_conns", "nr_conns"),
}


def names(code: CodeType) -> set[str]:
    """Return the names that a function uses, including its inner functions."""
    inner = (names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


@pytest.mark.parametrize(
    ("owner", "name", "signature"), SIGNATURES, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_method_has_the_signature_that_the_worker_expects(owner: type, name: str, signature: str) -> None:
    assert str(inspect.signature(getattr(owner, name))) == signature


@pytest.mark.parametrize(("function", "called"), CALLS, ids=lambda value: getattr(value, "__qualname__", ""))
def test_gunicorn_still_uses_the_overridden_methods(function: Any, called: set[str]) -> None:
    assert called <= names(function.__code__)


def test_the_attributes_exist() -> None:
    worker = Worker(0, 0, [], None, 0, Config(), None)
    worker.tmp.close()  # the file by which the master sees that it lives
    assert vars(worker).keys() >= ATTRIBUTES
    ours, theirs = socket.socketpair()
    with theirs, ClientSocket(fileno=ours.detach()) as client:
        connection = TConn(Config(), client, "", "")
        assert vars(connection).keys() >= {"sock", "timeout", "data_ready"}
        assert client.gettimeout() == 0.0
    assert gthread.STOP_KEEPALIVE_LINGER > 0


def test_the_worker_overrides_only_the_listed_methods() -> None:
    overridden = {name for name in vars(Worker) if name in dir(ThreadWorker) and not name.startswith("__")}
    listed = {name for owner, name, _ in SIGNATURES if owner is ThreadWorker}
    assert overridden <= listed
