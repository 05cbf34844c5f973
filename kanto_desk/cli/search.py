"""`kanto-desk search TEXT`, and `search -`: one query a line in, one JSON line a query out.

Own records first, then the corporations of the directory that are none of them. With conditions (days, expert, issue,
place, programme, a kept view) it finds visits alone, as their list does.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from contextlib import closing
from typing import Any

from kanto_desk.cli.directory import document, told_state
from kanto_desk.cli.output import Output
from kanto_desk.cli.parser import UsageError
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.i18n import tr
from kanto_desk.services import asked_visits, company_directory, finding, records
from kanto_desk.services.asked_visits import Asked, Typed
from kanto_desk.services.desk import Desk
from kanto_desk.services.not_yet_own import Beside, Offered


def search(args: Namespace, out: Output) -> int:
    """Find records; with "-" every line of stdin is a query. Raises UsageError, Refused for what is not known."""
    typed = Typed(*(getattr(args, name) or "" for name in Typed.__slots__))
    if not args.text.strip() and not typed.any:
        raise UsageError(tr("探す言葉か、条件を書きます。"))
    if typed.any and set(args.type or ()) - {"consultation"}:
        raise UsageError(tr(
            "日・相談員・課題・所在地・事業・残した条件で探すのは、相談だけです（--type consultation）。"))
    with opened(args, reading=True) as desk, closing(Beside(desk)) as beside:
        for name in args.type or ():
            records.fields(name)   # refuses an unknown type
        meant = asked_visits.asked(desk.store, typed) if typed.any else None
        if args.text == "-":
            for line in sys.stdin:
                out.json_line(_answer(desk, beside, line.rstrip("\n"), args, meant))
                sys.stdout.flush()
            return DONE
        found = _answer(desk, beside, args.text, args, meant)
    lines = []
    for hit in found["hits"]:
        lines.append(f"{hit['title']}  {hit['subtitle']}  [{hit['type']} {hit['uid']}]")
        if hit["snippet"]:
            lines.append(f"    {hit['snippet']}")
    lines.append(tr("{n}件のうち{shown}件", n=found["total"], shown=len(found["hits"])))
    if found["corporations"]:
        lines.append(tr("すべての法人"))
        lines += [f"{one['number']}  {one['name']}{told_state(one)}  {one['address']}" for one in found["corporations"]]
        lines.append(company_directory.source_line())
    out.result(found, lines)
    return DONE


def _answer(desk: Desk, beside: Beside, query: str, args: Namespace, meant: Asked | None) -> dict[str, Any]:
    begun = time.perf_counter()
    others: list[Offered] = []
    if meant is not None:
        total, hits = asked_visits.find(desk.store, query, meant, args.limit)
    else:
        types = tuple(args.type) if args.type else None
        hits = finding.find(desk.store, query, types=types, limit=args.limit)
        total = max(finding.count(desk.store, query, types), len(hits))
        others = [] if types else beside.find(query, args.limit)
    return {"query": query, "total": total, "took_ms": round((time.perf_counter() - begun) * 1000, 2),
            "hits": [{"type": h.type, "uid": h.uid, "root_type": h.root_type, "root": h.root, "title": h.title,
                      "subtitle": h.subtitle, "snippet": h.snippet} for h in hits],
            "corporations": [document(one.corporation) for one in others]}
