"""`kanto-desk hub quarantine …`: what a copied laptop tried to send."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from kanto_desk.cli.hub import opened
from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE, PARTLY
from kanto_desk.db.schema import records
from kanto_desk.errors import Trouble
from kanto_desk.hub import quarantine
from kanto_desk.i18n import language, tr


def list_all(args: Namespace, out: Output) -> int:
    """What is in quarantine, and how much of it the hub does not hold."""
    with opened(args) as hub, hub.read() as conn:
        found = quarantine.listing(hub, conn)
    out.result([{"name": k.name, "device": k.dev, "person": k.person, "at": k.at.isoformat(), "changes": len(k.changes),
                 "lacking": len(k.lacking), "damaged": k.damaged} for k in found],
               table((tr("日時"), tr("人"), tr("変更"), tr("ここにないもの"), tr("名前")),
                     [(f"{k.at:%Y-%m-%d %H:%M}", k.person, tr("（壊れています）") if k.damaged else str(len(k.changes)),
                       str(len(k.lacking)), k.name) for k in found], whole_last=True))
    return DONE


def show(args: Namespace, out: Output) -> int:
    """Which records and fields the changes of one file are of; what they say is in the export alone."""
    with opened(args) as hub, hub.read() as conn:
        kept = quarantine.one(hub, conn, args.name)
    lacking = {c.seq for c in kept.lacking}
    out.result([{"seq": c.seq, "wall": c.wall, "type": c.type, "uid": c.uid, "fields": sorted(c.set),
                 "lacking": c.seq in lacking} for c in kept.changes],
               table((tr("日時"), tr("種類"), tr("項目"), tr("ここにない"), "uid"),
                     [(c.wall.replace("T", " ")[:16], getattr(records().get(c.type), language(), c.type),
                       " ".join(sorted(c.set)), tr("はい") if c.seq in lacking else "", c.uid) for c in kept.changes],
                     whole_last=True))
    return DONE


def export(args: Namespace, out: Output) -> int:
    """Write one file out, unencrypted, one change of JSON a line."""
    file = Path(args.file)
    with opened(args) as hub, hub.read() as conn:
        kept = quarantine.one(hub, conn, args.name)
        try:
            quarantine.export(kept, file)
        except OSError as error:
            raise Trouble(tr("ファイルを書けませんでした：{file}", file=file),
                          tr("隔離の中は、何も変わっていません。"), tr("別の場所を選びます。"), str(error)) from error
    out.result({"file": str(file.resolve()), "changes": len(kept.changes)},
               [tr("書き出しました：{file}（変更 {n}件、暗号化されていません）", file=file.resolve(),
                   n=len(kept.changes))])
    return DONE


def take(args: Namespace, out: Output) -> int:
    """Take in what the hub lacks of one file; exit code 5 when some of it was not taken."""
    with opened(args) as hub:
        many, told = quarantine.take(hub, args.name)
    lines = [tr("取り込みました：{n}件の変更", n=many - len(told)) if many else
             tr("ここにないものは、ありません。何も変わっていません。")]
    if told:
        lines.append(tr("受け取らなかった変更：{n}件", n=len(told)))
    out.result({"changes": many, "refused": len(told)}, lines)
    return PARTLY if told else DONE
