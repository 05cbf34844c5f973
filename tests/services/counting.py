"""Random stores for the figures, and the same figures counted with plain loops: what the statements are held against."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from kanto_desk.clock import JST
from kanto_desk.db.store import Store

ME, OTHER = "高橋 直子", "佐々木 学"
FIRST, DAYS = date(2024, 10, 1), 800
PREFECTURES, DIVISIONS = ("20", "11", "14", None), ("24", "09", None)
Row = dict[str, Any]


@dataclass
class Rows:
    """Everything put into a store, by type."""

    organizations: dict[str, Row] = field(default_factory=dict)
    visits: dict[str, Row] = field(default_factory=dict)
    issues: list[Row] = field(default_factory=list)
    promises: dict[str, Row] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    referrals: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    transitions: list[Row] = field(default_factory=list)
    sample: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)


def filled(store: Store, seed: int, visits: int = 90) -> Rows:
    """Fill a store with companies (some merged, some in a circle) and visits of every kind; gives what was put in."""
    chance = random.Random(seed)
    made = Rows()
    _organizations(chance, made)
    for n in range(visits):
        _visit(chance, made, f"{n:032x}")
    parts = [("organization", made.organizations), ("consultation", made.visits), ("promise", made.promises)]
    rows = [(kind, uid, row) for kind, of in parts for uid, row in of.items()]
    rows += [(kind, f"{kind[0]}{n:031x}", row) for kind, of in (
        ("issue", made.issues), ("entry", made.entries), ("referral", made.referrals), ("version", made.versions),
        ("transition", made.transitions)) for n, row in enumerate(of)]
    for at in range(0, len(rows), 400):
        with store.operation("まとめて") as op:
            for kind, uid, row in rows[at:at + 400]:
                op.put(kind, uid, {k: v for k, v in row.items() if not k.startswith("_")})
    gone = [(kind, uid) for kind, uid, row in rows if row.get("_deleted")]
    for at in range(0, len(gone), 400):
        with store.operation("消す") as op:
            for kind, uid in gone[at:at + 400]:
                op.delete(kind, uid)
    with store.write() as conn:
        for uid in made.sample:
            conn.execute(text("UPDATE consultation SET _sample = 1 WHERE uid = :uid"), {"uid": uid})
    return made


def _organizations(chance: random.Random, made: Rows) -> None:
    uids = [f"0{n:031x}" for n in range(14)]
    for uid in uids:
        made.organizations[uid] = {"name": f"企業{uid[-2:]}", "prefecture": chance.choice(PREFECTURES),
                                   "jsic_division": chance.choice(DIVISIONS), "jsic_section": chance.choice(("E", None)),
                                   "size": chance.choice(("20", None))}
    for uid in chance.sample(uids, 5):
        made.organizations[uid]["merged_into"] = chance.choice(uids)   # chains, circles and itself
    made.organizations[uids[0]]["merged_into"] = "f" * 32              # one that this laptop does not have


def _visit(chance: random.Random, made: Rows, uid: str) -> None:
    held = FIRST + timedelta(days=chance.randrange(DAYS))
    start = datetime(held.year, held.month, held.day, 13, chance.randrange(60), tzinfo=JST)
    timed = chance.random() < 0.8
    row: Row = {
        "organization": chance.choice([*made.organizations, None]), "held_on": held, "form": chance.choice(("10", "20", None)),
        "category": chance.choice(("1", "2", "3", None)), "expert": chance.choice((ME, "高橋　直子", OTHER, None)),
        "programme": chance.choice(("p" * 32, None)), "strategic_industry": chance.choice(("1", "6", None)),
        "result": chance.choice(("1", "2", None)), "responses": chance.choice((("10", "11"), ("10",), (), None)),
        "fiscal_year": held.year if held.month >= 4 else held.year - 1,
        "started_at": start if timed else None,
        "ended_at": start + timedelta(minutes=chance.randrange(-20, 120)) if timed and chance.random() < 0.9 else None,
        "_deleted": chance.random() < 0.1}
    if not timed:
        row["planned_at"] = chance.choice((start.timetz().replace(tzinfo=None), None))
    made.visits[uid] = row
    if row["_deleted"]:
        made.deleted.add(uid)
    if chance.random() < 0.15:
        made.sample.add(uid)
    for n in range(chance.randrange(4)):
        made.issues.append({"consultation": uid, "code": chance.choice(("1401", "1403", "0505", "20", "uadded")),
                            "primary": chance.random() < 0.4, "place": f"V{n}", "_deleted": chance.random() < 0.2})
    for n in range(chance.randrange(4)):
        state = chance.choice(("open", "open", "done", "dropped", None))
        made.promises[f"p{uid[2:]}{n}"] = {
            "consultation": uid, "organization": row["organization"], "text": f"約束{n}", "state": state,
            "due_on": chance.choice((None, held + timedelta(days=chance.randrange(90)))),
            "done_on": held + timedelta(days=chance.randrange(400)) if state == "done" and chance.random() < 0.8 else None,
            "_deleted": chance.random() < 0.1}
    for kind in chance.choice(((), (), ("memo",), ("said", "memo"))):
        made.entries.append({"consultation": uid, "kind": kind, "text": "行", "_deleted": chance.random() < 0.2})
    if chance.random() < 0.3:
        made.referrals.append({"consultation": uid, "name": "商工会", "_deleted": chance.random() < 0.2})
    if chance.random() < 0.4:
        made.versions.append({"record_type": "consultation", "record": uid, "n": 1})
    if chance.random() < 0.15:
        _call_off(chance, made, uid, start)


def _call_off(chance: random.Random, made: Rows, uid: str, at: datetime) -> None:
    step: Row = {"record_type": "consultation", "record": uid, "from_state": "draft", "to_state": "cancelled", "at": at}
    made.transitions.append(step)
    if chance.random() < 0.4:
        made.transitions.append({**step, "from_state": "cancelled", "to_state": "draft", "at": at + timedelta(hours=1)})


class Plain:
    """The figures by loops over the rows."""

    def __init__(self, rows: Rows, today: date, parents: dict[str, str]) -> None:
        self.rows, self.today, self.parents = rows, today, parents

    def root(self, uid: str | None) -> str | None:
        """The company that stands for one; a circle ends at its lowest uid."""
        seen: list[str] = []
        while uid is not None and uid not in seen:
            seen.append(uid)
            into = self.rows.organizations.get(uid, {}).get("merged_into")
            if not into:
                return uid
            uid = into
        return min(seen[seen.index(uid):]) if uid is not None else None

    def counts(self, uid: str, first: date, last: date, own: bool) -> bool:
        """Whether a visit counts."""
        row = self.rows.visits[uid]
        if uid in self.rows.deleted or not first <= row["held_on"] <= min(last, self.today):
            return False
        if own and (row["expert"] or "").replace("　", " ") != ME and uid not in self.rows.sample:
            return False
        steps = [t["to_state"] for t in self.rows.transitions if t["record"] == uid]
        if steps and steps[-1] == "cancelled":
            return False
        written = any(e["consultation"] == uid and e["kind"] != "memo" and not e["_deleted"] for e in self.rows.entries)
        return bool(row.get("planned_at") is None or row["started_at"] or row["ended_at"] or written or self.signed(uid))

    def signed(self, uid: str) -> bool:
        return any(v["record"] == uid for v in self.rows.versions)

    def codes(self, uid: str) -> list[str]:
        """The classes of a visit's issues, the main one first; an issue that stands twice counts once."""
        own = [(n, i) for n, i in enumerate(self.rows.issues) if i["consultation"] == uid and not i["_deleted"]]
        own.sort(key=lambda pair: (not pair[1]["primary"], pair[1]["place"], pair[0]))
        return [self.parents.get(code, code[:2]) for code in dict.fromkeys(i["code"] for _, i in own)]

    def keys(self, uid: str, by: str) -> list[str | None]:
        """The keys of a visit in a dimension."""
        row = self.rows.visits[uid]
        company = self.rows.organizations.get(self.root(row["organization"]) or "", {})
        one = {"": None, "month": row["held_on"].isoformat()[:7], "prefecture": company.get("prefecture"),
               "industry": company.get("jsic_division") or company.get("jsic_section"), "size": company.get("size"),
               "form": row["form"], "category": row["category"], "programme": row["programme"], "expert": row["expert"],
               "sector": row["strategic_industry"], "result": row["result"], "issue": next(iter(self.codes(uid)), None)}
        return list(row["responses"] or ()) if by == "response" else [one[by]]

    def promises(self, uids: Iterable[str]) -> dict[str, Row]:
        chosen = set(uids)
        return {uid: p for uid, p in self.rows.promises.items() if p["consultation"] in chosen and not p["_deleted"]}

    def kept(self, promise: Row, judged: date, as_of: bool) -> bool:
        return promise["state"] == "done" and (not as_of or promise["done_on"] is None or promise["done_on"] <= judged)

    def overdue(self, promise: Row, judged: date, as_of: bool) -> bool:
        return (not self.kept(promise, judged, as_of) and promise["state"] != "dropped" and promise["due_on"] is not None
                and promise["due_on"] < judged)

    def sums(self, uids: list[str], judged: date, as_of: bool = False) -> Row:
        """Every measure of these visits."""
        visits = [self.rows.visits[uid] for uid in uids]
        spans = [(v["ended_at"] - v["started_at"]).total_seconds() for v in visits if v["started_at"] and v["ended_at"]]
        roots = [self.root(v["organization"]) for v in visits]
        agreed = self.promises(uids).values()
        return {
            "visits": len(uids), "organizations": len(set(roots) - {None}), "nameless": roots.count(None),
            "minutes": int(sum(s for s in spans if s > 0)) // 60, "signed": sum(map(self.signed, uids)),
            "new": sum(v["category"] == "1" for v in visits), "made": len(agreed),
            "kept": sum(self.kept(p, judged, as_of) for p in agreed), "dropped": sum(p["state"] == "dropped" for p in agreed),
            "overdue": sum(self.overdue(p, judged, as_of) for p in agreed),
            "referrals": sum(r["consultation"] in set(uids) and not r["_deleted"] for r in self.rows.referrals),
            "sample": sum(uid in self.rows.sample for uid in uids)}
