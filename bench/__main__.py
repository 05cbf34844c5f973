"""`python -m bench [NAME…] [--small]`: runs the benchmarks, prints a table; writes BENCHMARKS.md, or its sections."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")   # before Qt is imported anywhere

from bench import (
    alike,
    contesting,
    directory,
    filling,
    first_fill,
    full_desk,
    generating,
    memory,
    notes,
    opening,
    photos,
    saving,
    startup,
    switching,
    syncing,
)
from bench.measuring import Figures, Line, machine, scratch_copy

DOCUMENT = Path(__file__).parent.parent / "BENCHMARKS.md"
SMALL = (1000, 3000, 1500)

TYPING = (
    Line("Key press to glyph, record of 300 lines, median", "key to glyph at 300, median, ms", "ms", limit=16),
    Line("— worst", "key to glyph at 300, worst, ms", "ms", limit=50),
    Line("Add a line to 300 until painted, median", "add a line at 300, median, ms", "ms", limit=16),
    Line("Add a line to 3,000 until painted, median", "add a line at 3000, median, ms", "ms", limit=16),
)
REPORT = (
    Line("Sheet of two pages, warm, best", "report_warm_ms", "ms", "report_stock_warm_ms", "stock ReportLab", 12),
    Line("Sheet, cold process, best", "report_cold_ms", "ms", "report_stock_cold_ms", "stock ReportLab, cold", 150),
    Line("300 pages", "bulk_s", "s", limit=1.5),
    Line("— peak memory", "bulk_peak_mb", "MB", limit=100),
)


def _typing(_home: Path) -> Figures:
    from bench import timeline

    return timeline.run()


def _report(_home: Path) -> Figures:
    from bench import report

    return report.run()


BENCHES: dict[str, tuple[str, tuple[Line, ...], Callable[[Path], Figures]]] = {
    "startup": ("Start-up", startup.LINES, startup.run),
    "saving": ("Saving", saving.LINES, saving.run),
    "timeline": ("Typing", TYPING, _typing),
    "opening": ("Opening and searching beside a heavy process", opening.LINES, opening.run),
    "notes": ("Search in what was written (processor time)", notes.LINES, notes.run),
    "switching": ("Switching and editing beside a heavy process", switching.LINES, switching.run),
    "report": ("The printed sheet", REPORT, _report),
    "photos": ("Photos of a card", photos.LINES, photos.run),
    "memory": ("Memory", memory.LINES, memory.run),
    "syncing": ("Sync", syncing.LINES, syncing.run),
    "first-fill": ("First fill of a laptop", first_fill.LINES, first_fill.run),
    "filling": ("The window beside a first fill", filling.LINES, filling.run),
    "contesting": ("確認が必要な変更 with much to decide (processor time)", contesting.LINES, contesting.run),
    "alike": ("Companies that look alike (processor time)", alike.LINES, alike.run),
    "directory": ("The company directory", directory.LINES, directory.run),
    "generating": ("Generator", generating.LINES, generating.run),
}
DESKLESS = frozenset({"report", "syncing", "filling", "contesting", "directory"})
"""Benchmarks that make what they need themselves."""


def main() -> int:
    """Run what was asked for. Returns 0: a missed goal is told, it does not fail."""
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("names", nargs="*", choices=[*BENCHES, []], help="all by default")
    options.add_argument("--small", action="store_true", help="on a desk of 1,000 organizations; writes no file")
    options.add_argument("--rows", type=int, default=directory.ROWS, help="corporations in the company directory")
    chosen = options.parse_args()
    parts, failed = [], []
    with ExitStack() as stack:
        home = Path()
        if set(chosen.names or BENCHES) - DESKLESS:
            home = stack.enter_context(scratch_copy(full_desk.ready(*SMALL) if chosen.small else full_desk.ready()))
        for name in chosen.names or BENCHES:
            title, lines, run = BENCHES[name]
            try:
                figures = directory.run(home, chosen.rows) if name == "directory" else run(home)
            except (RuntimeError, OSError) as trouble:   # one benchmark that cannot run must not hide the others
                failed.append(name)
                parts.append(f"## {title}\n\nNot measured: {str(trouble).splitlines()[0]}\n")
                print(f"{name}: {trouble}", file=sys.stderr)
                continue
            parts.append(section(title, lines, figures))
            print(parts[-1], flush=True)
    if not chosen.small:
        text = with_sections(DOCUMENT.read_text("utf-8"), parts) if chosen.names else document(parts)
        DOCUMENT.write_text(text, encoding="utf-8", newline="\n")
    return 1 if failed else 0


def with_sections(text: str, parts: Sequence[str]) -> str:
    """The document with these sections in place of those of the same heading; new ones come last."""
    head, *old = text.split("\n## ")
    kept = {one.split("\n", 1)[0]: one for one in old}
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    for part in parts:
        if "\nNot measured" not in part:   # what could not be measured now leaves the former figures
            title, rest = part.removeprefix("## ").split("\n", 1)
            kept[title] = f"{title}\n\nMeasured alone on {datetime.now(UTC):%Y-%m-%d}{load}.\n{rest.rstrip()}\n"
    return "\n".join([head, *(f"## {one}".rstrip("\n") + "\n" for one in kept.values())])


def section(title: str, lines: tuple[Line, ...], figures: Figures) -> str:
    """One heading with its table; a line whose figure was not measured is left out."""
    rows = ["| What | Measured | Floor or peer of the same run | Ratio | Goal | Met |", "|---|---:|---|---:|---|---|"]
    for line in lines:
        if line.key in figures:
            rows.append(row(line, figures))
    return f"## {title}\n\n" + "\n".join(rows) + "\n"


def row(line: Line, figures: Figures) -> str:
    """One line of the table."""
    value, floor = figures[line.key], figures.get(line.floor)
    ratio = value / floor if floor else None
    judged = ratio if line.as_ratio else value
    goal = "" if line.limit is None else f"≤ {line.limit:g} ×" if line.as_ratio else f"≤ {line.limit:g} {line.unit}"
    met = "" if line.limit is None or judged is None else "yes" if judged <= line.limit else "**no**"
    against = f"{line.floor_name}: {shown(floor)} {line.unit}" if floor else ""
    return (f"| {line.name} | {shown(value)} {line.unit} | {against} | {f'{ratio:.2f} ×' if ratio else ''} | {goal} "
            f"| {met} |")


def shown(value: float) -> str:
    """Three figures are enough."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def document(parts: list[str]) -> str:
    """BENCHMARKS.md."""
    load = f"- Load of the last minute at the end: {os.getloadavg()[0]:.1f}\n" if hasattr(os, "getloadavg") else ""
    facts = "\n".join(f"- {name}: {value}" for name, value in machine().items())
    return (f"# Benchmarks\n\nWritten by `python3 start.py bench` on {datetime.now(UTC):%Y-%m-%d}. Each figure stands "
            "beside a floor or peer measured in the same run; compare ratios, not milliseconds, between machines.\n\n"
            f"{facts}\n{load}- Desk: {full_desk.ORGANIZATIONS:,} organizations, "
            f"{full_desk.CONSULTATIONS:,} consultations with their lines, "
            f"{full_desk.ATTACHMENTS:,} attachment rows, encrypted\n\n" + "\n".join(parts))


if __name__ == "__main__":
    raise SystemExit(main())
