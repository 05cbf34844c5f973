"""`kanto-desk search TEXT`, and `search -`: one query a line in, one JSON line a query out."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from typing import Any

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import opened
from kanto_desk.i18n import tr
from kanto_desk.services import finding, records
from kanto_desk.services.desk import Desk


def search(args: Namespace, out: Output) -> int:
    """Find records; with "-" every line of stdin is a query."""
    with opened(args, reading=True) as desk:
        for name in args.type or ():
            records.fields(name)   # refuses an unknown type
        if args.text == "-":
            for line in sys.stdin:
                out.json_line(_answer(desk, line.rstrip("\n"), args))
                sys.stdout.flush()
            return DONE
        found = _answer(desk, args.text, args)
    lines = []
    for hit in found["hits"]:
        lines.append(f"{hit['title']}  {hit['subtitle']}  [{hit['type']} {hit['uid']}]")
        if hit["snippet"]:
            lines.append(f"    {hit['snippet']}")
    out.result(found, [*lines, tr("{n}件のうち{shown}件", n=found["total"], shown=len(found["hits"]))])
    return DONE


def _answer(desk: Desk, query: str, args: Namespace) -> dict[str, Any]:
    begun = time.perf_counter()
    types = tuple(args.type) if args.type else None
    hits = finding.find(desk.store, query, types=types, limit=args.limit)
    total = max(finding.count(desk.store, query, types), len(hits))
    return {"query": query, "total": total, "took_ms": round((time.perf_counter() - begun) * 1000, 2),
            "hits": [{"type": h.type, "uid": h.uid, "root_type": h.root_type, "root": h.root, "title": h.title,
                      "subtitle": h.subtitle, "snippet": h.snippet} for h in hits]}
