"""`kanto-desk conflicts`: what waits for a decision, and the decision."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from kanto_desk.cli.output import Output
from kanto_desk.cli.parser import UsageError
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.fields import Json
from kanto_desk.i18n import tr
from kanto_desk.services import contested, rewriting
from kanto_desk.services.contested_sides import Contested, Side, is_ahead

BOTH, KEEP, DELETE, TAKE_IN, LEAVE_OUT = "both", "keep", "delete", "take-in", "leave-out"
ACCEPT, DECLINE = "accept", "decline"


def listed(args: Namespace, out: Output) -> int:
    """Everything that waits, with every side and the words that decide."""
    with opened(args, reading=True) as desk:
        found, now = contested.listing(desk.store), desk.clock()
    lines = []
    for one in found:
        lines.append("　".join(filter(None, (one.title, one.part, one.label, f"（{one.type} {one.uid} {one.field}）"))))
        for side in one.sides:
            word = "" if one.whole else f"{mark(side)}　"
            shown = "　" + tr("この値がいま見えています") if side.shown else ""
            lines += [f"  {word}{who}{shown}" for who in _who(side, now)]
            lines += [f"    {line}" for line in side.words.splitlines()]
        lines.append("  " + tr("決め方：{words}", words="・".join(choices(one))))
    out.result({"conflicts": [_document(one) for one in found]}, lines or [tr("確認が必要な変更はありません。")])
    return DONE


def resolve(args: Namespace, out: Output) -> int:
    """Decide one, by a choice or by another value (書き直す); both sides stay in the history."""
    text = _written(args)
    with opened(args) as desk:
        one = next((c for c in contested.listing(desk.store) if c.key == (args.type, args.id, args.field)), None)
        if one is None:
            raise Refused(tr("そこに、確認が必要な変更はありません。conflicts list で確かめます。"), "field")
        allowed = choices(one)
        if text is not None:
            value = rewriting.read(desk.store, one, text)
        elif args.choice in allowed:
            value = allowed[args.choice]
        else:
            raise Refused(tr("「{choice}」では決められません（{words}）。何も変えていません。", choice=args.choice,
                             words="・".join(allowed)), "choice")
        contested.settle(desk.store, [(one, value)])
        left = contested.count(desk.store)
    out.result({"resolved": {"type": one.type, "id": one.uid, "field": one.field, "choice": args.choice,
                             **({"value": value} if text is not None else {})}, "left": left},
               [tr("決めました：{title}　{label}", title=one.title, label=one.label),
                tr("確認が必要な変更：{n}件", n=left)])
    return DONE


def _written(args: Namespace) -> str | None:
    """What --text or --file gives; None where a choice was named. Raises UsageError for none or more than one."""
    if sum(given is not None for given in (args.choice, args.text, args.file)) != 1:
        raise UsageError(tr("決め方の1つか、--text か --file のどれか1つを書きます。"))
    if args.file is None:
        return None if args.text is None else str(args.text)
    try:
        return Path(args.file).read_text("utf-8-sig").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(tr("書き直す文のファイルを読めません：{name}", name=args.file)) from error


def mark(side: Side) -> str:
    """What a side is named by: no place in a list, which a sync in between would change."""
    return hashlib.sha256(side.stamp.encode()).hexdigest()[:6]


def _who(side: Side, now: datetime) -> list[str]:
    """Who wrote a side and when; where several may have, each on which laptop."""
    if not side.writers:
        return [f"{side.by}　{_when(side.at, now)}"]
    return [f"{w.by}（{tr('このパソコン') if w.here else tr('端末 {part}', part=w.laptop)}）　"
            f"{_when(w.at, now)}" for w in side.writers]


def _when(at: datetime, now: datetime) -> str:
    words = f"{at.astimezone(JST):%Y-%m-%d %H:%M}"
    return tr("{when}（時計のずれ）", when=words) if is_ahead(at, now) else words


def choices(one: Contested) -> Mapping[str, Json]:
    """The words that decide, and what stands then."""
    if one.deletion:
        return {KEEP: True, DELETE: False}
    if one.signed:
        return {TAKE_IN: True, LEAVE_OUT: False}
    if one.asked:
        return {ACCEPT: True, DECLINE: False}
    out: dict[str, Json] = {mark(side): side.wire for side in one.sides}
    return {**out, BOTH: contested.joined(one)} if one.joins else out


def _document(one: Contested) -> dict[str, object]:
    return {"type": one.type, "id": one.uid, "field": one.field, "label": one.label, "title": one.title,
            "part": one.part, "choices": list(choices(one)),
            "sides": [{"choice": None if one.whole else mark(side), "value": side.wire, "text": side.words,
                       "by": side.by, "at": side.at.isoformat(), "laptop": side.laptop, "here": side.here,
                       "shown": side.shown,
                       "writers": [{"by": w.by, "at": w.at.isoformat(), "laptop": w.laptop, "here": w.here}
                                   for w in side.writers]} for side in one.sides]}
