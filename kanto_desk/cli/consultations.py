"""`kanto-desk consultations …`: import, list, show, history."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kanto_desk.cli import shapes
from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.masters import code_label
from kanto_desk.services import (
    consultations,
    finalizing,
    identifying,
    importing,
    outcomes,
    promises,
    summary,
    timeline,
)
from kanto_desk.services import history as changes
from kanto_desk.services import records as generic

if TYPE_CHECKING:
    from kanto_desk.db.store import Store


def import_file(args: Namespace, out: Output) -> int:
    """Import consultations from JSON lines."""
    with opened(args) as desk:
        return shapes.imported(out, args.dry_run, lambda progress: importing.import_consultations(
            desk.store, Path(args.file), dry_run=args.dry_run, progress=progress))


def list_all(args: Namespace, out: Output) -> int:
    """List consultations, newest first."""
    with opened(args, reading=True) as desk:
        company = identifying.resolve(desk.store, "organization", args.organization) if args.organization else None
        rows = consultations.listing(desk.store, organization=company, year=args.year, limit=args.limit,
                                     offset=args.offset)
        total = consultations.count(desk.store, organization=company, year=args.year)
    document = {"total": total, "consultations": [
        {"uid": r.uid, "reference": r.reference, "organization": r.organization,
         "organization_uid": r.organization_uid, "held_on": shapes.plain(r.held_on), "nth": r.nth, "theme": r.theme,
         "expert": r.expert, "started_at": shapes.plain(r.started_at), "ended_at": shapes.plain(r.ended_at),
         "state": r.state} for r in rows]}
    shown = table((tr("受付番号"), tr("相談日"), tr("企業"), tr("件名"), tr("状態")), [
        (r.reference, r.held_on, r.organization, r.theme, code_label("CL40a", r.state, language())) for r in rows])
    out.result(document, [*shown, tr("{n}件のうち{shown}件", n=total, shown=len(rows))])
    return DONE


def show(args: Namespace, out: Output) -> int:
    """Show one consultation: its fields, lines, まとめ, promises and issued versions."""
    with opened(args, reading=True) as desk:
        store = desk.store
        uid = identifying.resolve(store, "consultation", args.id)
        found, texts = consultations.get(store, uid), summary.read(store, uid)
        lines, agreed = timeline.lines(store, uid), promises.of_consultation(store, uid)
        issues, people = consultations.issues(store, uid), consultations.participants(store, uid)
        issued = finalizing.versions(store, uid)
        after, after_words = outcomes.of_consultation(store, uid), outcomes.words_by_visit(store, [uid]).get(uid, [])
    record, fields = found.record, consultations.fields()
    name = found.organization.name if found.organization else ""
    document = {
        "uid": uid, "id": record.own_id or "", "reference": record.reference, "state": found.state,
        "organization": {"uid": record.organization, "name": name},
        "fields": {k: v for k, v in record.wire().items() if v is not None and k != "deleted_at"},
        "lines": [{"uid": x.uid, "at": shapes.plain(x.at), "kind": x.kind, "text": x.text,
                   "pictures": len(x.pictures)} for x in lines],
        "problem": texts.summary, "situation": texts.situation, "advice": texts.advice,
        "issues": [{"code": i.code, "name": code_label("CL03", i.code, language()), "primary": bool(i.primary)}
                   for i in issues],
        "participants": [{"name": p.name, "role": p.role, "side": p.side} for p in people],
        "promises": [{"uid": p.uid, "text": p.text, "who": p.who, "side": p.side, "due_on": shapes.plain(p.due_on),
                      "state": p.state, "overdue": p.overdue} for p in agreed],
        "outcomes": [{k: v for k, v in o.wire().items() if v is not None and k != "place"} for o in after],
        "versions": [{"n": v.n, "issued_at": shapes.plain(v.issued_at), "sha256": v.sha256, "reason": v.reason,
                      "issued_by": v.issued_by}
                     for v in issued]}
    text = [f"{record.reference} {name} {record.held_on or ''} {code_label('CL40a', found.state, language())}",
            *shapes.labelled(fields, {f.name: getattr(record, f.name) for f in fields if f.name != "organization"}),
            *(tr("課題分類：{name}", name=code_label("CL03", i.code, language())) for i in issues), ""]
    text += [f"{x.time} [{code_label('entry_kind', x.kind, language())}] {x.text}" for x in lines]
    text += ["", *(tr("約束：{text}（{who} {day}）", text=p.text, who=p.who, day=p.due_on or "") for p in agreed)]
    text += [tr("効果確認：{words}", words=one) for one in after_words]
    text += [tr("第{n}版 {at} {hash}", n=v.n, at=v.issued_at, hash=(v.sha256 or "")[:16]) for v in issued]
    out.result(document, text)
    return DONE


def history(args: Namespace, out: Output) -> int:
    """変更履歴 of one consultation and its parts, newest first."""
    with opened(args, reading=True) as desk:
        uid = identifying.resolve(desk.store, "consultation", args.id)
        groups = changes.groups(desk.store, ("consultation", uid))
        lines = list(_history_lines(desk.store, uid, groups))
    document = {"uid": uid, "groups": [
        {"at": g.at.isoformat(), "by": g.by, "label": g.label, "here": g.here, "changes": [
            {"record": c.record, "field": c.field, "before": shapes.plain(c.before), "after": shapes.plain(c.after)}
            for c in g.changes]} for g in groups]}
    out.result(document, lines)
    return DONE


def _history_lines(store: Store, uid: str, groups: list[changes.Group]) -> Iterator[str]:
    """Changes as people read them: codes and references by name; what only says of which visit a part is, left out."""
    for g in groups:
        yield f"{g.at:%Y-%m-%d %H:%M} {g.by} {g.label}"
        for c in g.changes:
            if uid not in (c.before, c.after):
                yield f"    {c.record}／{c.field}: {_short(store, c.of, c.before)} → {_short(store, c.of, c.after)}"


def _short(store: Store, field: Field, value: object) -> str:
    if field.target and value:
        named = generic.get(store, field.target, str(value)).values
        value = next((named[n] for n in ("name", "text", "title") if named.get(n)), value)
    text = " ".join(shapes.words(field, value).split())
    return text if len(text) <= 60 else text[:59] + "…"
