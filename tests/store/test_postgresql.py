"""PostgreSQL with other settings: the dashboard works, or reports the problem."""

import os
import socketserver
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import insert, select

from tests.certificate import make_certificate
from tests.faults.faulty_wire import until
from tests.page_client import PASSWORD, SECRET_KEY
from tests.postgresql import PostgreSQL
from tests.serving.deployment import Deployment, free_port, run
from webapp.store import Store, StoreError, migrations
from webapp.store.schema import sessions

Opens = Callable[[str], Store]

REAL = {"MESSENTE_API_USERNAME": "sandbox", "MESSENTE_API_PASSWORD": PASSWORD, "SECRET_KEY": SECRET_KEY}
MOMENT = datetime(2026, 2, 1, 23, 59, 59, 123456, tzinfo=UTC)


def use(store: Store) -> None:
    """Write a row as the dashboard does, and read it back."""
    row = {"token": "t", "account": "Õ😀", "stamp": "", "address": "", "began": MOMENT, "seen": MOMENT}
    with store.write() as connection:
        connection.execute(insert(sessions).values(row))
    with store.read() as connection:
        kept = connection.execute(select(sessions)).one()
    assert (kept.account, kept.began) == ("Õ😀", MOMENT)
    store.try_out()


SETTINGS = [
    "DateStyle = 'SQL, DMY'",
    "DateStyle = 'German'",
    "DateStyle = 'Postgres, MDY'",
    "TimeZone = 'Asia/Kathmandu'",
    "client_encoding = 'LATIN1'",
    "default_transaction_isolation = 'serializable'",
    "standard_conforming_strings = off",
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_of_the_database_make_no_difference(postgresql: PostgreSQL, setting: str, open_store: Opens) -> None:
    url = postgresql.new_database()
    postgresql.run(f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting}")
    store = open_store(url)
    store.upgrade()
    use(store)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "LATIN9", "WIN1257"])
