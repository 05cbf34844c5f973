"""Bookkeeping tables: the journal, and what belongs to this laptop alone. None is a record; none is synced as one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

change = Table(
    "change", metadata,
    Column("id", Integer, primary_key=True),
    Column("dev", Text, nullable=False),              # 16 hexadecimal digits: SQLite has no unsigned 64 bits
    Column("seq", Integer, nullable=False),
    Column("hlc", Text, nullable=False),
    Column("sv", Integer, nullable=False),
    Column("tx", Text, nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("set", Text, nullable=False),              # JSON {field: value}
    Column("base", Text, nullable=False),             # JSON {field: [stamps seen]}
    Column("before", Text, nullable=True),            # JSON {field: value}; local changes only
    Column("by", Text, nullable=False),
    Column("wall", Text, nullable=False),
    Column("frozen", Integer, nullable=False, default=0),
    Column("chain", LargeBinary, nullable=True),      # hash over the frozen change and the one before it
    Column("sample", Integer, nullable=True),         # 1: of sample data; for undo here, never sent
    Index("change_dev_seq", "dev", "seq", unique=True),
    Index("change_record", "type", "uid", "id"),
)
"""One row per changed record per operation: outbox, history and undo all read it (SYNC.md, Change)."""

operation = Table(
    "operation", metadata,
    Column("tx", Text, primary_key=True),
    Column("id", Integer, nullable=False, unique=True),   # order of making on this laptop
    Column("label", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("origin", Text, nullable=False),           # edit | undo | redo | import | merge
    Column("root_type", Text, nullable=True),
    Column("root", Text, nullable=True),
    Column("undoes", Text, nullable=True),            # tx of the operation this one reverts
    Column("reverted_by", Text, nullable=True),
    Column("undoable", Integer, nullable=False, default=1),
    Column("extend_key", Text, nullable=True),
    Column("extended_at", Text, nullable=True),
    Column("import_id", Text, nullable=True, index=True),
    Index("operation_root", "root", "id"),
)
"""One row per operation made here: its label and root, and what reverted it."""

head = Table(
    "head", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("stamp", Text, primary_key=True),
    Column("value", Text, nullable=True),
)
"""Concurrent values that are not shown; nothing is dropped before somebody decides."""

gone = Table(
    "gone", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("stamp", Text, primary_key=True),
)
"""Stamps superseded before they arrived; when they do, they are not shown."""

device = Table(
    "device", metadata,
    Column("id", Integer, primary_key=True),          # always 1
    Column("dev", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hlc", Text, nullable=False),
    Column("part", Text, nullable=False),             # device part of reference numbers
    Column("made_at", Text, nullable=False),
)
"""This laptop: its random id, the last change number and the last clock value."""

setting = Table(
    "setting", metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),            # JSON
)
"""The user's name and preferences that belong to this data folder."""

draft = Table(
    "draft", metadata,
    Column("uid", Text, primary_key=True),            # the consultation
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""What stands unsent in a capture box, with the text still being composed."""

counter = Table(
    "counter", metadata,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)
"""Running numbers of this laptop, for example of reference numbers of a fiscal year."""

favourite = Table(
    "favourite", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
)
"""Starred records of this user."""

opened = Table(
    "opened", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("at", Text, nullable=False, index=True),
)
"""Recently opened records."""

strange = Table(
    "strange", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("_stamps", Text, nullable=False),
    Column("_unknown", Text, nullable=True),          # JSON {field: value}: every field of such a record
    Column("_sample", Integer, nullable=True),
    Column("_updated", BigInteger().with_variant(Integer, "sqlite"), nullable=True),
)
"""Records of types that this program does not know: merged like all, kept until it learns them (learning.py)."""

found = Table(
    "found", metadata,
    Column("id", Integer, primary_key=True),
    Column("type", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("root_type", Text, nullable=False),
    Column("root", Text, nullable=False, index=True),
    Index("found_record", "type", "uid", unique=True),
)
"""Which record stands behind a row of the full-text index."""

visit_number = Table(
    "visit_number", metadata,
    Column("number", Integer, primary_key=True),
    Column("uid", Text, nullable=False),
    Index("visit_number_uid", "uid", unique=True),
)
"""A number for each consultation that the full-text index knows, or knew, in the order of their days."""

found_visit = Table(
    "found_visit", metadata,
    Column("id", Integer, primary_key=True),          # of `found`
    Column("visit", Integer, nullable=False),         # its root, a `visit_number`
)
"""Empty since the id of a row of the index holds the number of its visit; goes with the next schema step."""

last_visit = Table(
    "last_visit", metadata,
    Column("organization", Text, primary_key=True),
    Column("day", Text, nullable=True),               # of its newest visit that is not in the bin
    Column("visit", Text, nullable=True),
    Column("unread", Integer, nullable=False),        # 1: without a reading, after the others
    Column("kana", Text, nullable=True),
    Column("name", Text, nullable=True),
)
"""The companies of the list in the order of their last visit; kept in step by `last_visits.follow`."""

Index("last_visit_order", last_visit.c.day.desc(), last_visit.c.unread, last_visit.c.kana, last_visit.c.name,
      last_visit.c.organization)
Index("last_visit_visit", last_visit.c.visit)

HUB = "hub"
"""Setting: what this desk knows of its hub (`sync.client.Known`); its `acked` is the highest change the hub holds."""

scope_cursor = Table(
    "scope_cursor", metadata,
    Column("scope", Text, primary_key=True),
    Column("n", Integer, nullable=False),
)
"""How far this laptop has read each scope at the hub; a scope without a row is not filled yet."""

filled = Table(
    "filled", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("at", Integer, nullable=False),
)
"""Rows that came whole, and the hub's number up to which they hold everything: earlier changes are in them already."""

verdict = Table(
    "verdict", metadata,
    Column("dev", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("state", Text, nullable=False),            # held | refused
    Column("reason", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("set", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""Changes of this laptop that the hub did not simply take in, with what they said: shown until somebody decides."""

leaving = Table(
    "leaving", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("fields", Text, nullable=True),            # JSON list; NULL is the whole row
)
"""Rows that this laptop may no longer keep, but whose own changes have not reached the hub yet."""
