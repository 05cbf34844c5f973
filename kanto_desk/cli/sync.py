"""`kanto-desk enrol` and `sync`."""

from __future__ import annotations

import time
from argparse import Namespace

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE, PARTLY
from kanto_desk.cli.session import opened
from kanto_desk.i18n import tr
from kanto_desk.services import syncing


def enrol(args: Namespace, out: Output) -> int:
    """Join this desk to a hub by the secretariat's line."""
    with opened(args) as desk:
        hub = syncing.enrol(desk, args.line, args.device_name or "")
    out.result({"hub": hub}, [tr("「{hub}」に参加しました。", hub=hub)])
    return DONE


def sync(args: Namespace, out: Output) -> int:
    """One sync; exit code 5 when the hub did not take everything."""
    began = time.monotonic()
    with opened(args) as desk:
        receipt = syncing.sync(desk.store)
        waiting = syncing.waiting(desk.store)
    document = {"sent": receipt.sent, "received": len(receipt.came), "taken_away": len(receipt.gone),
                "conflicts": waiting.conflicts, "refused": waiting.refused, "trips": receipt.trips,
                "took_ms": round((time.monotonic() - began) * 1000)}
    lines = [tr("送りました：{n}件の変更", n=receipt.sent), tr("受け取りました：{n}件の記録", n=len(receipt.came))]
    if receipt.gone:
        lines.append(tr("見られなくなった記録を消しました：{n}件", n=len(receipt.gone)))
    if waiting.conflicts:
        lines.append(tr("確認が必要な変更：{n}件", n=waiting.conflicts))
    if waiting.refused:
        lines.append(tr("同期先が受け取らなかった変更：{n}件", n=waiting.refused))
    out.result(document, lines)
    return PARTLY if waiting.refused else DONE
