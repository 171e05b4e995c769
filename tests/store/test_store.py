"""The store on both databases: created, upgraded, and with exact errors."""

import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, event, func, insert, inspect, select, text

from tests.postgresql import PostgreSQL
from tests.serving.deployment import free_port
from webapp.store import Store, StoreError, migrations
from webapp.store.engine import POSTGRESQL_TIMEOUT, check_url, sqlite_url
from webapp.store.schema import REVISIONS, actions, changes, metadata, sessions

Opens = Callable[[str], Store]

NUMBERS = count(1)

SAMPLES: dict[str, Callable[[], Any]] = {
    "TEXT": lambda: uuid4().hex,
    "INTEGER": lambda: 7,
    "BOOLEAN": lambda: True,
    "BIGINT": lambda: next(NUMBERS),
    "DATE": lambda: date.fromordinal(next(NUMBERS)),
    "DATETIME": lambda: datetime.now(UTC),
    "TIMESTAMP": lambda: datetime.now(UTC),
    "UUID": uuid4,
    "CHAR(32)": lambda: uuid4().hex,
    "BLOB": lambda: b"cells",
    "BYTEA": lambda: b"cells",
}


def fill(store: Store) -> dict[str, int]:
    """Put two rows into every table, and return the number of rows of each."""
    with store.engine.begin() as connection:
        found = MetaData()
        found.reflect(connection)
        counts = {}
        for table in found.sorted_tables:
            picks: list[Any] = [func.min, func.max] if table.name != "alembic_version" else []
            for pick in picks:
                values = {column.name: SAMPLES[str(column.type)]() for column in table.columns if column.name != "id"}
                for key in table.foreign_keys:
                    values[key.parent.name] = connection.execute(select(pick(key.column))).scalar_one()
                connection.execute(insert(table).values(values))
            counts[table.name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
        return counts


def test_the_code_knows_the_migrations_in_their_order() -> None:
    scripts = ScriptDirectory.from_config(migrations.alembic_config())
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_an_empty_store_is_brought_up_to_date_once(empty_store: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    assert store.upgrade() == ""
    assert store.upgrade() == REVISIONS[-1]
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_earlier_store_is_brought_up_to_date_with_its_data(
    empty_store: str, revision: str, open_store: Opens
) -> None:
    store = open_store(empty_store)
    with store.engine.connect() as connection, connection.execution_options(writes=True).begin():
        migrations.migrate(connection, revision)
    before = fill(store)
    for name in ("actions", "changes"):
        before.setdefault(name, before.get("activity", 0))
    before.pop("activity", None)
    assert store.upgrade() == revision
    store.try_out()
    with store.read() as connection:
        for name, count in before.items():
            table = Table(name, MetaData(), autoload_with=connection)
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == count
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_rows_of_activity_become_actions_with_their_changes(empty_store: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    with store.engine.connect() as connection, connection.execution_options(writes=True).begin():
        migrations.migrate(connection, "0003")
        activity = Table("activity", MetaData(), autoload_with=connection)
        entry = {"person": "Mari", "kind": "add", "twins": "", "searched": "", "began": datetime.now(UTC)}
        for form, batch, outcome in [
            ("a", None, "done"),
            ("b", "b", "kept back"),
            ("b/1", "b", "absent"),
            ("b/2", "b", "unknown"),
            ("c", None, "started"),
        ]:
            connection.execute(insert(activity).values(entry | {"form": form, "batch": batch, "outcome": outcome}))
    store.upgrade()
    with store.write() as connection:
        found = connection.execute(
            select(actions.c.form, changes.c.id, changes.c.action_id, changes.c.outcome)
            .join_from(changes, actions)
            .order_by(changes.c.id)
        ).all()
        assert found == [
            ("a", 1, 1, "done"),
            ("b", 2, 2, "skipped"),
            ("b", 3, 2, "not found later"),
            ("b", 4, 2, "unknown"),
            ("c", 5, 5, "started"),
        ]
        new = {"form": "d", "person": "Mari", "began": datetime.now(UTC), "content": ""}
        assert connection.execute(insert(actions).values(new).returning(actions.c.id)).scalar_one() == 6


def test_saved_forms_are_not_stored_as_sessions(empty_store: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    with store.engine.connect() as connection, connection.execution_options(writes=True).begin():
        migrations.migrate(connection, "0004")
        earlier, now = Table("sessions", MetaData(), autoload_with=connection), datetime.now(UTC)
        row = {"stamp": "", "address": "", "began": now, "seen": now, "kept": "{}"}
        for account in ("mari", ""):
            connection.execute(insert(earlier).values(row | {"token": account, "account": account}))
    store.upgrade()
    with store.read() as connection:
        assert connection.execute(select(sessions.c.account)).scalars().all() == ["mari"]


def test_several_at_once_bring_it_up_to_date_one_after_another(empty_store: str, open_store: Opens) -> None:
    with ThreadPoolExecutor(8) as pool:
        before = list(pool.map(lambda _: open_store(empty_store).upgrade(), range(8)))
    assert sorted(before) == ["", *[REVISIONS[-1]] * 7]


def test_an_upgrade_that_fails_leaves_nothing_behind(empty_store: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE probe (in_the_way INTEGER)"))
    with pytest.raises(StoreError, match="the store failed"):
        store.upgrade()
    with store.engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["probe"]
        connection.execute(text("DROP TABLE probe"))
    assert store.upgrade() == ""


def test_a_store_of_a_newer_version_is_not_changed(empty_store: str, open_store: Opens) -> None:
    open_store(empty_store).upgrade()
    with open_store(empty_store).write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    for use in (open_store(empty_store).try_out, open_store(empty_store).upgrade):
        with pytest.raises(StoreError, match="ahead of the dashboard"):
            use()


def test_a_file_needs_no_upgrade_by_hand(tmp_path: Path, open_store: Opens) -> None:
    open_store(sqlite_url(tmp_path / "new folder" / "store.sqlite3")).try_out()


def test_postgresql_is_upgraded_only_by_the_command(postgresql: PostgreSQL, open_store: Opens) -> None:
    with pytest.raises(StoreError, match="run python -m webapp upgrade-store"):
        open_store(postgresql.new_database()).try_out()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_forms_of_the_address_work(postgresql: PostgreSQL, scheme: str, open_store: Opens) -> None:
    url = postgresql.new_database().replace("postgres:", f"{scheme}:")
    check_url(url)
    assert open_store(url).upgrade() == ""


def break_postgresql(postgresql: PostgreSQL, url: str, how: str) -> None:
    """Break a database as it may happen."""
    name = url.rpartition("/")[2]
    if how == "read-only":
        postgresql.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    elif how == "full":
        body = "BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END"  # what PostgreSQL says of a full disk
        postgresql.run(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$", url)
        postgresql.run("CREATE TRIGGER refuse BEFORE INSERT ON probe EXECUTE FUNCTION refuse()", url)
    else:
        postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgresql.run(f"ALTER DATABASE {name} CONNECTION LIMIT 0")


def break_sqlite(store: Store, how: str) -> None:
    """The same to a file."""
    statement = {"read-only": "PRAGMA query_only = on", "full": "PRAGMA max_page_count = 1"}[how]
    event.listen(store.engine, "connect", lambda connection, _: connection.execute(statement))


@pytest.mark.parametrize("how", ["read-only", "full"])
def test_problems_with_a_file_are_reported(tmp_path: Path, how: str, open_store: Opens) -> None:
    url = sqlite_url(tmp_path / "store.sqlite3")
    open_store(url).upgrade()
    store = open_store(url)
    break_sqlite(store, how)
    with pytest.raises(StoreError, match=how):
        fill_up(store)


def fill_up(store: Store) -> None:
    """Write until the file needs another page."""
    for _ in range(200):
        store.try_out()
        with store.write() as connection:
            values: dict[str, Any] = {
                column.name: "x" * 500 for column in actions.columns if str(column.type) == "TEXT"
            }
            values |= {"form": uuid4().hex, "began": datetime.now(UTC)}
            connection.execute(insert(actions).values(values))


@pytest.mark.parametrize("how", ["read-only", "full", "can't be reached"])
def test_problems_with_postgresql_are_reported(postgresql: PostgreSQL, how: str, open_store: Opens) -> None:
    url = postgresql.new_database()
    open_store(url).upgrade()
    break_postgresql(postgresql, url, how)
    with pytest.raises(StoreError, match=how):
        open_store(url).try_out()


def test_a_missing_database_is_reported(postgresql: PostgreSQL, open_store: Opens) -> None:
    with pytest.raises(StoreError, match="no such database"):
        open_store(postgresql.url("missing")).try_out()


def test_a_store_upgraded_during_use_is_reported(empty_store: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    store.upgrade()
    store.try_out()
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(StoreError, match="ahead of the dashboard"):
        store.try_out()


def test_no_error_contains_the_data(empty_store: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    store.upgrade()
    with pytest.raises(StoreError) as caught, store.write() as connection:
        connection.execute(insert(actions).values(person="Jaan Tamm"))
    assert "Tamm" not in "".join(traceback.format_exception(caught.value))


def test_claims_survive_a_power_failure(tmp_path: Path, open_store: Opens) -> None:
    store = open_store(sqlite_url(tmp_path / "store.sqlite3"))
    with store.write() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {each}").scalar_one() for each in ("synchronous", "journal_mode")]
    assert modes == [2, "wal"]  # 2 is FULL


@pytest.mark.long
def test_postgresql_that_is_frozen_is_given_up(postgresql: PostgreSQL, open_store: Opens) -> None:
    """Its system accepts connections and data, but it never answers."""
    store = open_store(postgresql.new_database())
    store.upgrade()
    store.try_out()
    with postgresql.frozen():
        started = time.monotonic()
        for _ in range(2):
            with pytest.raises(StoreError, match="can't be reached"):
                store.try_out()
        assert time.monotonic() - started < 2 * 3 * POSTGRESQL_TIMEOUT
    store.try_out()


def test_a_file_that_cannot_be_created_is_reported(tmp_path: Path, open_store: Opens) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="can't be opened or made"):
        open_store(sqlite_url(tmp_path / "file" / "store.sqlite3")).try_out()


def test_a_file_that_is_not_a_database_is_reported(tmp_path: Path, open_store: Opens) -> None:
    (tmp_path / "store.sqlite3").write_text("no database at all, but long enough to look at" * 50)
    with pytest.raises(StoreError, match="not a database"):
        open_store(sqlite_url(tmp_path / "store.sqlite3")).try_out()


def test_postgresql_that_does_not_listen_is_reported(open_store: Opens) -> None:
    with pytest.raises(StoreError, match="can't be reached"):
        open_store(f"postgres://dashboard:canary-database@127.0.0.1:{free_port()}/store").try_out()


def test_a_wrong_password_is_reported_but_not_shown(postgresql: PostgreSQL, open_store: Opens) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(postgresql.url().replace("canary-database", "canary-wrong")).try_out()
    assert str(caught.value) == "the store refused the dashboard's user name or password"
    assert "canary" not in str(caught.value)


def test_postgresql_that_comes_back_is_used_again(postgresql: PostgreSQL, open_store: Opens) -> None:
    """All its connections have broken: the next request doesn't pay for that."""
    url = postgresql.new_database()
    store = open_store(url)
    store.upgrade()
    store.try_out()
    postgresql.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    store.try_out()


@pytest.mark.parametrize("name", ["nul\0", "half \ud83d", "😀" * 250, "'; DROP TABLE actions; --"])
def test_any_name_is_stored_as_far_as_a_database_can(empty_store: str, name: str, open_store: Opens) -> None:
    store = open_store(empty_store)
    store.upgrade()
    stored = name.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    with store.write() as connection:
        action = {"form": "f", "person": name, "began": datetime.now(UTC), "content": ""}
        first = connection.execute(insert(actions).values(action).returning(actions)).one()
        change = {"action_id": first.id, "kind": "create", "duplicates": "", "searched": name, "outcome": "done"}
        second = connection.execute(insert(changes).values(change | {"before": name}).returning(changes)).one()
    assert (first.person, second.before) == (stored, stored)
    assert first.began.tzinfo is not None
