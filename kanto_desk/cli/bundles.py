"""`kanto-desk bundle …` and `kanto-desk hub bundle …`: syncing by files, for where there is no network."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from kanto_desk.cli import deletions
from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE, PARTLY
from kanto_desk.cli.session import opened
from kanto_desk.clock import system_clock
from kanto_desk.db.trouble import explain, is_full, is_read_only
from kanto_desk.errors import Trouble
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub.opening import Hub, open_hub
from kanto_desk.i18n import tr
from kanto_desk.services import bundles, forgetting, mass_deletions, receipts
from kanto_desk.sync.bundle_file import ENDING, Unusable, read_head


def make(args: Namespace, out: Output) -> int:
    """Write what is unsent into a file for the hub."""
    with opened(args) as desk:
        made = bundles.make_bundle(desk.store, Path(args.file), desk.blobs)
    carried = [tr("写真とファイル：{n}件", n=made.files)] if made.files else []
    if made.files_left:
        carried.append(tr("入りきらない写真とファイル：{n}件（次に作るファイルに入れます）", n=made.files_left))
    out.result({"file": str(made.file), "changes": made.changes, "records": made.records, "bytes": made.size,
                "files": made.files, "files_left": made.files_left},
               [tr("書きました：{file}（{records}件の記録、{changes}件の変更）", file=made.file, records=made.records,
                   changes=made.changes), *carried,
                tr("事務局に渡します。戻ってきたファイルを bundle import で取り込むまで、未送信のままです。")])
    return DONE


def take(args: Namespace, out: Output) -> int:
    """Take in a file that the hub made for this laptop; exit code 5 as of `sync`."""
    with opened(args) as desk:
        try:
            taken = receipts.take_file(desk.store, Path(args.file), desk.blobs)
        except Trouble:
            if forgetting.is_due(desk):   # the hub ordered it to forget: at once, as by network
                raise forgetting.obey(desk) from None
            raise
        asked = mass_deletions.question(desk.store)
    lines = [tr("このファイルに、新しいものはありません。何も変わっていません。")] if taken.known else [
        tr("届いたと確かめられました：{n}件の変更", n=taken.acknowledged),
        tr("受け取りました：{n}件の記録", n=taken.received)]
    if taken.files:
        lines.append(tr("写真とファイル：{n}件", n=taken.files))
    if taken.damaged:
        lines.append(tr("壊れていたため捨てた写真とファイル：{n}件（持っているパソコンから、もう一度届きます）",
                        n=taken.damaged))
    if taken.taken_away:
        lines.append(tr("見られなくなった記録を消しました：{n}件", n=taken.taken_away))
    if taken.not_taken:
        lines.append(tr("同期先が受け取らなかった変更：{n}件", n=taken.not_taken))
    lines += deletions.lines_of(asked)
    out.result({"known": taken.known, "acknowledged": taken.acknowledged, "received": taken.received,
                "taken_away": taken.taken_away, "refused": taken.not_taken, "left": taken.left,
                "files": taken.files, "damaged": taken.damaged,
                "deletions": deletions.document_of(asked)}, lines)
    return PARTLY if taken.not_taken or asked is not None else DONE


def hub_take(args: Namespace, out: Output) -> int:
    """Take in a laptop's file; with `--answer` the file that goes back is written at once."""
    hub = open_hub(Path(args.folder), system_clock, args.database)
    safe = tr("同期先の記録は、何も変わっていません。")
    try:
        try:
            taken = hub_side.take(hub, Path(args.file))
        except Unusable as no:
            if no.reason == "revoked" and args.answer:   # nothing of it is taken, and it hears that it was stopped
                raise _told_to_forget(hub, args, safe) from no
            raise bundles.not_taken(no.reason, safe) from no
        except hub_side.Missing as no:
            raise Trouble(tr("このファイルより前の変更が、同期先にありません。"),
                          tr("同期先の記録は無事で、足りない変更はそのパソコンにあります。"),
                          tr("hub bundle make の答えをそのパソコンで取り込み、もう一度ファイルを作ってもらいます。"),
                          str(no)) from no
        except (OSError, DBAPIError, Trouble) as error:
            raise _not_kept(error, safe) from error
        answer, given = _answer(hub, taken.dev, Path(args.answer)) if args.answer else (None, hub_side.Given(0))
    finally:
        hub.close()
    lines = [tr("取り込みました：{n}件の変更（新しいもの {new}件）", n=taken.changes, new=taken.new)]
    if taken.changes and not taken.new:
        lines = [tr("このファイルに、新しいものはありません。何も変わっていません。")]
    if taken.files:
        lines.append(tr("写真とファイル：{n}件", n=taken.files))
    if taken.files_not_whole:
        lines.append(tr("受け取らなかった、または途中までの写真とファイル：{n}件", n=taken.files_not_whole))
    if sum(taken.verdicts.values()):
        lines.append(tr("受け取らなかった変更：{n}件", n=sum(taken.verdicts.values())))
    lines.append(tr("答えのファイル：{file}", file=answer) if answer else
                 tr("次は hub bundle make {device} FILE で、戻すファイルを作ります。", device=taken.dev))
    lines += _files_of(given)
    out.result({"device": taken.dev, "person": taken.person, "changes": taken.changes, "new": taken.new,
                "verdicts": taken.verdicts, "files": taken.files, "files_not_whole": taken.files_not_whole,
                "answer": str(answer) if answer else None, "files_back": given.files,
                "files_left": given.files_left}, lines)
    return PARTLY if taken.verdicts else DONE


