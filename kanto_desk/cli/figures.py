"""`kanto-desk figures …`: counts visits, and writes the same tables as the screen to a file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kanto_desk.cli.output import Output, table
from kanto_desk.cli.parser import UsageError
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.clock import today
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.calendar import fiscal_year, parse_date

if TYPE_CHECKING:
    from kanto_desk.services.figures import Figures, Sums
    from kanto_desk.services.spans import Span


def figures(args: Namespace, out: Output) -> int:
    """Count, show, and write a file where one is named. Raises Refused for unknown names, days and endings, Trouble."""
    from kanto_desk.services import figures as counting
    from kanto_desk.services import figures_files, figures_tables

    if args.year is not None and (args.first or args.last):
        raise UsageError(tr("--year と --from・--to は、どちらかを使います。"))
    named = [name.strip() for name in (args.by or "").split(",") if name.strip()]
    by = tuple(dict.fromkeys(named)) or counting.USUAL
    unknown = [name for name in by if name not in counting.DIMENSIONS]
    if unknown:
        raise Refused(tr("この分け方はありません：{names}（{known}）", names=", ".join(unknown),
                         known=", ".join(counting.DIMENSIONS)), "by")
    if args.output:
        figures_files.need_ending(Path(args.output))
    with opened(args) as desk:
        wanted = counting.Wanted(_span(args, today(desk.store.clock)), bool(args.own), by)
        seen = counting.read(desk.store, wanted)
        file = figures_files.save(desk.store, wanted, Path(args.output), args.locale or language()) if (
            args.output) else None
        scope = figures_tables.scope(seen, desk.store.person, language())
    out.result({**_document(seen), "file": str(file) if file else None}, _text(seen, scope, file))
    return DONE


def _span(args: Namespace, day: date) -> Span:
    from kanto_desk.services import spans

    if not args.first and not args.last:
        return spans.fiscal(args.year if args.year is not None else fiscal_year(day))
    if not args.first:
        return spans.Span(spans.everything(day).first, _day(args.last, day))
    return spans.between(_day(args.first, day), _day(args.last, day) if args.last else day)


def _day(text: str, today_: date) -> date:
    return parse_date(text, today_)


def _document(seen: Figures) -> dict[str, Any]:
    counted, compared = seen.counted, seen.compared
    return {
        "year": seen.wanted.span.year, "first": None if counted.whole else counted.first.isoformat(),
        "last": counted.last.isoformat(), "own": seen.wanted.own, "as_of": seen.day.isoformat(),
        "compared": {"first": compared.first.isoformat(), "last": compared.last.isoformat()} if compared else None,
        "total": _sums(seen.total), "before": _sums(seen.before) if compared else None,
        "by": {by: [{"key": group.key, "name": group.name, **_sums(group.sums),
                     **({"mentions": group.mentions} if by == "issue" else {}),
                     "before": _sums(group.before) if compared else None} for group in groups]
               for by, groups in seen.groups.items()}}


def _sums(sums: Sums) -> dict[str, Any]:
    return {**asdict(sums), "continued": sums.continued, "unsigned": sums.unsigned, "kept_share": sums.kept_share}


def _text(seen: Figures, scope: str, file: Path | None) -> Iterator[str]:
    from kanto_desk.services import figures_tables

    shown = language()
    yield f"{tr('実績集計')} {figures_tables.period(seen, shown)}"
    yield f"{figures_tables.days(seen, shown)} {scope}"
    warning = figures_tables.sample_words(seen, shown)
    if warning:
        yield warning
    for one in figures_tables.all_of(seen, shown):
        yield ""
        yield one.title
        yield from table(one.headings, one.rows)
    if file is not None:
        yield ""
        yield tr("「{name}」に書き出しました。", name=str(file))
