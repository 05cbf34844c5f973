"""`kanto-desk records …`: every record type in one way."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from kanto_desk.cli import shapes
from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.fields import from_wire
from kanto_desk.i18n import language, tr
from kanto_desk.services import identifying
from kanto_desk.services import records as generic
from kanto_desk.services.records import Shown


def types(args: Namespace, out: Output) -> int:
    """List the record types."""
    with opened(args, reading=True) as desk:
        found = generic.types(desk.store)
    document = {"types": [{"type": t.name, "ja": t.ja, "en": t.en, "part_of": t.part_of, "imported": t.imported,
                           "count": t.count} for t in found]}
    out.result(document, table((tr("種類"), tr("名称"), tr("件数")),
                               [(t.name, t.en if language() == "en" else t.ja, t.count) for t in found]))
    return DONE


def fields(args: Namespace, out: Output) -> int:
    """List the fields of a type. Needs no data folder."""
    found = generic.fields(args.type)
    document = {"type": args.type, "fields": [
        {"name": f.name, "kind": f.kind.value, "ja": f.ja, "en": f.en, "required": f.required, "codes": f.codes,
         "target": f.target, "unit": f.unit, "max_length": f.max_length, "bookkeeping": f.bookkeeping}
        for f in found]}
    out.result(document, table((tr("項目"), tr("種類"), tr("名称"), tr("必須"), tr("区分表・先")), [
        (f.name, f.kind.value, f.label(language()), "○" if f.required else "", f.codes or f.target or "")
        for f in found if not f.bookkeeping]))
    return DONE


def list_all(args: Namespace, out: Output) -> int:
    """List records of a type."""
    with opened(args, reading=True) as desk:
        found = generic.listing(desk.store, args.type, limit=args.limit, offset=args.offset)
        total = generic.count(desk.store, args.type)
    listed = [f for f in generic.fields(args.type) if f.listed] or list(generic.fields(args.type)[:3])
    rows = [(r.uid, *(shapes.words(f, from_wire(f, r.values.get(f.name))) for f in listed)) for r in found]
    out.result({"type": args.type, "total": total, "records": [_document(r) for r in found]}, [
        *table(("uid", *(f.label(language()) for f in listed)), rows),
        tr("{n}件のうち{shown}件", n=total, shown=len(found))])
    return DONE


def show(args: Namespace, out: Output) -> int:
    """Show one record."""
    fields_shown = generic.fields(args.type)
    with opened(args, reading=True) as desk:
        found = generic.get(desk.store, args.type, identifying.resolve(desk.store, args.type, args.id))
    values = {f.name: from_wire(f, found.values.get(f.name)) for f in fields_shown}
    out.result(_document(found), [f"uid: {found.uid}", *shapes.labelled(fields_shown, values)])
    return DONE


def import_file(args: Namespace, out: Output) -> int:
    """Import records of a type."""
    with opened(args) as desk:
        return shapes.imported(out, args.dry_run, lambda progress: generic.import_records(
            desk.store, args.type, Path(args.file), dry_run=args.dry_run, progress=progress))


def _document(record: Shown) -> dict[str, Any]:
    return {"type": record.type, "uid": record.uid, "id": record.id, "deleted": record.deleted,
            "sample": record.sample, "fields": {k: v for k, v in record.values.items() if v is not None}}
