"""効果確認: what became of a consultation after 3, 6 and 12 months. Noted at any time, also after signing: an issued
version tells what was said then, not what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk.db.records.consultations import Consultation, Outcome
from kanto_desk.db.schema import fields_of
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Field
from kanto_desk.i18n import Language, language, tr
from kanto_desk.rules import consultation_state
from kanto_desk.rules.ordering import between
from kanto_desk.services import codes
from kanto_desk.services.consultations import TYPE, state_of

_ORDER = (Outcome.checked_on, Outcome.place, Outcome.uid)


def of_consultation(store: Store, consultation: str) -> list[Outcome]:
    """The outcomes of a consultation in the order of their days."""
    with store.read() as conn:
        return read_all(conn, Outcome, Outcome.consultation == consultation, order_by=_ORDER)


def words_by_visit(store: Store, consultations: Sequence[str]) -> dict[str, list[str]]:
    """What became of each of these visits, one line an outcome, in the language of the screen."""
    with store.read() as conn:
        found: dict[str, list[str]] = {}
        for i in range(0, len(consultations), 400):
            for one in read_all(conn, Outcome, Outcome.consultation.in_(consultations[i:i + 400]), order_by=_ORDER):
                found.setdefault(one.consultation or "", []).append(words(conn, one, language()))
        return found


def save(store: Store, consultation: str, uid: str | None, values: Mapping[str, Any]) -> str:
    """Make or change an outcome; gives its uid. Raises Refused for a consultation that is none or was cancelled."""
    label = tr("効果確認の編集")
    with store.operation(label, (TYPE, consultation), extend=f"{uid}:part" if uid else None) as op:
        _need_held(op.conn, consultation)
        if uid is not None:
            op.put("outcome", uid, values)
            return uid
        last = op.conn.execute(select(func.max(Outcome.place)).where(Outcome.consultation == consultation)).scalar()
        return op.add("outcome", {"consultation": consultation, "place": between(last, None), **values})


def remove(store: Store, consultation: str, uid: str) -> None:
    """Move an outcome to the bin. Raises Refused as `save` does."""
    with store.operation(tr("効果確認の編集"), (TYPE, consultation)) as op:
        _need_held(op.conn, consultation)
        op.delete("outcome", uid)


def words(conn: Connection, one: Outcome, shown: Language) -> str:
    """An outcome in one line: 6か月後（2026-11-24）：売上 増加 1,200,000円、採択 1件."""
    label = {f.name: f.label(shown) for f in fields()}
    parts = []
    for name, code, amount in (("sales", one.sales, one.sales_yen), ("profit", one.profit, one.profit_yen)):
        if code or amount is not None:
            parts.append(_joined(label[name], codes.label_in(conn, "CL06", code, shown) if code else "",
                                 _yen(amount, shown)))
    for name, count, amount in (("adopted", one.adopted, one.adopted_yen), ("deals", one.deals, one.deals_yen)):
        if count is not None or amount is not None:
            number = "" if count is None else f"{count:,}件" if shown == "ja" else f"{count:,}"
            parts.append(_joined(label[name], number, _yen(amount, shown)))
    if one.jobs is not None:
        parts.append(_joined(label["jobs"], f"{one.jobs:,}名" if shown == "ja" else f"{one.jobs:,}"))
    if one.note:
        parts.append(one.note)
    when = codes.label_in(conn, "outcome_step", one.step, shown) if one.step else ""
    day = one.checked_on.isoformat() if one.checked_on else ""
    head = f"{when}（{day}）" if when and day and shown == "ja" else f"{when} ({day})" if when and day else when or day
    told = ("、" if shown == "ja" else ", ").join(parts)
    return (("：" if shown == "ja" else ": ").join(filter(None, (head, told))))


def fields() -> tuple[Field, ...]:
    """The fields of an outcome."""
    return fields_of(Outcome)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _yen(amount: int | None, shown: Language) -> str:
    return "" if amount is None else f"{amount:,}円" if shown == "ja" else f"JPY {amount:,}"


def _need_held(conn: Connection, consultation: str) -> None:
    if read_one(conn, Consultation, consultation) is None:
        raise Refused(tr("このパソコンに無い記録です。"))
    if state_of(conn, consultation) == consultation_state.CANCELLED:
        raise Refused(tr("取りやめた相談に効果確認は書けません。"))
