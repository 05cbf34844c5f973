"""`kanto-desk organizations …`: import, list, show."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from kanto_desk.cli import shapes
from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr
from kanto_desk.masters import code_label
from kanto_desk.services import identifying, importing, organizations
from kanto_desk.services.interchange import code_of


def import_file(args: Namespace, out: Output) -> int:
    """Import organizations from a file."""
    with opened(args) as desk:
        return shapes.imported(out, args.dry_run, lambda progress: importing.import_organizations(
            desk.store, Path(args.file), dry_run=args.dry_run, progress=progress))


def list_all(args: Namespace, out: Output) -> int:
    """List organizations by reading."""
    wanted = tuple(_prefecture(name) for name in args.prefecture)
    with opened(args, reading=True) as desk:
        rows = organizations.listing(desk.store, query=args.query, prefectures=wanted, limit=args.limit,
                                     offset=args.offset)
        total = organizations.count(desk.store, query=args.query, prefectures=wanted)
    document = {"total": total, "organizations": [
        {"uid": r.uid, "name": r.name, "kana": r.kana, "prefecture": r.prefecture, "city": r.city,
         "industry": r.jsic_division, "kind": r.kind, "products": r.products, "certificates": r.certificates,
         "employees": r.employees, "last_on": shapes.plain(r.last_on), "starred": r.starred} for r in rows]}
    shown = table(("uid", tr("名称"), tr("都道府県"), tr("市区町村"), tr("最近の相談")), [
        (r.uid, r.name, code_label("CL10", r.prefecture or None, language()), r.city, r.last_on) for r in rows])
    out.result(document, [*shown, tr("{n}件のうち{shown}件", n=total, shown=len(rows))])
    return DONE


def show(args: Namespace, out: Output) -> int:
    """Show one organization with its people, visits and promises."""
    with opened(args, reading=True) as desk:
        uid = identifying.resolve(desk.store, "organization", args.id)
        found = organizations.profile(desk.store, uid, opened=False)
    record, fields = found.record, organizations.fields()
    values, size = record.wire(), found.proposed_size
    document = {
        "uid": record.uid, "id": record.own_id or "", "name": record.name,
        "fields": {k: v for k, v in values.items() if v is not None and k != "deleted_at"}, "starred": found.starred,
        "proposed_size": {"code": size.code, "reason": size.reason} if size else None,
        "names": [{"name": n.name, "from": shapes.plain(n.valid_from), "until": shapes.plain(n.valid_to),
                   "reason": n.reason} for n in found.names],
        "sites": [{k: v for k, v in s.wire().items() if v is not None} for s in found.sites],
        "contacts": [{"name": c.name, "kana": c.kana, "role": c.role, "phone": c.phone, "email": c.email,
                      "is_contact": c.is_contact} for c in found.contacts],
        "consultations": [{"uid": c.uid, "reference": c.reference, "held_on": shapes.plain(c.held_on),
                           "theme": c.theme, "state": c.state} for c in found.consultations],
        "promises": [{"text": p.text, "who": p.who, "due_on": shapes.plain(p.due_on), "state": p.state,
                      "overdue": p.overdue} for p in found.promises],
        "duplicates": [{"uid": d.uid, "name": d.name} for d in found.duplicates]}
    lines = [*shapes.labelled(fields, {f.name: getattr(record, f.name) for f in fields})]
    if size and size.code != record.size:
        lines.append(tr("自動判定：{size}（{reason}）", size=code_label("CL07", size.code, language()),
                        reason=size.reason))
    lines += [tr("旧称：{name}", name=n.name) for n in found.names]
    lines += [tr("人：{name} {role}", name=c.name, role=c.role) for c in found.contacts]
    lines += [tr("相談：{day} {reference} {theme}", day=c.held_on or "", reference=c.reference, theme=c.theme)
              for c in found.consultations]
    lines += [tr("約束：{text}（{who} {day}）", text=p.text, who=p.who, day=p.due_on or "") for p in found.promises]
    out.result(document, lines)
    return DONE


def _prefecture(name: str) -> str:
    code = code_of("CL10", name)
    if code is None:
        raise Refused(tr("この都道府県はありません：{name}", name=name), "prefecture")
    return code
