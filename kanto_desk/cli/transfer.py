"""`kanto-desk export OUT` and `kanto-desk import DIR`: everything as plain files, and back."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.i18n import tr
from kanto_desk.services import exporting


def export(args: Namespace, out: Output) -> int:
    """Write everything into a new folder."""
    with opened(args, reading=True) as desk:
        made = exporting.export(desk, Path(args.out), progress=out.progress())
    out.progress_ends()
    document = {"folder": str(made.folder), "records": dict(made.counts), "attachments": made.attachments,
                "attachments_missing": list(made.missing), "encrypted": False}
    lines = [tr("書き出しました：{folder}（記録 {n}件・添付 {m}件）", folder=made.folder, n=sum(made.counts.values()),
                m=made.attachments)]
    if made.missing:
        lines.append(tr("このパソコンに無い添付：{n}件", n=len(made.missing)))
    out.result(document, lines)
    out.note(tr("書き出したファイルは暗号化されていません。渡し終えたら消してください。"))
    return DONE


def import_folder(args: Namespace, out: Output) -> int:
    """Bring an export into this data folder."""
    with opened(args) as desk:
        taken = exporting.import_export(desk, Path(args.dir), progress=out.progress())
    out.progress_ends()
    out.result({"records": dict(taken.counts), "changed": taken.changed, "attachments": taken.attachments,
                "attachments_missing": taken.missing},
               [tr("取り込みました：記録 {n}件（ここで変わったもの {changed}件）・添付 {m}件",
                   n=sum(taken.counts.values()), changed=taken.changed, m=taken.attachments),
                *([tr("書き出しにもこのパソコンにも無い添付：{n}件", n=taken.missing)] if taken.missing else [])])
    return DONE
