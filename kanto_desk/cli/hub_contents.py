"""`kanto-desk hub contents move|check|sweep`: where a hub keeps photos and files."""

from __future__ import annotations

from argparse import Namespace

from kanto_desk.cli.hub import opened
from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.hub import content_moving
from kanto_desk.i18n import tr


def move(args: Namespace, out: Output) -> int:
    """Move every photo and file to another store."""
    with opened(args) as hub:
        moved = content_moving.move(hub, args.to)
    lines = [tr("写真とファイルは {address} にあります。{n}件（{bytes}バイト）を移し、読み戻して確かめました。",
                address=moved.address, n=moved.files, bytes=f"{moved.bytes:,}")]
    if moved.damaged:
        lines.append(_damaged(moved.damaged))
    out.result({"contents": moved.address, "files": moved.files, "bytes": moved.bytes, "damaged": moved.damaged}, lines)
    return DONE


def check(args: Namespace, out: Output) -> int:
    """Compare the store of files with the records."""
    with opened(args) as hub:
        seen = content_moving.compare(hub, read=bool(args.read))
    lines = [tr("保管先：{address}", address=seen.address),
             tr("写真とファイル：{n}件（{bytes}バイト）", n=seen.files, bytes=f"{seen.bytes:,}")]
    if seen.damaged:
        lines.append(_damaged(seen.damaged))
    lines.append(tr("記録が挙げる {named}件のうち、{n}件がありません。持っているパソコンが、次の同期で送ります。",
                    named=seen.named, n=seen.missing) if seen.missing else
                 tr("記録が挙げる {named}件は、すべてあります。", named=seen.named))
    out.result({"contents": seen.address, "named": seen.named, "files": seen.files, "bytes": seen.bytes,
                "missing": seen.missing, "damaged": seen.damaged}, lines)
    return DONE


def sweep(args: Namespace, out: Output) -> int:
    """Remove files that nothing has named for 30 days."""
    from kanto_desk.hub.sweeping import DAYS
    from kanto_desk.hub.sweeping import sweep as run

    with opened(args) as hub:
        seen = run(hub, dry=bool(args.dry_run))
    many, size = len(seen.gone), f"{seen.bytes:,}"
    if args.dry_run:
        done = tr("消すことになるもの：{n}件（{bytes}バイト）。まだ何も消していません。", n=many, bytes=size)
    else:
        done = tr("消した写真とファイル：{n}件（{bytes}バイト）", n=many, bytes=size)
    lines = [tr("保管先：{address}", address=seen.address), done]
    if seen.waiting:
        lines.append(tr("どの記録も挙げていない{n}件（{bytes}バイト）は、{days}日たつまで残します（早いもので{day}）。",
                        n=seen.waiting, bytes=f"{seen.waiting_bytes:,}", days=DAYS, day=seen.next))
    out.result({"contents": seen.address, "dry_run": bool(args.dry_run), "files": len(seen.gone), "bytes": seen.bytes,
                "names": seen.gone, "waiting": seen.waiting, "waiting_bytes": seen.waiting_bytes,
                "next": seen.next or None}, lines)
    return DONE


def _damaged(many: int) -> str:
    return tr("壊れていた {n}件は damaged に除けました。持っているパソコンが、次の同期で送ります。", n=many)
