"""`kanto-desk hub backup|restore|audit|password`: looking after a hub that serves."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import msgspec
from sqlalchemy import select

from kanto_desk.cli.hub import opened, person_of
from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import chosen_passphrase
from kanto_desk.clock import system_clock
from kanto_desk.errors import Refused
from kanto_desk.hub import tables as t
from kanto_desk.hub.audit_words import words_of
from kanto_desk.hub.backing_up import Elsewhere
from kanto_desk.i18n import tr


def backup(args: Namespace, out: Output) -> int:
    """Back up the hub into one file and read it back."""
    from kanto_desk.hub.backing_up import back_up

    with opened(args) as hub:
        made = back_up(hub, Path(args.out) if args.out else None)
    elsewhere = made.manifest.elsewhere
    out.result({"file": str(made.file.resolve()), "bytes": made.size, "number": made.manifest.number,
                "epoch": made.manifest.epoch, "counts": made.manifest.counts,
                "elsewhere": msgspec.to_builtins(elsewhere)},
               [tr("バックアップをつくり、読んで確かめました：{file}", file=made.file.resolve()),
                tr("受け取った変更：{n}件", n=made.manifest.counts["received"]),
                tr("同期先の秘密の鍵が入っています。人に渡さず、鍵のかかる場所に置きます。"),
                *([_not_inside(elsewhere)] if elsewhere else [])])
    return DONE


def restore(args: Namespace, out: Output) -> int:
    """Go back to a backup; the laptops then send what it lacks."""
    from kanto_desk.hub.restoring import restore as put_back

    done = put_back(Path(args.folder), system_clock, Path(args.file), args.database)
    made = done.manifest
    out.result({"epoch": done.epoch, "made_at": made.made_at, "number": made.number, "anew": done.anew},
               [tr("{at} のバックアップに戻しました（受け取った変更：{n}件）。", at=made.made_at[:16].replace("T", " "),
                   n=made.counts["received"]),
                tr("そのあとの変更は、各パソコンが次の同期でもう一度送ります。"),
                *([_were(made.elsewhere)] if made.elsewhere else [])])
    return DONE


def _not_inside(elsewhere: Elsewhere) -> str:
    if elsewhere.files < 0:
        return tr("写真とファイルは {address} にあり、入っていません（いまつながらず、数えていません）。",
                  address=elsewhere.address)
    return tr("写真とファイル {n}件（{bytes}バイト）は {address} にあり、入っていません。保管先の側で守ります。",
              n=elsewhere.files, bytes=f"{elsewhere.bytes:,}", address=elsewhere.address)


def _were(elsewhere: Elsewhere) -> str:
    return tr("写真とファイルは、バックアップのときは {address} にありました。hub contents check で確かめます。",
              address=elsewhere.address)


def audit(args: Namespace, out: Output) -> int:
    """What people and laptops did at the hub, newest first."""
    with opened(args) as hub, hub.read() as conn:
        a = t.audit.c
        query = select(t.audit).order_by(a.n.desc()).limit(50 if args.limit is None else args.limit)
        if args.what:
            query = query.where(a.what == args.what)
        rows = conn.execute(query).all()
    document = [{"n": r.n, "at": r.at, "who": r.who, "what": r.what, "detail": json.loads(r.detail)} for r in rows]
    out.result(document, table(
        (tr("日時"), tr("だれが"), tr("何を"), tr("くわしく")),
        [(r.at.replace("T", " ")[:19], r.who, words_of(r.what),
          " ".join(f"{k}={v}" for k, v in json.loads(r.detail).items())) for r in rows], whole_last=True))
    return DONE


def password(args: Namespace, out: Output) -> int:
    """Set the password with which a person signs in to the secretariat's page."""
    from kanto_desk.hub.signing_in import set_password

    with opened(args) as hub:
        with hub.read() as conn:
            person = person_of(conn, args.person)
        chosen = chosen_passphrase(args.password_file, "KANTO_DESK_HUB_PASSWORD")
        if not chosen:
            raise Refused(tr("合言葉がありません。--password-file か KANTO_DESK_HUB_PASSWORD で渡します。"), "password")
        with hub.write() as conn:
            set_password(conn, person.uid, chosen, system_clock())
    out.result({"person": person.uid}, [tr("{name}さんが、事務局のページに入れるようになりました。", name=person.name)])
    return DONE
