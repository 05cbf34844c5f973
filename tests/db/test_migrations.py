"""The first schema equals the models, newer files are refused, and a failing step leaves the file as it was."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData, inspect, text

from kanto_desk.db import attachments, content_parts, last_visits, local
from kanto_desk.db.dialect import make_engine, writing
from kanto_desk.db.migrations import ATTACHMENTS, RECORDS, Migration, migrate, version_of
from kanto_desk.db.schema import Base, records
from kanto_desk.errors import Trouble


@pytest.fixture
def engine(tmp_path):
    made = make_engine(tmp_path / "records.db", b"k" * 32)
    yield made
    made.dispose()


def shape(engine, metadata: MetaData) -> tuple[dict, dict]:
    found = inspect(engine)
    in_file = {t: {(c["name"], str(c["type"])) for c in found.get_columns(t)} for t in found.get_table_names()
               if not t.startswith("record_index")}
    in_model = {t.name: {(c.name, str(c.type.compile(engine.dialect))) for c in t.columns}
                for t in metadata.sorted_tables}
    return in_file, in_model


def test_a_new_file_has_the_tables_of_the_models(engine):
    migrate(engine, RECORDS)
    records()
    both = MetaData()
    for table in (*Base.metadata.sorted_tables, *local.metadata.sorted_tables):
        table.to_metadata(both)
    in_file, in_model = shape(engine, both)
    assert in_file == in_model


def test_every_index_of_the_models_is_in_the_file(engine):
    migrate(engine, RECORDS)
    records()
    found = inspect(engine)
    for table in (*Base.metadata.sorted_tables, *local.metadata.sorted_tables):
        names = {i["name"] for i in found.get_indexes(table.name)}
        assert names == {i.name for i in table.indexes}, table.name


def test_record_tables_have_no_constraint_but_the_primary_key(engine):
    migrate(engine, RECORDS)
    found = inspect(engine)
    for name in records():
        assert found.get_foreign_keys(name) == []
        assert found.get_unique_constraints(name) == []
        assert found.get_check_constraints(name) == []
        assert found.get_pk_constraint(name)["constrained_columns"] == ["uid"]
        assert all(c["nullable"] for c in found.get_columns(name) if c["name"] not in ("uid", "_stamps"))


def test_the_attachments_file_has_its_tables(tmp_path):
    assert {"carried", "coming"} <= set(content_parts.metadata.tables)
    engine = make_engine(tmp_path / "attachments.db", b"k" * 32, page_size=16384)
    migrate(engine, ATTACHMENTS)
    assert shape(engine, attachments.metadata)[0] == shape(engine, attachments.metadata)[1]
    engine.dispose()


def test_migrating_twice_does_nothing(engine):
    assert migrate(engine, RECORDS) == len(RECORDS)
    assert migrate(engine, RECORDS) == 0


def test_a_newer_major_version_is_refused_and_untouched(engine):
    migrate(engine, RECORDS)
    with writing(engine) as conn:
        conn.execute(text("PRAGMA user_version = 2000"))
    with pytest.raises(Trouble) as trouble:
        migrate(engine, RECORDS)
    assert trouble.value.safe
    with engine.connect() as conn:
        assert version_of(conn) == 2000


def test_a_newer_minor_version_opens(engine):
    migrate(engine, RECORDS)
    with writing(engine) as conn:
        conn.execute(text("PRAGMA user_version = 1999"))
    assert migrate(engine, RECORDS) == 0


def test_a_failing_step_rolls_back_whole(engine):
    migrate(engine, RECORDS)
    with writing(engine) as conn:
        conn.execute(text("INSERT INTO promise(uid, _stamps, text) VALUES ('a', '{}', '残る')"))

    def broken(op) -> None:
        op.execute("DELETE FROM promise")
        op.execute("CREATE TABLE half(x)")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        migrate(engine, (*RECORDS, Migration(1999, broken)))
    with engine.connect() as conn:
        assert conn.execute(text("SELECT text FROM promise")).scalar() == "残る"
        assert "half" not in inspect(conn).get_table_names()
        assert version_of(conn) == RECORDS[-1].version


ORDERED = tuple(step for step in RECORDS if step.version <= 1004)   # up to the step that makes the order


def old_desk(engine) -> None:
    """A file of the version before the order of last visits, with companies and visits of every sort."""
    migrate(engine, tuple(step for step in RECORDS if step.version < 1004))
    with writing(engine) as conn:
        for uid, name, kana, deleted, into in (
                ("a", "甲", "コウ", None, None), ("b", "乙", None, None, None), ("c", "丙", "ヘイ", None, None),
                ("d", "丁", "テイ", "2026-01-01", None), ("e", "戊", "ボ", None, "a")):
            conn.execute(text("INSERT INTO organization(uid, _stamps, name, kana, deleted_at, merged_into) "
                              "VALUES (:u, '{}', :n, :k, :d, :i)"), {"u": uid, "n": name, "k": kana, "d": deleted, "i": into})
        for uid, company, day, deleted in (
                ("1", "a", "2026-05-01", None), ("2", "a", "2026-07-01", "2026-08-01"), ("3", "b", "2026-06-01", None),
                ("4", "b", "2026-02-01", None), ("5", "d", "2026-06-02", None), ("6", "gone", "2026-06-03", None),
                ("7", "c", None, None), ("8", None, "2026-06-04", None)):
            conn.execute(text("INSERT INTO consultation(uid, _stamps, organization, held_on, deleted_at) "
                              "VALUES (:u, '{}', :o, :h, :d)"), {"u": uid, "o": company, "h": day, "d": deleted})
        for number, root_type, root in ((1, "consultation", "2"), (2, "consultation", "2"), (5, "consultation", "1"),
                                        (1 << 40, "organization", "a")):
            conn.execute(text("INSERT INTO found(id, type, uid, root_type, root) VALUES (:n, 'entry', :u, :t, :r)"),
                         {"n": number, "u": f"u{number}", "t": root_type, "r": root})


def counts(engine) -> dict[str, int]:
    with engine.connect() as conn:
        return {name: conn.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
                for name in inspect(conn).get_table_names() if not name.startswith("record_index")}


def test_an_old_desk_gets_the_order_of_its_last_visits(engine):
    old_desk(engine)
    before = counts(engine)
    assert migrate(engine, ORDERED) == 1
    assert counts(engine) == {**before, "last_visit": 3, "visit_number": 2, "found_visit": 3}
    with engine.connect() as conn:
        rows = conn.execute(text("SELECT organization, day, visit FROM last_visit ORDER BY day DESC, unread, kana")).all()
        assert rows == [("b", "2026-06-01", "3"), ("a", "2026-05-01", "1"), ("c", None, None)]
        assert last_visits.wrong(conn) == 0
        assert conn.execute(text("SELECT v.id, n.uid FROM found_visit v JOIN visit_number n ON n.number = v.visit "
                                 "ORDER BY v.id")).all() == [(1, "2"), (2, "2"), (5, "1")]


def test_a_cut_while_the_order_is_made_leaves_the_old_desk(engine):
    old_desk(engine)
    before = counts(engine)
    last = ORDERED[-1]

    def cut(op) -> None:
        last.upgrade(op)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        migrate(engine, (*ORDERED[:-1], Migration(last.version, cut)))
    assert counts(engine) == before
    with engine.connect() as conn:
        assert version_of(conn) == ORDERED[-2].version
    assert migrate(engine, ORDERED) == 1
    assert counts(engine) == {**before, "last_visit": 3, "visit_number": 2, "found_visit": 3}