def test_a_database_that_cannot_hold_every_name(postgresql: PostgreSQL, encoding: str, open_store: Opens) -> None:
    url = postgresql.new_database(f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    for act in (open_store(url).upgrade, open_store(url).try_out):
        with pytest.raises(StoreError, match=f"the store's database is in {encoding}, which can't hold every name"):
            act()


@pytest.mark.long
def test_the_command_the_start_and_the_health_check_say_why(postgresql: PostgreSQL) -> None:
    url = postgresql.new_database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    ran = run("upgrade-store", DATABASE_URL=url, **REAL)
    assert (ran.returncode, "is in LATIN1" in ran.stderr) == (1, True)
    with Deployment(DATABASE_URL=url, WEB_CONCURRENCY="1", SANDBOX="1") as deployment:
        assert [line for line in deployment.lines if "not ready" in line and "LATIN1" in line]
        assert until(lambda: "is in LATIN1" in deployment.get("/health/ready").text)


def new_user(postgresql: PostgreSQL, url: str, name: str) -> str:
    """Make a user, and return the address of the same database for it."""
    postgresql.run(f"CREATE ROLE {name} LOGIN PASSWORD 'canary-database'")
    return url.replace("//dashboard:", f"//{name}:")


def test_without_the_right_to_create_tables(postgresql: PostgreSQL, open_store: Opens) -> None:
    url = postgresql.new_database()
    theirs = new_user(postgresql, url, "guest")
    postgresql.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC", url)  # as PostgreSQL 15 has it anyway
    for act in (open_store(theirs).upgrade, open_store(theirs).try_out):
        with pytest.raises(StoreError, match="may not make tables in the store"):
            act()
    postgresql.run("GRANT CREATE ON SCHEMA public TO guest", url)
    open_store(theirs).upgrade()
    postgresql.run("REVOKE CREATE ON SCHEMA public FROM guest", url)
    use(open_store(theirs))


def test_tables_that_belong_to_another_user(postgresql: PostgreSQL, open_store: Opens) -> None:
    url = postgresql.new_database()
    store = open_store(url)
    with store.engine.connect() as connection, connection.execution_options(writes=True).begin():
        migrations.migrate(connection, "0002")
    theirs = new_user(postgresql, url, "successor")
    postgresql.run("GRANT ALL ON SCHEMA public TO successor", url)
    postgresql.run("GRANT ALL ON ALL TABLES IN SCHEMA public TO successor", url)
    with pytest.raises(StoreError, match="belong to another user"):
        open_store(theirs).upgrade()


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A server with TLS, and with German messages if they are installed."""
    certificate = make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")
    with PostgreSQL(certificate=certificate, LANGUAGE="de") as server:
        yield server


@pytest.mark.long
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("canary-database", "canary-wrong"), "the store refused the dashboard's user name or password"),
        (("//dashboard:", "//nobody:"), "the store refused the dashboard's user name or password"),
        (("/postgres", "/missing"), "the store has no such database"),
        (("/postgres", "/postgres?sslmode=verify-full"), "there is no root certificate"),
        (("/postgres", "/postgres?sslmode=verify-ca"), "there is no root certificate"),
        (("/postgres", "/postgres?sslmode=verify-full&sslrootcert={other}"), "the store's certificate is not trusted"),
        (("/postgres", "/postgres?sslmode=verify-ca&sslrootcert={other}"), "the store's certificate is not trusted"),
    ],
)
def test_reasons_for_a_failed_connection(
    german: PostgreSQL, change: tuple[str, str], message: str, open_store: Opens, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path / "other.pem")
    url = german.url().replace(change[0], change[1].format(other=other))
    for act in (open_store(url).upgrade, open_store(url).try_out):
        with pytest.raises(StoreError, match=message) as caught:
            act()
        assert "canary" not in str(caught.value)


def test_tls_that_the_server_does_not_speak(postgresql: PostgreSQL, open_store: Opens) -> None:
    with pytest.raises(StoreError, match="takes no connections by TLS"):
        open_store(f"{postgresql.url()}?sslmode=require").try_out()


@contextmanager
def refusing(state: str, said: bytes) -> Iterator[str]:
    """Serve PostgreSQL's protocol as far as to refuse every connection, and yield the address."""
    fields = b"S" + said.split(b":")[0] + b"\0VFATAL\0C" + state.encode() + b"\0M" + said + b"\0\0"

    class Refuse(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while True:
                [size] = struct.unpack("!i", self.rfile.read(4))
                [wish] = struct.unpack("!i", self.rfile.read(size - 4)[:4])
                if wish == 196608:  # anything else asks for an encryption
                    break
                self.wfile.write(b"N")
            self.wfile.write(b"E" + struct.pack("!i", 4 + len(fields)) + fields)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refuse) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"postgres://dashboard:canary-database@127.0.0.1:{server.server_address[1]}/store"
        server.shutdown()


@pytest.mark.parametrize(
    ("state", "said", "message"),
    [
        ("28P01", 'ВАЖНО: пользователь "x" не прошёл проверку подлинности'.encode("koi8-r"), "or password"),
        ("28000", "FATAL: kein pg_hba.conf-Eintrag für Host".encode(), "lets nobody of the dashboard's user name in"),
        ("3D000", '致命的: データベース"store"は存在しません'.encode("euc-jp"), "has no such database"),
        ("53300", "FATAL: désolé, trop de clients sont déjà connectés".encode("latin-1"), "is busy"),
        ("57P03", "FATAL: el sistema de base de datos está iniciándose".encode(), "can't be reached"),
    ],
)
def test_a_refusal_in_any_language(state: str, said: bytes, message: str, open_store: Opens) -> None:
    with refusing(state, said) as url, pytest.raises(StoreError, match=message):
        open_store(url).try_out()


@pytest.fixture
def pooler(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Serves a database through PgBouncer, one connection to PostgreSQL for all; gives the address."""
    port = free_port()
    (tmp_path / "users").write_text('"dashboard" "canary-database"\n')
    settings = {
        "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "plain",
        "auth_file": tmp_path / "users", "pool_mode": "transaction", "default_pool_size": "1",
        "logfile": tmp_path / "log",
    }  # fmt: skip
    lines = ["[databases]", f"* = host=127.0.0.1 port={postgresql.port}", "[pgbouncer]"]
    (tmp_path / "ini").write_text("\n".join(lines + [f"{name} = {value}" for name, value in settings.items()]))
    owner: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    if owner:
        for path in (*tmp_path.parents[:3], tmp_path):
            path.chmod(0o755)
        os.chown(tmp_path, 65534, 65534)
    process = subprocess.Popen(["pgbouncer", "-q", tmp_path / "ini"], env={"PATH": "/usr/sbin:/usr/bin"}, **owner)
    yield lambda url: url.replace(f":{urlsplit(url).port}/", f":{port}/")
    process.terminate()
    process.wait(30)


def test_a_closed_store_keeps_no_connection(postgresql: PostgreSQL, open_store: Opens) -> None:
    """Nor does a thread in the background that goes on using it."""
    store, drivers = open_store(postgresql.new_store()), list[Any]()
    with store.read() as connection:
        drivers.append(connection.connection.driver_connection)
    assert not drivers[0].closed, "it is kept for the next use"
    with store.read() as connection:
        store.close()
        drivers.append(connection.connection.driver_connection)
    with store.read() as connection:
        drivers.append(connection.connection.driver_connection)
    assert all(driver.closed for driver in drivers)


def test_a_pooler_that_shares_connections(
    postgresql: PostgreSQL, pooler: Callable[[str], str], open_store: Opens
) -> None:
    """Settings of a transaction end with it, because the next one on the connection may be another client's."""
    url = pooler(postgresql.new_database())

    def answers() -> bool:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return False
        return True

    assert until(answers)
    store = open_store(url)
    store.upgrade()
    use(store)
    with psycopg.connect(url) as other:
        assert other.execute("SHOW statement_timeout").fetchone() == ("0",)
