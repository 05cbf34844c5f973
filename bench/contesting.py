"""確認が必要な変更 with much to decide: many fields of one visit, many companies, one long text.

The real frame on a desk of its own; processor time of the process from the key to the settled window, so that what
other programs do meanwhile does not count. The floor is the same page with one contested field.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from bench.full_desk import CHEAP, PASSPHRASE
from bench.measuring import Figures, Line
from kanto_desk.clock import system_clock
from kanto_desk.services import consultations, organizations
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk

MANY, STEP = 400, 200
_FLOOR = ("contested one ms", "one contested field")

LINES = (
    Line(f"Open a visit with {MANY} contested lines", "contested lines ms", "ms", *_FLOOR),
    Line("— decide one of them", "decide line ms", "ms", *_FLOOR),
    Line(f"Open {MANY} companies with a contested field", "contested companies ms", "ms", *_FLOOR),
    Line("— decide one of them", "decide company ms", "ms", *_FLOOR),
    Line("Open a contested text of 20,000 letters", "contested text ms", "ms", *_FLOOR),
    Line("— rewrite it", "rewrite text ms", "ms", *_FLOOR),
)


def run(_home: Path) -> Figures:
    """Measure on desks made for it; milliseconds of processor time."""
    with tempfile.TemporaryDirectory(prefix="kd-contesting-bench-") as name:
        folder = Path(name)
        base = "\n".join(f"{n}行目の長い文章です。𠮷野家と髙橋。" for n in range(800))
        one = _opened(folder / "one", [("元の文", "別の人の文")], companies=False)["open"]
        lines = _opened(folder / "lines", [("元の文", "別の人の文")] * MANY, companies=False)
        companies = _opened(folder / "companies", [("元の文", "別の人の文")] * MANY, companies=True)
        text = _opened(folder / "text", [(base.replace("5", "五"), base.replace("7", "七"))], companies=False)
    return {"contested one ms": one, "contested lines ms": lines["open"], "decide line ms": lines["decide"],
            "contested companies ms": companies["open"], "decide company ms": companies["decide"],
            "contested text ms": text["open"], "rewrite text ms": text["rewrite"]}


def _opened(home: Path, texts: list[tuple[str, str]], *, companies: bool) -> Figures:
    """Open the page on these contested texts; then rewrite the first, then decide it."""
    from bench.window import shown_frame
    from kanto_desk.ui.pages.sync.page import SyncPage

    desk = desks.create(home, PASSPHRASE, person="高橋 直子", clock=system_clock, cost=CHEAP)
    try:
        _contest(desk, texts, companies=companies)
        with shown_frame(desk) as window:
            window.go("sync")
            window.settle()

            def spent(work: Callable[[], object]) -> float:
                began = process_time()
                work()
                window.settle()
                return (process_time() - began) * 1000
            opened = spent(lambda: window.frame.do("contested"))
            page = window.frame.places.current
            assert isinstance(page, SyncPage)
            first = page.inbox.choices[0]
            rewritten = spent(first.rewrite.click)
            first.choose("side", first.one.sides[0])
            return {"open": opened, "rewrite": rewritten, "decide": spent(page.inbox.settle)}
    finally:
        desk.close()


def _contest(desk: Desk, texts: list[tuple[str, str]], *, companies: bool) -> None:
    """Lines of one visit, or companies of their own, with two values each."""
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    visit = consultations.create(desk.store, company)
    rows = []
    for at in range(0, len(texts), STEP):
        with desk.store.operation("bench") as op:
            for n, (mine, _) in enumerate(texts[at:at + STEP], at):
                if companies:
                    rows.append(op.add("organization", {"name": f"会社{n:05}", "notes": mine}))
                else:
                    rows.append(op.add("entry", {"consultation": visit, "kind": "said", "text": mine,
                                                 "at": system_clock(), "place": f"b{n:05}"}))
    kind, name = ("organization", "notes") if companies else ("entry", "text")
    for at in range(0, len(texts), STEP):
        with desk.store.operation("bench") as op:
            for uid, (mine, other) in zip(rows[at:at + STEP], texts[at:at + STEP], strict=True):
                op.put(kind, uid, {name: other})
                op.put_apart(kind, uid, name, [mine])
