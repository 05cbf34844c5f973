"""同期・確認: steps of a visit that colleagues ask its expert for, and the answer: 認める or 認めない (DECISIONS 7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, select

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.dossier import Confirmation, Transition, Version
from kanto_desk.db.store import Store, put_setting, read_one, setting_in
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr
from kanto_desk.rules import asked_steps as rules
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import visit_steps
from kanto_desk.services.belonging import belonging
from kanto_desk.services.codes import label_in
from kanto_desk.services.contested_sides import Contested, Side, part_of_device
from kanto_desk.services.visit_steps import TYPE

FIELD = "step"
WAITING = "asked_steps"
"""Setting: the visits with steps that were asked for; only these are ever looked at."""
_SLICE = 400


def came(conn: Connection, keys: Collection[Key]) -> set[str]:
    """The visits in which a step waits for an answer: among those noted so far and what came."""
    uids = [uid for name, uid in keys if name == "transition"]
    visits = set(setting_in(conn, WAITING) or ())
    for i in range(0, len(uids), _SLICE):
        visits.update(uid for uid in conn.execute(select(Transition.record).where(
            Transition.uid.in_(uids[i:i + _SLICE]), Transition.to_state == rules.ASKED)).scalars() if uid)
    return {uid for uid, found in visit_steps.resolved(conn, sorted(visits)).items() if found.waiting}


def are_noted(conn: Connection, visits: Collection[str]) -> bool:
    """Whether exactly these are kept in mind."""
    return set(setting_in(conn, WAITING) or ()) == set(visits)


def keep(conn: Connection, visits: Collection[str]) -> None:
    """Keep these in mind, in the caller's transaction."""
    put_setting(conn, WAITING, sorted(visits))


def listing(conn: Connection, own: str) -> list[Contested]:
    """Every step that this laptop's person has to answer."""
    return [_card(conn, uid, request, own) for uid, request in _mine(conn)]


def count(conn: Connection) -> int:
    """How many steps wait for this laptop's person."""
    return sum(1 for _ in _mine(conn))


def waiting_words(store: Store, uid: str) -> str:
    """That somebody asked for a step of this visit and waits, whoever has to answer; "" where nobody does."""
    with store.read() as conn:
        found = visit_steps.resolved(conn, [uid])[uid].waiting
    if not found:
        return ""
    if (found[-1].facts or {}).get("to") == states.CORRECTED:
        return tr("{by}さんの訂正のお願いが、相談員の確認を待っています。", by=found[-1].by)
    return tr("{by}さんがいただいた署名は、相談員の確認を待っています。", by=found[-1].by)


def answer(op: Operation, one: Contested, *, accepted: bool) -> None:
    """Accept or decline a step. Raises Refused where the content is not the one that was signed, or it was answered."""
    found = visit_steps.resolved(op.conn, [one.root[1]])[one.root[1]]
    request = next((r for r in found.waiting if r.uid == one.uid), None)
    if request is None:
        raise Refused(tr("これには、もう返事がありました。何も変えていません。"))
    facts = request.facts or {}
    if accepted and facts.get("to") == states.FINAL:
        _need_as_signed(op.conn, one.root[1], str(facts.get("version") or ""))
    device = op.conn.execute(select(local.device.c.dev)).scalar()
    op.add("transition", {
        "record_type": TYPE, "record": one.root[1], "from_state": request.from_state,
        "to_state": rules.ACCEPTED if accepted else rules.DECLINED, "by": op.by or None, "role": "expert",
        "device": device, "at": op.now, "facts": {"of": request.uid}})


def _need_as_signed(conn: Connection, uid: str, version: str) -> None:
    """A change between the company's signature and 確定 takes the signature away (DECISIONS 8)."""
    from kanto_desk.services import contested_signed  # it lists with this

    kept = read_one(conn, Version, version) if version else None
    if kept is None:
        raise Refused(tr("署名した版が、まだこのパソコンに届いていません。次の同期のあとに決めます。"))
    if contested_signed.edits_since(conn, uid, kept):
        raise Refused(tr("署名のあとに、内容が変わりました。この署名では確定できません。"
                         "認めないことにして、いまの内容でもう一度署名をいただきます。"))


def _mine(conn: Connection) -> Iterator[tuple[str, rules.Told]]:
    visits = setting_in(conn, WAITING) or ()
    if not visits:
        return
    person = str(setting_in(conn, "person") or "")
    for uid, found in visit_steps.resolved(conn, list(visits)).items():
        if found.waiting and not visit_steps.whom_to_ask(conn, uid, person):
            for request in found.waiting:
                yield uid, request


def _card(conn: Connection, uid: str, request: rules.Told, own: str) -> Contested:
    row = read_one(conn, Transition, request.uid)
    device = (row.device if row is not None else None) or ""
    at = row.at.astimezone(JST) if row is not None and row.at is not None else None
    assert at is not None   # `visit_steps.resolved` leaves out what has no time
    asked = Side(request.uid, True, _asked_words(conn, request, row), request.by, at, device == own,
                 part_of_device(device) if device else "", True)
    now = states.replay(visit_steps.resolved(conn, [uid])[uid].steps).state
    stays = Side("", False, tr("状態：{state}", state=label_in(conn, "CL40a", now, language())), tr("いまの記録"), at,
                 False, "", False)
    where = belonging(conn, (TYPE, uid))
    return Contested("transition", request.uid, FIELD, tr("確認のお願い"), where.root, where.title, "", (stays, asked),
                     False, False, asked=True)


def _asked_words(conn: Connection, request: rules.Told, row: Transition | None) -> str:
    facts = request.facts or {}
    if facts.get("to") == states.CORRECTED:
        reason = row.reason if row is not None and row.reason else ""
        return "\n".join(filter(None, (tr("署名済みの記録の訂正をはじめる"), reason)))
    words = [tr("状態を「{state}」にする", state=label_in(conn, "CL40a", str(facts.get("to") or ""), language()))]
    version = read_one(conn, Version, str(facts.get("version") or "")) if facts.get("version") else None
    signed = read_one(conn, Confirmation, version.confirmation or "") if version is not None else None
    if version is not None:
        words = [tr("署名をいただいた内容で確定する（第{n}版）", n=version.n or 1)]
    if signed is not None:
        words.append(tr("署名：{name}", name="　".join(filter(None, (signed.name, signed.role)))))
    return "\n".join(words)
