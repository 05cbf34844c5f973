"""What several commands show alike: an import's report, a record's fields, values of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE, PARTLY, REFUSED, Interrupted
from kanto_desk.clock import JST
from kanto_desk.fields import Field, Json, Kind, to_wire
from kanto_desk.i18n import language, tr
from kanto_desk.masters import code_label, code_lists
from kanto_desk.services import importing
from kanto_desk.services.importing import Report

_ENDED = (importing.CREATED, importing.UPDATED, importing.SAME, importing.DUPLICATE, importing.REJECTED)


def plain(value: Any) -> Json:
    """A Python value as JSON: days and moments in ISO form, tuples as lists."""
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def words(field: Field, value: Any) -> str:
    """A value as people read it: codes by their labels, units behind numbers."""
    if value is None:
        return ""
    wire = to_wire(field, value) if not isinstance(value, (str, list)) else value
    if field.kind in (Kind.CODE, Kind.CODES) and field.codes in code_lists():
        parts = wire if isinstance(wire, list) else [wire]
        return "、".join(code_label(field.codes or "", str(part), language()) for part in parts)
    if field.kind is Kind.MOMENT and isinstance(value, datetime):
        return f"{value.astimezone(JST):%Y-%m-%d %H:%M}"
    if field.kind is Kind.FLAG:
        return tr("はい") if value else tr("いいえ")
    if isinstance(wire, int) and not isinstance(wire, bool):
        return f"{wire:,}{field.unit}" if field.kind in (Kind.INTEGER, Kind.YEN) and field.unit else str(wire)
    return str(wire)


def labelled(fields: tuple[Field, ...], values: Mapping[str, Any]) -> Iterator[str]:
    """One line a field that has a value and is meant for people."""
    for field in fields:
        shown = words(field, values.get(field.name))
        if shown and not field.bookkeeping:
            yield f"{field.label(language())}: " + shown.replace("\n", "\n    ")


def report_document(report: Report, dry_run: bool) -> dict[str, Json]:
    """An import's report as JSON."""
    left = report.unfinished
    return {"import_id": report.import_id, "dry_run": dry_run, "rows": len(report.outcomes),
            **{what: report.count(what) for what in _ENDED}, "warned": report.warned, "normalised": report.normalised,
            "notes": list(report.notes),
            "unfinished": {"file": left.file, "import_id": left.import_id, "started": left.started,
                           "rows": left.rows} if left else None,
            "outcomes": [{"line": o.line, "outcome": o.what, "uid": o.uid, "name": o.name, "remarks": list(o.remarks)}
                         for o in report.outcomes]}


def report_text(report: Report, dry_run: bool) -> Iterator[str]:
    """An import's report as text: what is worth knowing row by row, then the counts."""
    said = {importing.CREATED: tr("追加した"), importing.UPDATED: tr("更新した"), importing.SAME: tr("変わらず"),
            importing.DUPLICATE: tr("重複"), importing.REJECTED: tr("受け付けず")}
    for o in report.outcomes:
        if o.remarks or o.what in (importing.DUPLICATE, importing.REJECTED):
            yield tr("{line}行目 {what} {name}：{remarks}", line=o.line, what=said[o.what], name=o.name,
                     remarks="／".join(o.remarks))
    if report.unfinished:
        left = report.unfinished
        yield tr("前の取り込み「{file}」（{started}）は{rows}行まで終わったところで止まっていました。", file=left.file,
                 started=left.started.replace("T", " ")[:16], rows=left.rows)
    yield from report.notes
    yield tr("{n}行：", n=len(report.outcomes)) + tr("、").join(
        f"{said[what]} {report.count(what)}" for what in _ENDED)
    if report.warned:
        yield tr("確かめることのある行：{n}", n=report.warned)
    if report.normalised:
        yield tr("書き方をそろえた値：{n}", n=report.normalised)
    if dry_run:
        yield tr("試しただけで、何も変えていません。")


def code_of_report(report: Report) -> int:
    """The exit code of an import: refused when no row was acceptable, partly when some were not (docs/cli.md)."""
    refused = report.count(importing.REJECTED)
    if not refused:
        return DONE
    return REFUSED if refused == len(report.outcomes) else PARTLY


def imported(out: Output, dry_run: bool, work: Callable[[importing.Progress], Report]) -> int:
    """Do an import and tell its report; gives the exit code. One that is stopped says how far it came."""
    shown, rows = out.progress(), 0

    def progress(done: int) -> None:
        nonlocal rows
        rows = done
        shown(done)

    try:
        report = work(progress)
    except Interrupted:
        out.progress_ends()
        out.note(tr("試しただけで、何も変えていません。") if dry_run else
                 tr("{n}行までは取り込んであります。もう一度取り込むと、続きから加わります。", n=rows))
        raise
    out.progress_ends()
    out.result(report_document(report, dry_run), report_text(report, dry_run))
    return code_of_report(report)
