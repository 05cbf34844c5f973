"""The encrypted driver: what PEP 249 asks, how files are set, what is said of files that cannot be opened."""

from __future__ import annotations

import datetime
import gc
import logging
import subprocess
import sys
import threading
import traceback
from contextlib import closing
from pathlib import Path

import apsw
import pytest
import sqlalchemy as sa

from kanto_desk.db import driver
from kanto_desk.db.dialect import make_engine, reading, writing
from kanto_desk.errors import Trouble

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


def test_cursor_follows_pep_249(path: Path) -> None:
    with closing(driver.connect(path, key=KEY)) as connection:
        cursor = connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE)")
        assert (cursor.rowcount, cursor.description) == (-1, None)
        assert connection.executemany("INSERT INTO t(b) VALUES (?)", [("x",), ("y",), ("z",)]).rowcount == 3
        cursor.execute("UPDATE t SET b = b || '!' WHERE a > 1 RETURNING a AS n")
        assert cursor.rowcount == 2 and cursor.description is not None and cursor.description[0][0] == "n"
        assert cursor.fetchmany(5) == [(2,), (3,)] and cursor.fetchone() is None
        cursor.execute("SELECT a, b FROM t WHERE 0")
        assert [column[0] for column in cursor.description or ()] == ["a", "b"] and cursor.fetchall() == []
        assert cursor.execute("INSERT INTO t(b) VALUES (:b)", {"b": "w"}).lastrowid == 4
        assert cursor.execute("WITH c AS (SELECT 1 AS n) DELETE FROM t WHERE a IN (SELECT n FROM c)").rowcount == 1
        moment = datetime.datetime(2026, 4, 1, 9, 30)
        stored = cursor.execute("SELECT ?, ?, ?, ?", (moment, moment.date(), moment.time(), b"\0x")).fetchone()
        assert stored == ("2026-04-01 09:30:00", "2026-04-01", "09:30:00", b"\0x")
        for statement, parameters, kind in (
            ("INSERT INTO t(b) VALUES ('w')", (), driver.IntegrityError),
            ("SELEC", (), driver.OperationalError),
            ("SELECT ?", (), driver.ProgrammingError),
            ("SELECT ?", (2**70,), driver.DataError),
            ("SELECT ?", (object(),), driver.InterfaceError),
            ("SELECT 1; DELETE FROM t", (), driver.ProgrammingError),
        ):
            with pytest.raises(kind):
                connection.execute(statement, parameters)
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)
    with pytest.raises(driver.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_settings_of_an_open_file(path: Path) -> None:
    with closing(driver.connect(path, key=KEY, page_size=16384)) as connection:
        connection.execute("CREATE TABLE t(a)")
        found = {name: connection.execute(f"PRAGMA {name}").fetchall()[0][0] for name in (
            "cipher", "journal_mode", "synchronous", "foreign_keys", "temp_store", "secure_delete", "page_size")}
    assert found == {"cipher": "aegis", "journal_mode": "wal", "synchronous": 2, "foreign_keys": 0, "temp_store": 2,
                     "secure_delete": 2, "page_size": 16384}


def test_the_key_shows_nowhere(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = make_engine(path, KEY)
    planted = "".join(("秘", "密"))   # a traceback shows source lines
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t(a)")
    shown = [repr(engine), str(engine.url), caplog.text]
    with pytest.raises(sa.exc.OperationalError) as caught, writing(engine) as connection:
        shown.append(repr(connection.connection.dbapi_connection))
        connection.execute(sa.text("INSERT INTO missing VALUES (:a)"), {"a": planted})
    shown.append("".join(traceback.format_exception(caught.value)))
    engine.dispose()
    with pytest.raises(driver.DatabaseError) as refused:
        driver.connect(path, key=bytes(32))
    shown.append("".join(traceback.format_exception(refused.value)))
    with pytest.raises(driver.InterfaceError):
        driver.connect(path, key=b"short")
    assert not [text for text in shown if KEY.hex() in text or repr(KEY) in text or "00" * 32 in text or planted in text]


@pytest.mark.parametrize("harm", ["key", "none", "flip", "short"])
def test_what_cannot_be_opened_is_told_and_left_alone(path: Path, harm: str) -> None:
    with closing(driver.connect(path, key=KEY)) as connection:
        connection.execute("CREATE TABLE t(a)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 100)
    if harm in ("flip", "short"):
        whole = bytearray(path.read_bytes())
        whole[5000] ^= 1
        path.write_bytes(whole if harm == "flip" else whole[:6000])
    before = path.read_bytes()
    with pytest.raises(driver.Error) as caught:
        connection = driver.connect(path, key={"key": bytes(32), "none": None}.get(harm, KEY))
        with closing(connection):
            connection.execute("SELECT sum(length(a)) FROM t").fetchall()
    trouble = driver.explain(caught.value)
    assert isinstance(trouble, Trouble)
    assert ("この鍵では" in trouble.happened) == (harm in ("key", "none"))
    assert path.read_bytes() == before


def test_other_troubles_have_their_own_words(path: Path) -> None:
    with closing(driver.connect(path, key=KEY)) as connection, closing(
            driver.connect(path, key=KEY, timeout=0)) as other:
        connection.execute("CREATE TABLE t(a)")
        connection.begin("IMMEDIATE")
        with pytest.raises(driver.OperationalError) as locked:
            other.begin("IMMEDIATE")
        connection.rollback()
        connection.execute("PRAGMA max_page_count=3")
        with pytest.raises(driver.OperationalError) as full:
            connection.executemany("INSERT INTO t VALUES (?)", [("x" * 4000,)] * 9)
    with closing(driver.connect(path, key=KEY, readonly=True)) as reader, pytest.raises(driver.Error) as read_only:
        reader.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(driver.Error) as missing:
        driver.connect(path.parent / "none" / "x.db", key=KEY)
    words = [driver.explain(caught.value).happened for caught in (locked, full, read_only, missing)]
    assert [next(word for word in ("ほかの処理", "空きがなく", "書き込めません", "開けません") if word in text)
            for text in words] == ["ほかの処理", "空きがなく", "書き込めません", "開けません"]
    assert driver.explain(PermissionError(13, "no")).happened == words[2]


def test_ddl_is_rolled_back_whole(path: Path) -> None:
    engine = make_engine(path, KEY)
    with pytest.raises(KeyError), writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE a(x)")
        connection.exec_driver_sql("CREATE TABLE b(x)")
        raise KeyError
    with reading(engine) as connection:
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()


def test_readers_never_wait_for_the_writer_and_threads_share_no_connection(path: Path) -> None:
    engine = make_engine(path, KEY)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t(a)")
    seen: list[int] = []
    failed: list[BaseException] = []
    together = threading.Barrier(4)

    def read() -> None:
        try:
            with reading(engine) as connection:
                seen.append(id(connection.connection.dbapi_connection))
                together.wait(10)
                assert [connection.exec_driver_sql("SELECT count(*) FROM t").scalar() for _ in range(50)] == [0] * 50
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failed.append(error)

    with writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert failed == [] and len(set(seen)) == 4
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 1
        lent = connection.connection.dbapi_connection
        engine.dispose()
    assert lent.closed and not Path(f"{path}-wal").exists()   # the last connection is gone: SQLite tidied up


KILLED = """
import sys
from kanto_desk.db import driver
connection = driver.connect(sys.argv[1], key=bytes(range(32)))
n = 0
while True:
    n += 1
    connection.begin("IMMEDIATE")
    connection.executemany("INSERT INTO t VALUES (?)", [(n,), (n,)])
    connection.commit()
    print(n, flush=True)
"""


def test_killed_while_writing_keeps_every_acknowledged_commit(path: Path) -> None:
    with closing(driver.connect(path, key=KEY)) as connection:
        connection.execute("CREATE TABLE t(a)")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(50):
            acknowledged = int(child.stdout.readline())
        child.kill()
        acknowledged = max([acknowledged, *(int(line) for line in child.stdout)])
    with closing(driver.connect(path, key=KEY)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        counts = connection.execute("SELECT a, count(*) FROM t GROUP BY a ORDER BY a").fetchall()
    assert len(counts) >= acknowledged and all(count == 2 for _, count in counts)


def test_transactions_leave_no_cursors_behind(tmp_path: Path) -> None:
    def alive() -> int:
        gc.collect()
        return sum(isinstance(each, apsw.Cursor) for each in gc.get_objects())

    before = alive()
    engine = make_engine(tmp_path / "t.db", KEY)

    def work() -> None:
        for _ in range(20):
            with writing(engine) as conn:
                conn.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (a)")
                older, younger = (conn.exec_driver_sql("SELECT 1 UNION SELECT 2") for _ in range(2))
                assert younger.first() == older.first() == (1,)
            with reading(engine) as conn:
                assert conn.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0

    work()
    once = alive()
    work()
    assert alive() == once <= before + 3   # they are used again
    engine.dispose()
    assert alive() == before


def test_a_closed_cursor_is_freed_with_its_statement() -> None:
    def alive() -> int:
        return sum(isinstance(each, apsw.Cursor) for each in gc.get_objects())

    with closing(driver.connect(":memory:", key=None, wal=False)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1), (2)")
        gc.collect()
        before = alive()
        for _ in range(20):
            cursor = connection.cursor()
            cursor.execute("SELECT a FROM t")
            assert cursor.fetchone() == (1,)   # a row is left: the statement holds its read lock
            cursor.close()
            cursor.close()
            with pytest.raises(driver.ProgrammingError):
                cursor.execute("SELECT 1")
        connection.execute("DROP TABLE t")   # refused while any statement reads it
        assert alive() - before <= 1   # of the last error's frames


def test_a_result_left_half_read_keeps_no_connection_in_the_past(path: Path) -> None:
    engine = make_engine(path, KEY)
    with writing(engine) as conn:
        conn.exec_driver_sql("CREATE TABLE t(a INTEGER)")
        conn.exec_driver_sql("INSERT INTO t(a) VALUES (1), (2), (3)")
    with reading(engine) as conn:
        half = conn.exec_driver_sql("SELECT a FROM t ORDER BY a")
        assert half.fetchone() == (1,)   # and somebody returns, the result still in his hands
    other = make_engine(path, KEY)
    with writing(other) as conn:
        conn.exec_driver_sql("INSERT INTO t(a) VALUES (4)")
    other.dispose()
    with reading(engine) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM t").scalar() == 4
    with writing(engine) as conn:
        conn.exec_driver_sql("INSERT INTO t(a) VALUES (5)")
    del half
    engine.dispose()
