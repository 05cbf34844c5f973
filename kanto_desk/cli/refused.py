"""`kanto-desk refusals`: what the hub did not take, and sending it again."""

from __future__ import annotations

from argparse import Namespace

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import refusals
from kanto_desk.services.refusals import NotTaken


def listed(args: Namespace, out: Output) -> int:
    """Every change that was not taken, newest first: its number, its values and why; held ones are marked."""
    with opened(args, reading=True) as desk:
        found = refusals.listing(desk.store)
    lines = []
    for one in found:
        state = tr("保留") if one.held else tr("受け取られなかった")
        lines.append("　".join(filter(None, (str(one.seq), one.title, one.part, state,
                                              f"{one.at.astimezone(JST):%Y-%m-%d %H:%M}"))))
        lines += [f"    {label}：{value}" for label, value in one.values if value]
        lines.append(f"    {one.why}")
    out.result({"refusals": [_document(one) for one in found]}, lines or [tr("受け取られなかった変更はありません。")])
    return DONE


def send(args: Namespace, out: Output) -> int:
    """Let the next sync send these again, or all of them. Raises Refused for a number that is not listed."""
    with opened(args) as desk:
        found = refusals.listing(desk.store)
        known = {one.seq: one for one in found}
        unknown = [n for n in args.numbers if n not in known]
        if unknown:
            raise Refused(tr("番号 {n} の変更はありません。refusals list で確かめます。何も変えていません。",
                             n=unknown[0]), "numbers")
        n = refusals.send_all(desk.store, [known[n] for n in args.numbers] if args.numbers else found)
        left = len(refusals.listing(desk.store))
    lines = [tr("次の sync で、{n}件をもう一度送ります。", n=n)]
    if left:
        lines.append(tr("受け取られなかった変更：のこり{n}件", n=left))
    out.result({"again": n, "left": left}, lines)
    return DONE


def _document(one: NotTaken) -> dict[str, object]:
    return {"number": one.seq, "type": one.type, "id": one.uid, "title": one.title, "part": one.part,
            "values": dict(one.values), "why": one.why, "at": one.at.isoformat(), "held": one.held,
            "here": one.still_here}
