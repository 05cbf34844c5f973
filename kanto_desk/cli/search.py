"""`kanto-desk search TEXT`, and `search -`: one query a line in, one JSON line a query out.

Own records first, then the corporations of the directory that are none of them.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from contextlib import closing
from typing import Any

from kanto_desk.cli.directory import document, told_state
from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.i18n import tr
from kanto_desk.services import company_directory, finding, records
from kanto_desk.services.desk import Desk
from kanto_desk.services.not_yet_own import Beside


def search(args: Namespace, out: Output) -> int:
    """Find records; with "-" every line of stdin is a query."""
    with opened(args, reading=True) as desk, closing(Beside(desk)) as beside:
        for name in args.type or ():
            records.fields(name)   # refuses an unknown type
        if args.text == "-":
            for line in sys.stdin:
                out.json_line(_answer(desk, beside, line.rstrip("\n"), args))
                sys.stdout.flush()
            return DONE
        found = _answer(desk, beside, args.text, args)
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


def _answer(desk: Desk, beside: Beside, query: str, args: Namespace) -> dict[str, Any]:
    begun = time.perf_counter()
    types = tuple(args.type) if args.type else None
    hits = finding.find(desk.store, query, types=types, limit=args.limit)
    total = max(finding.count(desk.store, query, types), len(hits))
    others = [] if types else beside.find(query, args.limit)
    return {"query": query, "total": total, "took_ms": round((time.perf_counter() - begun) * 1000, 2),
            "hits": [{"type": h.type, "uid": h.uid, "root_type": h.root_type, "root": h.root, "title": h.title,
                      "subtitle": h.subtitle, "snippet": h.snippet} for h in hits],
            "corporations": [document(one.corporation) for one in others]}
