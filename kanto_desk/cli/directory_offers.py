"""`kanto-desk directory take-over` and `directory offers …`: corporations as organizations, and what is new of them."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.numbers import check_corporate_number
from kanto_desk.services import company_directory, directory_facts, identifying, offers, organizations, taking_over
from kanto_desk.services.offers import Offer


def take_over(args: Namespace, out: Output) -> int:
    """Make an organization of a corporation; one that has the number already is given as it is."""
    with opened(args) as desk:
        uid = taking_over.take_over(desk, check_corporate_number(args.number))
        name = organizations.get(desk.store, uid).name or ""
    out.result({"uid": uid, "name": name}, [f"{name}  [organization {uid}]", company_directory.source_line()])
    return DONE


def listed(args: Namespace, out: Output) -> int:
    """What the directory says newly, of all organizations or of one."""
    with opened(args, reading=True) as desk:
        company_directory.need(desk).close()
        found = offers.listing(desk, None if args.id is None else [
            identifying.resolve(desk.store, "organization", args.id)])
    lines = []
    for one in found:
        lines.append(f"{one.name}  {one.kind}（{one.fact}）  [organization {one.organization}]")
        lines += [f"    {change.field.label(language())}：{change.old or tr('（空）')} → {change.new or tr('（空）')}"
                  for change in one.changes if change.old != change.new]
        if one.successor:
            name = one.successor_name or tr("名称は分かりません")
            lines.append("    " + tr("承継先：{name}（法人番号 {number}）", name=name, number=one.successor))
        source = directory_facts.source_words(one.source)
        lines.append("    " + tr("{source}　{day} 更新", source=source, day=one.updated.isoformat()))
    out.result({"offers": [_document(one) for one in found], "source": company_directory.source_line()},
               lines or [tr("取り込める変更は、いまありません。")])
    return DONE


def answer(args: Namespace, out: Output) -> int:
    """Take facts of an organization in, or leave them; without names all that are offered."""
    taken = args.answer == "take"
    with opened(args) as desk:
        company_directory.need(desk).close()
        uid = identifying.resolve(desk.store, "organization", args.id)
        found = [offers.one(desk, uid, fact) for fact in args.fact] or offers.listing(desk, [uid])
        for one in found:
            (offers.take if taken else offers.leave)(desk, one)
    lines = [tr("取り込みました：{name}　{kind}", name=one.name, kind=one.kind) if taken else
             tr("取り込みませんでした：{name}　{kind}", name=one.name, kind=one.kind) for one in found]
    out.result({"answered": [_document(one) for one in found]}, lines or [tr("取り込める変更はありません。")])
    return DONE


def _document(one: Offer) -> dict[str, Any]:
    return {"organization": one.organization, "name": one.name, "number": one.number, "fact": one.fact,
            "kind": one.kind, "changes": [{"field": c.field.name, "old": c.old or None, "new": c.new or None}
                                          for c in one.changes],
            "source": one.source, "updated": one.updated.isoformat(),
            "since": one.since.isoformat() if one.since else None, "successor": one.successor or None,
            "successor_name": one.successor_name or None}
