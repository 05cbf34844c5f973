"""`kanto-desk check`, `backup`, `restore`, `passphrase`, `recovery`, `migrate`: care of the data folder."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kanto_desk.cli.output import Output, table
from kanto_desk.cli.parser import UsageError
from kanto_desk.cli.running import DONE, TROUBLE
from kanto_desk.cli.session import (
    chosen_passphrase,
    home_of,
    need_desk,
    opened,
    passphrase,
    secret,
    wrong_passphrase_is_trouble,
)
from kanto_desk.db.backup import Backup
from kanto_desk.db.putting_back import Finding
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import care, contents, desk, directory_check, restoring

NEW_PASSPHRASE = "KANTO_DESK_NEW_PASSPHRASE"


def check(args: Namespace, out: Output) -> int:
    """Read everything and say what is wrong; exit code 4 when there is damage."""
    home = home_of(args)
    need_desk(home)
    word = passphrase(args)
    with wrong_passphrase_is_trouble():
        checked = care.check_closed(home, word)
    if checked.findings:
        return _damaged(checked.findings, care.listing(home), out)
    gone = contents.not_here(checked.missing_attachments) if checked.missing_attachments else None
    document = {
        "sound": gone is None, "findings": [], "records": checked.counts,
        "dangling": [{"type": d.type, "field": d.field, "count": d.count} for d in checked.dangling],
        "missing_attachments": checked.missing_attachments, "warnings": list(checked.warnings),
        "last_backup": _document(checked.last_backup) if checked.last_backup else None,
        "directory": [{"file": one.file, "problem": one.problem} for one in checked.directory.findings]
        if checked.directory else [],
        "unfinished_import": checked.unfinished.file if checked.unfinished else None}
    lines = [tr("すべてのページを読みました。壊れた所はありません。"),
             tr("記録：{n}件", n=sum(checked.counts.values()))]
    lines += [tr("このパソコンに無い記録を指す項目：{type}.{field} {n}件", type=d.type, field=d.field, n=d.count)
              for d in checked.dangling]
    if gone is not None:
        document |= {"error": "trouble", "message": gone.happened, "safe": gone.safe, "to_do": gone.to_do}
        lines += [gone.happened, gone.safe, gone.to_do]
    directory = checked.directory
    if directory is not None and directory.findings:
        known = directory_check.trouble()
        document |= {"sound": False, "error": "trouble", "message": known.happened, "safe": known.safe,
                     "to_do": known.to_do}
        lines += [*(f"{one.file}: {one.problem}" for one in directory.findings),
                  known.happened, known.safe, known.to_do]
    elif directory is not None and directory.file:
        lines.append(tr("企業ディレクトリ：法人 {n}件、壊れた所はありません。", n=f"{directory.corporations:,}"))
    if checked.unfinished:
        lines.append(tr("前の取り込み「{file}」（{started}）は{rows}行まで終わったところで止まっていました。",
                        file=checked.unfinished.file, started=checked.unfinished.started.replace("T", " ")[:16],
                        rows=checked.unfinished.rows))
    lines.append(tr("最後に確かめたバックアップ：{at}", at=f"{checked.last_backup.verified:%Y-%m-%d %H:%M}")
                 if checked.last_backup else tr("バックアップはまだありません。"))
    out.result(document, [*lines, *checked.warnings])
    return DONE if document["sound"] else TROUBLE


def backup(args: Namespace, out: Output) -> int:
    """Make and verify a backup, or list those there are."""
    target = Path(args.out) if args.out else None
    if args.list:
        found = care.listing(home_of(args), target)
        out.result({"backups": [_document(b) for b in found]}, table(
            (tr("つくった時刻"), tr("理由"), tr("場所")),
            [(f"{b.made:%Y-%m-%d %H:%M}", b.reason, b.path) for b in found], whole_last=True))
        return DONE
    with opened(args) as open_desk:
        try:
            made = care.backup(open_desk, target)
        except (OSError, Trouble) as error:
            cause = error.__cause__ if isinstance(error, Trouble) else error
            if target is None or not isinstance(cause, (FileNotFoundError, NotADirectoryError, PermissionError)):
                raise
            raise Trouble(tr("このフォルダーにはバックアップを置けません：{folder}", folder=target),
                          tr("記録は無事で、何も変えていません。"), tr("書き込めるほかのフォルダーを選びます。"),
                          str(error)) from error
    out.result(_document(made), [tr("バックアップをつくり、開いて確かめました：{path}", path=made.path)])
    return DONE


def restore(args: Namespace, out: Output) -> int:
    """Go back to a backup, or show what it holds."""
    home = home_of(args)
    chosen = care.find(home, args.file)
    word = passphrase(args)
    with wrong_passphrase_is_trouble():
        if args.preview:
            seen = restoring.preview(home, chosen, word)
            out.result({**_document(chosen), "counts": seen.counts, "newest": seen.newest},
                       [*table((tr("表"), tr("件数")), sorted(seen.counts.items())),
                        tr("最後の変更：{at}", at=seen.newest)])
            return DONE
        done = restoring.restore(home, chosen, word)
    lines = [tr("{at} のバックアップに戻しました。", at=f"{chosen.made:%Y-%m-%d %H:%M}")]
    lines.append(tr("戻す前の状態：{path}", path=done.before.path) if done.before else
                 tr("戻す前の記録は壊れているか無く、あれば backups の damaged-… に残しました。"))
    out.result({"restored": _document(chosen), "before": _document(done.before) if done.before else None}, lines)
    return DONE


def change_passphrase(args: Namespace, out: Output) -> int:
    """Change the passphrase; every backup follows."""
    with opened(args) as open_desk:
        done = care.change_passphrase(open_desk, chosen_passphrase(args.new_passphrase_file, NEW_PASSPHRASE))
    out.result({"changed": True, "backups": done.backups, "unreached": list(done.unreached)},
               [tr("合言葉を変えました。バックアップ{n}件も新しい合言葉で開きます。", n=done.backups),
                *(tr("ここのバックアップには届かず、前の合言葉のままです：{folder}", folder=one)
                  for one in done.unreached)])
    return DONE


def new_recovery_key(args: Namespace, out: Output) -> int:
    """Make a recovery key and print it once."""
    with opened(args) as open_desk:
        key = open_desk.new_recovery_key()
    out.result({"recovery_key": key}, [key])
    out.note(tr("紙に書き写して、パソコンとは別の所にしまいます。前の鍵はもう使えません。"))
    return DONE


def unlock_by_recovery_key(args: Namespace, out: Output) -> int:
    """Open by the recovery key and set a new passphrase."""
    home = home_of(args)
    need_desk(home)
    typed = secret(args.key_file, "KANTO_DESK_RECOVERY_KEY", tr("回復用の鍵："))
    if not typed:
        raise UsageError(tr("回復用の鍵がありません。--key-file か KANTO_DESK_RECOVERY_KEY で渡します。"))
    chosen = chosen_passphrase(args.new_passphrase_file, NEW_PASSPHRASE)
    with wrong_passphrase_is_trouble():
        desk.unlock_by_recovery_key(home, typed, chosen).close()
    out.result({"changed": True}, [tr("開きました。これからは新しい合言葉を使います。")])
    return DONE


def migrate(args: Namespace, out: Output) -> int:
    """Bring the files to this program's schema; opening does it, this says the result."""
    with opened(args) as open_desk:
        versions = care.versions(open_desk)
    out.result({"versions": versions}, [f"{name}: {version}" for name, version in versions.items()])
    return DONE


def _damaged(findings: Sequence[Finding], known: list[Backup], out: Output) -> int:
    last = known[0] if known else None
    trouble = Trouble(
        tr("壊れたファイルがあります。"),
        tr("最後に確かめたバックアップ：{at}", at=f"{last.verified:%Y-%m-%d %H:%M}") if last
        else tr("バックアップはまだありません。"),
        tr("restore latest でそのバックアップに戻せます。壊れたファイルは backups の damaged-… に残ります。") if last
        else tr("ファイルを別の場所に写し、担当者に知らせてください。"))
    out.result({"error": "trouble", "sound": False, "message": trouble.happened, "safe": trouble.safe,
                "to_do": trouble.to_do, "findings": [{"file": f.file, "problem": f.problem} for f in findings],
                "last_backup": _document(last) if last else None},
               [*(f"{f.file}: {f.problem}" for f in findings), trouble.safe, trouble.to_do])
    out.note(trouble.happened)
    return TROUBLE


def _document(found: Backup) -> dict[str, Any]:
    return {"path": str(found.path), "made": found.made.isoformat(), "verified": found.verified.isoformat(),
            "reason": found.reason, "counts": found.counts}
