"""The first schema equals the models, newer files are refused, and a failing step leaves the file as it was."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData, inspect, text

from kanto_desk.db import attachments, local
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
