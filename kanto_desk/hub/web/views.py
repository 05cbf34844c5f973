"""What stands on the secretariat's page, as plain values: read in one snapshot, no text of records among it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk.db.schema import records
from kanto_desk.hub import accounts, escrow, files_left
from kanto_desk.hub import tables as t
from kanto_desk.hub.audit_words import words_of
from kanto_desk.hub.content_address import FOLDER_WORD, contents_of
from kanto_desk.hub.opening import Hub, pairs
from kanto_desk.hub.overview import overview_of
from kanto_desk.hub.web.words import reason_word, role_word, state_word
from kanto_desk.i18n import Language, tr

A_PAGE = 50
# of the details of the log; all of them stand in `hub audit`
_SHOWN = ("person", "device", "file", "signed", "body", "programmes", "cases")


def home(hub: Hub, conn: Connection, ln: Language) -> dict[str, Any]:
    """Counts, computers with their last contact, the newest backups."""
    d, r, a = t.device.c, t.received.c, t.audit.c
    judged = {(dev, verdict): many for dev, verdict, many in conn.execute(
        select(r.dev, r.verdict, func.count()).where(r.verdict.is_not(None)).group_by(r.dev, r.verdict))}
    devs = conn.execute(select(d.dev)).scalars().all()
    alone, keys = files_left.of(conn, devs), escrow.left_by(conn, devs)
    computers = [{
        "dev": x.dev, "name": x.name, "part": x.part, "person": x.person_name, "state": x.state,
        "state_word": state_word(x.state, ln), "seen": moment(x.seen_at), "seq": f"{x.seq:,}",
        "key": moment(keys.get(x.dev)),
        "unsent": (unsent := json.loads(x.seen or "{}").get("unsent")),
        "waiting": files_left.words(unsent, alone.get(x.dev, (0, 0)), ln),
        "held": judged.get((x.dev, "held"), 0), "refused": judged.get((x.dev, "refused"), 0)}
        for x in conn.execute(select(t.device, t.person.c.name.label("person_name")).join(
            t.person, t.person.c.uid == d.person).order_by(d.state, d.seen_at.desc().nulls_last(), d.made_at))]
    backups = [{"at": moment(x.at), **json.loads(x.detail)} for x in conn.execute(
        select(t.audit).where(a.what == "backup").order_by(a.n.desc()).limit(5))]
    for each in backups:
        each["size"] = size(each.get("bytes", 0))
    seen = overview_of(hub, conn)
    contents = contents_of(conn)
    return {"computers": computers, "backups": backups, "elsewhere": "" if contents == FOLDER_WORD else contents,
            "seen": seen, "storage": size(seen.bytes), "free": size(seen.free)}


def computer(conn: Connection, dev: str, ln: Language) -> dict[str, Any] | None:
    """One computer in use; None if there is none."""
    d = t.device.c
    x = conn.execute(select(t.device, t.person.c.name.label("person_name")).join(
        t.person, t.person.c.uid == d.person).where(d.dev == dev, d.state == "active")).one_or_none()
    return None if x is None else {"dev": x.dev, "name": x.name, "part": x.part, "person": x.person_name,
                                   "seen": moment(x.seen_at), "state_word": state_word(x.state, ln),
                                   "waiting": files_left.words(json.loads(x.seen or "{}").get("unsent"),
                                                             files_left.of(conn, [dev]).get(dev, (0, 0)), ln)}


def people(hub: Hub, conn: Connection, ln: Language) -> list[dict[str, Any]]:
    """People in use with their roles."""
    day = hub.clock().date()
    return [{"uid": p.uid, "name": p.name,
             "roles": " ".join(role_word(g.role, ln) for g in accounts.reader_of(conn, p.uid, day).grants)}
            for p in conn.execute(select(t.person).where(t.person.c.state == "active").order_by(
                t.person.c.kana, t.person.c.uid))]


def not_taken(conn: Connection, ln: Language, skip: int) -> list[dict[str, Any]]:
    """Changes held or refused, newest first: of which computer, what kind of record and why, never what they say."""
    r, d, p = t.received.c, t.device.c, t.person.c
    return [{"at": moment(x.at), "person": x.person_name, "computer": x.device_name,
             "reason": reason_word(x.reason, ln),
             "kind": getattr(records().get(x.type), ln, x.type)}
            for x in conn.execute(select(
                r.at, r.type, r.reason, p.name.label("person_name"), d.name.label("device_name"))
                .join_from(t.received, t.device, d.dev == r.dev).join(t.person, p.uid == d.person)
                .where(r.verdict.is_not(None)).order_by(r.n.desc()).offset(skip).limit(A_PAGE))]


def audit(conn: Connection, ln: Language, skip: int = 0, most: int | None = A_PAGE) -> list[dict[str, str]]:
    """Lines of the audit log, newest first; people and computers by their names."""
    names = pairs(conn, select(t.person.c.uid, t.person.c.name))
    names |= pairs(conn, select(t.device.c.dev, t.device.c.name))
    names |= pairs(conn, select(t.body.c.uid, t.body.c.name))
    rows = conn.execute(select(t.audit).order_by(t.audit.c.n.desc()).offset(skip).limit(most))
    names["hub"] = tr("サーバーの前の人", ln)
    return [{"at": moment(x.at, seconds=True), "who": names.get(x.who, "—"), "what": words_of(x.what, ln),
             "detail": "　".join(names.get(str(v), str(v)) for k, v in json.loads(x.detail).items() if k in _SHOWN)}
            for x in rows]


def audit_csv(conn: Connection, ln: Language, headings: list[str]) -> bytes:
    """The whole log as CSV for Excel; what a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for line in audit(conn, ln, most=None):
        writer.writerow([f"'{v}" if v[:1] in ("=", "+", "-", "@") else v for v in line.values()])
    return out.getvalue().encode("utf-8-sig")


def moment(text: str | None, *, seconds: bool = False) -> str:
    """A moment as it is shown."""
    return (text or "")[:19 if seconds else 16].replace("T", " ")


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
