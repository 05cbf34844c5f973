"""Pace of the generator, and the pace at which the desk was built through the one write path."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter

from bench import generator
from bench.measuring import Figures, Line

LINES = (
    Line("Generator: organizations", "organizations per s", "rows/s"),
    Line("Generator: consultations with their lines", "consultations per s", "rows/s"),
    Line("Full desk: rows in it", "desk rows", "rows"),
    Line("Full desk: built through the write path with journal and index", "desk rows per s", "rows/s"),
)


def run(home: Path, count: int = 2000) -> Figures:
    """Rows a second of the generator, measured now, and of the building of the desk in `home`, noted then."""
    began = perf_counter()
    companies = list(generator.organizations(count, 3))
    between = perf_counter()
    for _ in generator.consultations(count, 3, companies):
        pass
    ended = perf_counter()
    built = json.loads((home / "complete").read_text("utf-8"))
    return {"organizations per s": count / (between - began), "consultations per s": count / (ended - between),
            "desk rows": float(built["rows"]), "desk rows per s": built["rows"] / max(1, built["seconds"])}
