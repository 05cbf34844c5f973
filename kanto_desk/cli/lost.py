"""`kanto-desk unlock` and the hub's commands for laptops that are lost or silent, and for its certificate authority."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from kanto_desk.cli.hub import opened
from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import home_of, need_desk, passphrase, wrong_passphrase_is_trouble
from kanto_desk.clock import system_clock
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts, authorities, bundles, escrow, losing
from kanto_desk.i18n import tr
from kanto_desk.sync.bundle_file import Unusable


def unlock(args: Namespace, out: Output) -> int:
    """Open a desk whose lease is over by the code that the secretariat read out."""
    from kanto_desk.services import desk, lease

    home = home_of(args)
    need_desk(home)
    with wrong_passphrase_is_trouble():
        found = desk.unlock(home, passphrase(args), code=args.code)
    days = lease.days_left(found.store)
    found.close()
    out.result({"days": days}, [tr("ひらきました。このあと{n}日のあいだに同期します。", n=days)
                                if days is not None else tr("このデスクに解除コードは要りません。")])
    return DONE


def unlock_code(args: Namespace, out: Output) -> int:
    """The code for the digits that a laptop shows."""
    with opened(args) as hub, hub.write() as conn:
        code = losing.code_for(conn, args.device, args.challenge, system_clock())
    out.result({"code": code}, [tr("解除コード：{code}", code=f"{code[:5]} {code[5:]}")])
    return DONE


def recovery_key(args: Namespace, out: Output) -> int:
    """The recovery key that a laptop left, to be read out to its user; the audit log notes it."""
    with opened(args) as hub, hub.write() as conn:
        found = escrow.read_out(hub, conn, args.device, system_clock())
    out.result({"recovery_key": found.key, "left_at": found.at, "doubtful": found.doubtful}, [found.key])
    if found.doubtful:
        out.note(tr("このパソコンのフォルダーは、ほかのパソコンに写されています。伝える相手が本人かを、とくによく確かめます。"))
    out.note(tr("本人であることを確かめてから伝えます。操作の記録に残しました。"
                "パソコンは、次の同期で新しい鍵を預けなおします。"))
    return DONE


def lease(args: Namespace, out: Output) -> int:
    """After how many days without contact laptops ask for a code."""
    with opened(args) as hub, hub.write() as conn:
        losing.set_lease(conn, args.days)
        accounts.note(conn, "hub", "lease", system_clock(), days=args.days)
    out.result({"days": args.days}, [tr("これから参加するパソコンは、{n}日同期しないと解除コードを求めます。",
                                        n=args.days)])
    return DONE


def take_kept(args: Namespace, out: Output) -> int:
    """Take in what a laptop sealed for the hub before it forgot its records."""
    with opened(args) as hub:
        try:
            taken = bundles.take(hub, Path(args.file), of_stopped=True)
        except Unusable as no:
            raise Trouble(tr("このファイルは取り込めません：{name}", name=Path(args.file).name),
                          tr("何も変わっていません。"),
                          tr("ファイルが壊れていないか、この同期先のものかを確かめます。"), str(no)) from no
        except bundles.Missing as gap:
            raise Trouble(tr("このファイルより前の変更が、同期先にありません。"), tr("何も変わっていません。"),
                          tr("同期先のバックアップを戻してから、もう一度取り込みます。"), str(gap)) from gap
        except OSError as error:
            raise Trouble(tr("ファイルを読めません：{name}", name=Path(args.file).name),
                          tr("何も変わっていません。"),
                          tr("ファイルの場所を確かめます。"), str(error)) from error
    out.result({"changes": taken.changes, "new": taken.new, "chunks": taken.chunks},
               [tr("取り込みました：新しい変更{n}件（全{all}件）", n=taken.new, all=taken.changes)])
    return DONE


def rotate_ca(args: Namespace, out: Output) -> int:
    """Announce the next certificate authority; with --use, put it into use."""
    with opened(args) as hub:
        if args.use:
            found = authorities.use_next(hub, anyway=args.anyway)
            lines = [tr("新しい認証局に替えました。動いている hub serve は1分以内に使い始めます。"),
                     tr("nginx などを前に置いているときは、読み直させます（nginx -s reload）。")]
            left: list[str] = []
        else:
            found = authorities.announce(hub)
            left = authorities.not_told(hub)
            lines = [tr("次の認証局を知らせています。まだ知らないパソコン：{n}台", n=len(left)), *left]
        with hub.write() as conn:
            accounts.note(conn, "hub", "authority used" if args.use else "authority announced", system_clock())
    out.result({"fingerprint": found, "not_told": left}, lines)
    return DONE
