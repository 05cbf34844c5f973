"""`kanto-desk report …`: document families as PDF files."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from kanto_desk.cli.output import Output, table
from kanto_desk.cli.parser import UsageError
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr

KINDS = {"consultation": ("相談記録票", "Consultation sheet", ("ja", "en"))}
"""Kind of document → its names and the languages it is printed in."""


def report(args: Namespace, out: Output) -> int:
    """Write one document, or list the kinds. Raises Refused for an unknown kind or record, Trouble for the place."""
    if args.kind == "list":
        kinds = {"kinds": [{"kind": k, "ja": ja, "en": en, "locales": list(locales)}
                           for k, (ja, en, locales) in KINDS.items()]}
        out.result(kinds, table((tr("種類"), tr("名称"), tr("言語")), [
            (k, en if language() == "en" else ja, tr("・").join(locales)) for k, (ja, en, locales) in KINDS.items()]))
        return DONE
    if args.kind not in KINDS:
        raise Refused(tr("この帳票はありません：{kind}（{known}）", kind=args.kind, known="、".join(KINDS)), "kind")
    if args.id is None or args.output is None:
        raise UsageError(tr("足りない引数があります：{names}", names="ID, -o"))
    from kanto_desk.services import handing, identifying, sheets

    with opened(args, reading=True) as desk:
        uid = identifying.resolve(desk.store, args.kind, args.id)
        printed = sheets.preview(desk.store, desk.blobs, uid, args.locale)
    path = handing.save_pdf(Path(args.output), printed.pdf)
    document = {"kind": args.kind, "uid": uid, "file": str(path), "pages": printed.pages,
                "bytes": len(printed.pdf), "missing": list(printed.missing)}
    lines = [tr("{file}（{pages}ページ）", file=path, pages=printed.pages)]
    if printed.missing:
        lines.append(tr("印刷できない文字：{characters}", characters=" ".join(printed.missing)))
    out.result(document, lines)
    return DONE
