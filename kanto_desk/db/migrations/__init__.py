"""Bringing a data folder to this program's schema: Alembic's operations, started from code, in one transaction a step.

A file's version is its `user_version`: major × 1000 + minor. A newer major version is refused; a newer minor version is
still readable and writable, because unknown columns keep their defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, text

import kanto_desk.db.migrations.attachments_0001 as attachments_0001
import kanto_desk.db.migrations.attachments_0002 as attachments_0002
import kanto_desk.db.migrations.records_0001 as records_0001
import kanto_desk.db.migrations.records_0002 as records_0002
import kanto_desk.db.migrations.records_0003 as records_0003
import kanto_desk.db.migrations.records_0004 as records_0004
import kanto_desk.db.migrations.records_0005 as records_0005
import kanto_desk.db.migrations.records_0006 as records_0006
import kanto_desk.db.migrations.records_0007 as records_0007
import kanto_desk.db.migrations.records_0008 as records_0008
from kanto_desk.db.dialect import writing
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: the version it leads to, and what it does."""

    version: int
    upgrade: Callable[[Operations], None]


RECORDS = (Migration(records_0001.VERSION, records_0001.upgrade),
           Migration(records_0002.VERSION, records_0002.upgrade),
           Migration(records_0003.VERSION, records_0003.upgrade),
           Migration(records_0004.VERSION, records_0004.upgrade),
           Migration(records_0005.VERSION, records_0005.upgrade),
           Migration(records_0006.VERSION, records_0006.upgrade),
           Migration(records_0007.VERSION, records_0007.upgrade),
           Migration(records_0008.VERSION, records_0008.upgrade))
ATTACHMENTS = (Migration(attachments_0001.VERSION, attachments_0001.upgrade),
               Migration(attachments_0002.VERSION, attachments_0002.upgrade))


def version_of(conn: Connection) -> int:
    """The version of an open file; 0 for an empty one."""
    return int(conn.execute(text("PRAGMA user_version")).scalar_one())


def is_empty(engine: Engine) -> bool:
    """Whether a file holds nothing at all: new, or lost."""
    with engine.connect() as conn:
        return version_of(conn) == 0


def pending(engine: Engine, steps: tuple[Migration, ...]) -> list[Migration]:
    """The steps a file still needs.

    Raises Trouble when the file was written by a newer major version.
    """
    with engine.connect() as conn:
        have = version_of(conn)
    if have // 1000 > steps[-1].version // 1000:
        raise Trouble(
            tr("このデータは、より新しい版の関東デスクで作られています。"),
            tr("データには触れていません。"),
            tr("関東デスクを新しい版にしてから開きます。"),
            f"file version {have}, program version {steps[-1].version}",
        )
    return [step for step in steps if step.version > have]


def migrate(engine: Engine, steps: tuple[Migration, ...]) -> int:
    """Bring a file up to date; gives the number of steps made. A failing step leaves the file as it was before it."""
    todo = pending(engine, steps)
    for step in todo:
        with writing(engine) as conn:
            step.upgrade(Operations(MigrationContext.configure(conn)))
            conn.execute(text(f"PRAGMA user_version = {step.version}"))
    return len(todo)
