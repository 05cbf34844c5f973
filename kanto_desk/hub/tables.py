"""The hub's bookkeeping: who exists, which changes it holds, where each row is placed, and what happened when.

Record tables, `head` and `gone` are those of a desk, so that `db.apply` writes both.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

Number = BigInteger().with_variant(Integer, "sqlite")
"""64 bits in both: SQLite's INTEGER is, PostgreSQL's is not."""

hub = Table(
    "hub", metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),            # JSON
)
"""The epoch, the hub's name and its settings."""

counter = Table(
    "hub_counter", metadata,
    Column("name", Text, primary_key=True),
    Column("value", Number, nullable=False),
)
"""Running numbers. Taken as the last statement before commit: whoever reads up to n has seen all below (SYNC.md)."""

received = Table(
    "received", metadata,
    Column("n", Number, primary_key=True),
    Column("dev", Text, nullable=False),
    Column("seq", Number, nullable=False),
    Column("hlc", Text, nullable=False),
    Column("sv", Integer, nullable=False),
    Column("tx", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("set", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("wall", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),      # SHA-256 of the change as pushed: a clone pushes another
    Column("verdict", Text, nullable=True),           # held | refused; such changes are kept and not applied
    Column("reason", Text, nullable=True),
    Column("at", Text, nullable=False),
    Index("received_dev_seq", "dev", "seq", unique=True),
    Index("received_record", "type", "uid", "n"),
)
"""Every change that was pushed, once."""

event = Table(
    "event", metadata,
    Column("scope", Text, primary_key=True),
    Column("n", Number, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("kind", Text, nullable=False),             # change | enter | leave
    Column("dev", Text, nullable=True),               # whose change it was: it is not sent back
    sqlite_with_rowid=False,
)
"""What happened in a scope: a change (`received.n`), or a row that came into it or left it."""

placed = Table(
    "placed", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("level", Integer, nullable=False),
    Index("placed_scope", "scope", "type", "uid"),
    sqlite_with_rowid=False,
)
"""Where a row is given out now, and up to which level."""

member = Table(
    "member", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("root_type", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("person", Text, nullable=False),           # who first wrote the row
    Column("body", Text, nullable=False),             # for which support organisation
    Index("member_root", "root_type", "root"),
    sqlite_with_rowid=False,
)
"""Which aggregate a row belongs to, and who made it."""

written = Table(
    "written", metadata,
    Column("type", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("stamp", Text, primary_key=True),
    Column("body", Text, primary_key=True),
    Column("field", Text, primary_key=True),          # empty: every field of that change
    sqlite_with_rowid=False,
)
"""For which support organisation values were written into a row that another one made, or that nobody made alone.

A value that stands upon another one is also for those that the other was for: else they would lose theirs unseen.
"""

person = Table(
    "hub_person", metadata,
    Column("uid", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kana", Text, nullable=False, default=""),
    Column("state", Text, nullable=False),            # active | left
    Column("password", Text, nullable=True),          # Argon2id, for the secretariat's web page only
    Column("made_at", Text, nullable=False),
)
"""People who may have laptops, or sign in to the secretariat's page."""

grant = Table(
    "hub_grant", metadata,
    Column("uid", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("role", Text, nullable=False),             # CL39
    Column("body", Text, nullable=False),
    Column("programmes", Text, nullable=False),       # JSON list
    Column("cases", Text, nullable=False),            # JSON list
    Column("valid_from", Text, nullable=True),
    Column("valid_to", Text, nullable=True),
)
"""Roles in force, with the days between which they are."""

body = Table(
    "hub_body", metadata,
    Column("uid", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("base_code", Text, nullable=False),        # first part of reference numbers (拠点)
)
"""Support organisations taking part."""

device = Table(
    "hub_device", metadata,
    Column("dev", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("signing", LargeBinary, nullable=False),   # Ed25519, public
    Column("sealing", Text, nullable=False),          # age recipient (X25519), public
    Column("part", Text, nullable=False),             # Pnn of reference numbers
    Column("state", Text, nullable=False),            # active | revoked | cloned
    Column("seq", Number, nullable=False),            # highest seq committed here
    Column("forgot", Integer, nullable=False),        # 1: it has forgotten rows once, so its own may be missing there
    Column("made_at", Text, nullable=False),
    Column("seen_at", Text, nullable=True),
    Column("seen", Text, nullable=True),              # JSON: version, unsent, conflicts as the desk told them
)
"""Enrolled laptops."""

device_scope = Table(
    "hub_device_scope", metadata,
    Column("dev", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("since", Number, nullable=False),          # what happened after this number the laptop has to hear
)
"""Scopes of which a laptop may hold rows: noted before it is answered, gone when it says that it has forgotten."""

code = Table(
    "hub_code", metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("person", Text, nullable=False),
    Column("valid_to", Text, nullable=False),
    Column("used_by", Text, nullable=True),
)
"""One-time codes of enrolment."""

nonce = Table(
    "hub_nonce", metadata,
    Column("dev", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    Column("at", Number, nullable=False, index=True),
)
"""Requests seen within the time in which a repeat would still be taken for a new one."""

audit = Table(
    "audit", metadata,
    Column("n", Number, primary_key=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),           # JSON without texts of records
)
"""What people and laptops did here; append-only."""

_VERDICTS = "CREATE INDEX IF NOT EXISTS received_verdict ON received (verdict) WHERE verdict IS NOT NULL"

AFTERWARDS = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS audit_no_{verb.lower()} BEFORE {verb} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END" for verb in ("UPDATE", "DELETE")] + [_VERDICTS],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
        "DROP TRIGGER IF EXISTS audit_stays ON audit",
        "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()", _VERDICTS],
}
"""Said after the tables are there, also of an older hub: the database itself refuses to change a line of `audit`."""

used = Table(
    "hub_used", metadata,
    Column("key", Text, primary_key=True),            # what is counted, and whose
    Column("window", Number, primary_key=True, autoincrement=False),   # seconds since 1970 at which the count begins
    Column("count", Number, nullable=False),
)
"""How often something was asked in a stretch of time (`limits`); all processes of a hub count here."""

unnamed = Table(
    "hub_unnamed", metadata,
    Column("hash", Text, primary_key=True),
    Column("since", Number, nullable=False),          # milliseconds since 1970
)
"""Files that no row names, and since when (`sweeping`); not restored with a backup: the days count anew then."""

delivered = Table(
    "hub_delivered", metadata,
    Column("hash", Text, primary_key=True),
    Column("body", Text, primary_key=True),           # the organisation whose laptop delivered it
    Column("kind", Text, primary_key=True),           # file | thumb; begun: the hub has noted it since
    sqlite_with_rowid=False,
)
"""Which organisations have a file (`delivered.py`): rows that others made and that name it let nobody have it."""

session = Table(
    "hub_web_session", metadata,
    Column("hash", LargeBinary, primary_key=True),    # SHA-256 of what the cookie holds
    Column("person", Text, nullable=False, index=True),
    Column("form", Text, nullable=False),             # every form of this session carries it
    Column("made_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
)
"""Who is signed in to the secretariat's page."""
