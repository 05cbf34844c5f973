"""`kanto-desk enrol` and `sync`."""

from __future__ import annotations

import re
import time
from argparse import Namespace
from typing import TYPE_CHECKING

from kanto_desk.cli import deletions
from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE, PARTLY
from kanto_desk.cli.session import opened
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import (
    carrying,
    escrow,
    escrow_carrying,
    escrow_words,
    mass_deletions,
    receipts,
    signing_as,
    syncing,
    withdrawing,
)
from kanto_desk.services.unsent_files import unsent_files, why_refused
from kanto_desk.sync.counting import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from kanto_desk.services.desk import Desk
    from kanto_desk.services.receipts import Noted
    from kanto_desk.sync.client import Link, Receipt, Wait


def enrol(args: Namespace, out: Output) -> int:
    """Join this desk to a hub by the secretariat's line."""
    with opened(args) as desk:
        hub = syncing.enrol(desk, args.line, args.device_name or "")
        person, renamed = desk.store.person, signing_as.told(desk.store)
        if args.leave_key:
            escrow.want(desk)
            escrow_carrying.carry(desk)
        left = escrow.state(desk.store)
    out.result({"hub": hub, "person": person, "key_left_at": left.at},
               [tr("「{hub}」に参加しました。", hub=hub), *filter(None, [renamed]),
                *([escrow_words.standing(left)] if left.wanted else [])])
    return DONE


def sync(args: Namespace, out: Output) -> int:
    """One sync; exit code 5 when the hub did not take everything, or deletions wait for an answer (`--deletions`)."""
    began = time.monotonic()
    if args.hub and not re.fullmatch(r"https://[^/\s]+", args.hub):
        raise Refused(tr("同期先のアドレスは https://hub.example.jp:8443 の形で書きます。何もしていません。"), "hub")
    with opened(args) as desk:
        wait, traffic = _waiting(out), Traffic()
        link = _to(args.hub, traffic)
        answered = deletions.answer(desk.store, args.deletions, out)
        seen, noted = _synced(desk, wait, link)
        escrow_carrying.carry(desk, link, wait)
        carried = carrying.carry(desk.store, desk.blobs, link=link, wait=wait)
        receipts.note_files(desk.store, noted, len(carried.refused))
        if args.files:
            fetched = carrying.fetch(desk.store, desk.blobs, carrying.missing(desk.store, desk.blobs),
                                     link=link)
            carried.got, carried.bytes_down = fetched.got, fetched.bytes_down
        if withdrawing.is_due(desk):
            withdrawing.renew_backups(desk)
        waiting, asked = syncing.waiting(desk.store), mass_deletions.question(desk.store)
        left = unsent_files(desk.store, desk.blobs)
        missing = len(carrying.missing(desk.store, desk.blobs))
    document = {"sent": noted.sent, "received": noted.came, "taken_away": noted.gone,
                "conflicts": waiting.conflicts, "refused": waiting.refused, "trips": seen.trips,
                "files_sent": carried.sent, "files_received": carried.got, "files_missing": missing,
                "files_left": left.count, "bytes_left": left.size, "files_refused": dict(left.refused),
                "bytes_up": traffic.up, "bytes_down": traffic.down,
                "deletions": deletions.document_of(asked), "deletions_answered": answered,
                "took_ms": round((time.monotonic() - began) * 1000)}
    lines = [tr("送りました：{n}件の変更", n=noted.sent), tr("受け取りました：{n}件の記録", n=noted.came)]
    if carried.sent or carried.got:
        lines.append(tr("写真とファイル：{sent}件を送り、{got}件を受け取りました", sent=carried.sent, got=carried.got))
    if left.going:
        lines.append(tr("まだ送っていない写真とファイル：{n}件・{kb} KB（次の sync で送ります）", n=left.going,
                        kb=f"{-(-(left.size - left.refused_size) // 1024):,}"))
    lines += [tr("同期先が受け取らない写真とファイル：{n}件（このパソコンだけにあります）。{why}", n=n,
                 why=why_refused(reason)) for reason, n in left.refused]
    if missing:
        lines.append(tr("まだ届いていない写真とファイル：{n}件（sync --files で取り込みます）", n=missing))
    if noted.gone:
        lines.append(tr("見られなくなった記録を消しました：{n}件", n=noted.gone))
    if waiting.conflicts:
        lines.append(tr("確認が必要な変更：{n}件", n=waiting.conflicts))
    if waiting.refused:
        lines.append(tr("同期先が受け取らなかった変更：{n}件", n=waiting.refused))
    lines += deletions.lines_of(asked)
    out.result(document, lines)
    return PARTLY if waiting.refused or left.refused or asked is not None else DONE


def _to(hub: str | None, traffic: Traffic) -> Callable[[str, str], Link]:
    """Links to the hub, at another address where one is given; its certificate is that of the hub it joined."""
    return lambda url, ca: traffic.link(hub or url, ca)


def _waiting(out: Output) -> Wait:
    """Waits for a busy hub, and says so; Ctrl+C ends it as it ends the rest."""
    def wait(seconds: float) -> bool:
        out.note(tr("同期先が混み合っています。{n}秒待って続けます。", n=round(seconds)))
        time.sleep(seconds)
        return True
    return wait


def _synced(desk: Desk, wait: Wait, link: Callable[[str, str], Link]) -> tuple[Receipt, Noted]:
    """Sync, with a receipt kept as by the window; a desk that its hub ordered to forget does so at once."""
    from kanto_desk.services import forgetting
    from kanto_desk.sync.client import Receipt

    seen = [Receipt()]

    def watch(receipt: Receipt) -> bool:
        seen[0] = receipt
        return True
    try:
        noted = receipts.sync(desk.store, watch, link, wait=wait)
    except Trouble:
        if forgetting.is_due(desk):
            raise forgetting.obey(desk) from None
        raise
    return seen[0], noted