def hub_make(args: Namespace, out: Output) -> int:
    """Write what a laptop lacks, and the receipt for what it sent, into a file."""
    hub = open_hub(Path(args.folder), system_clock, args.database)
    try:
        file, given = _answer(hub, args.device, Path(args.file))
    finally:
        hub.close()
    out.result({"device": args.device, "file": str(file), "files_back": given.files, "files_left": given.files_left,
                "order": given.order},
               [tr("書きました：{file}", file=file), *_files_of(given),
                *([tr("使用を止めたパソコンなので、入っているのは、記録を消す指示だけです。")] if given.order else []),
                tr("そのパソコンで bundle import を使って取り込みます。")])
    return DONE


def _told_to_forget(hub: Hub, args: Namespace, safe: str) -> Trouble:
    """What to tell of a file of a laptop that was stopped, for which an answer with the order to forget was written."""
    told = bundles.not_taken("revoked", safe)
    answer, _ = _answer(hub, read_head(Path(args.file)).sender, Path(args.answer))
    return Trouble(told.happened, safe, tr(
        "記録を消す指示を書きました：{file}。そのパソコンで取り込みます。"
        "中身を取り込むには、消したあとに残るファイルを hub take-kept に渡します。", file=answer), "revoked")


def _files_of(given: hub_side.Given) -> list[str]:
    """What is said of the photos and files in an answer."""
    lines = [tr("戻す写真とファイル：{n}件", n=given.files)] if given.files else []
    if given.files_left:
        lines.append(tr("入りきらない写真とファイル：{n}件（次に作るファイルに入れます）", n=given.files_left))
    return lines


def _not_kept(error: Exception, safe: str) -> Trouble:
    """What to tell where a file was whole and the hub could not keep it, or the file could not be read."""
    cause = explain(error)
    if is_full(cause):
        return Trouble(tr("同期先のディスクに空きがなく、取り込みを途中で止めました。"),
                       tr("同期先の記録は無事です。受け渡しファイルも、そのまま使えます。"),
                       tr("同期先のディスクに空きをつくってから、同じファイルをもう一度取り込みます。"), cause.detail)
    if isinstance(error, OSError) and not is_read_only(cause):
        return bundles.not_read(error, safe)
    return cause


def _answer(hub: Hub, device: str, file: Path) -> tuple[Path, hub_side.Given]:
    safe = tr("同期先の記録は、何も変わっていません。")
    if file.is_dir():
        file = file / f"{device}-{hub.clock():%Y%m%d-%H%M%S}{ENDING}"
    try:
        given = hub_side.make(hub, device, file)
    except Unusable as no:
        raise bundles.not_taken(no.reason, safe) from no
    except OSError as error:
        raise bundles.not_written(error, safe) from error
    return file, given
