"""The main job from beginning to end without a window, then two desks and a hub, through what the screens call.

The visit is invented and says so on paper; the organisation and the preparation are the shipped ones.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from kanto_desk.clock import JST, Clock, today
from kanto_desk.db.folder import DataFolder
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import Language, tr
from kanto_desk.masters import shipped_uid
from kanto_desk.paths import resources
from kanto_desk.services import (
    care,
    consultations,
    desk,
    exporting,
    finalizing,
    finding,
    handing,
    importing,
    promises,
    sheets,
    timeline,
)
from kanto_desk.services.demo_together import Serving, Step, together
from kanto_desk.services.desk import Desk

LANGUAGES: tuple[Language, ...] = ("ja", "en")


PROTOCOL = "protocol.txt"
ORGANIZATION = "関東デスク 実演"


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What the demonstration did, and where its results lie."""

    home: Path
    second_home: Path
    hub: Path
    protocol: Path
    steps: tuple[Step, ...]
    files: tuple[Path, ...]


def run(out: Path, passphrase: str, clock: Clock, serving: Serving) -> Demonstrated:
    """Do the main job inside a folder that does not exist yet; it appears whole or not at all.

    `serving` makes and serves the hub that both desks join. Raises Refused when the folder exists, Trouble when the
    disk refuses, a port is taken, or desks and hub do not agree at the end.
    """
    if out.exists():
        raise Refused(tr("もうあります：{name}。まだないフォルダーに書き出します。", name=out), "out")
    unfinished = out.absolute().with_name(f".{out.name}.unfinished-{os.getpid()}")
    visit = json.loads((resources() / "demo" / "visit.json").read_text("utf-8"))
    _remove_left(out, clock)
    try:
        (unfinished / "pdf").mkdir(parents=True)
        with ExitStack() as held:
            first = held.enter_context(closing(desk.create(
                unfinished / "home", passphrase, person="作例 相談員", kana="サクレイ ソウダンイン",
                organization=ORGANIZATION, clock=clock)))
            hub = held.enter_context(serving(unfinished / "hub", ORGANIZATION))   # early: the port may be taken
            steps = _steps(first, unfinished, visit)
            second = held.enter_context(closing(desk.create(
                unfinished / "second-home", passphrase, person=visit["second_person"], organization=ORGANIZATION,
                clock=clock)))
            steps += together(first, second, hub, visit)
        told = [*(f"{n}. {s.text}" for n, s in enumerate(steps, 1)), "", *_again(out, hub.url)]
        (unfinished / PROTOCOL).write_text("\n".join(told) + "\n", "utf-8")
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)   # after the rename there is none
    kept = (out / "home", out / "second-home", out / "hub")
    files = sorted(p for p in out.rglob("*") if p.is_file() and not any(p.is_relative_to(k) for k in kept))
    return Demonstrated(*kept, out / PROTOCOL, tuple(steps), tuple(files))


def _steps(opened: Desk, out: Path, visit: dict[str, Any]) -> list[Step]:
    store = opened.store
    taken = importing.import_consultations(store, resources() / "preparation" / "consultations.jsonl")
    steps = [Step("import", tr("準備の相談{n}件を取り込みました。", n=taken.count(importing.CREATED)),
                  {what: taken.count(what) for what in (importing.CREATED, importing.REJECTED)})]
    uid = _record(opened, visit)
    found = consultations.get(store, uid)
    lines, agreed = timeline.lines(store, uid), promises.of_consultation(store, uid)
    company = found.organization.name if found.organization else ""
    steps.append(Step("record", tr("{company}の相談を{n}行で記録し、約束を{m}件読み取りました。", company=company,
                                   n=len(lines), m=len(agreed)),
                      {"uid": uid, "reference": found.record.reference, "organization": company,
                       "lines": len(lines), "promises": len(agreed)}))
    by = visit["confirmed_by"]
    issued = finalizing.finalize(store, opened.blobs, uid, finalizing.Signature(by["name"], by["role"], "typed"))
    steps.append(Step("finalize", tr("確認をいただいて確定しました（第{n}版、{pages}ページ）。", n=issued.n,
                                     pages=issued.pages), {"version": issued.n, "pages": issued.pages}))
    written = _print(opened, out / "pdf")
    steps.append(Step("report", tr("相談記録票を日本語と英語で{n}通書きました。", n=written), {"pdf": written}))
    hits = finding.find(store, visit["search"])
    steps.append(Step("search", tr("「{query}」で{n}件見つかりました。", query=visit["search"], n=len(hits)),
                      {"query": visit["search"], "hits": len(hits), "found": any(h.root == uid for h in hits)}))
    checked = care.check(opened)
    kept = care.backup(opened)
    steps.append(Step("backup", tr("点検し、バックアップをつくって開いて確かめました。"),
                      {"sound": not checked.findings, "backup": kept.path.name, "verified": kept.verified.isoformat()}))
    made = exporting.export(opened, out / "export")
    steps.append(Step("export", tr("記録{n}件を書き出しました（暗号化されていません）。", n=sum(made.counts.values())),
                      {"records": dict(made.counts), "attachments": made.attachments}))
    return steps


def _remove_left(out: Path, clock: Clock) -> None:
    """Remove what demonstrations into the same place left when they were killed; one that still runs holds its desk."""
    for left in out.absolute().parent.glob(f".{glob.escape(out.name)}.unfinished-*"):
        with suppress(Trouble), DataFolder(left / "home").locked(clock):
            shutil.rmtree(left, ignore_errors=True)


def _again(out: Path, url: str) -> list[str]:
    """How to go on with what was made: the desks know the hub by its port."""
    return [tr("続きを試すには、同期先を動かしてから、どちらかのデスクで同期します："),
            f"  kanto-desk hub serve --folder {out / 'hub'} --port {url.rsplit(':', 1)[1]}",
            *(f"  kanto-desk --home {out / name} sync" for name in ("home", "second-home"))]


def _record(opened: Desk, visit: dict[str, Any]) -> str:
    """The visit line by line, as it is typed during 90 minutes that end now."""
    store = opened.store
    now = opened.clock()
    begun = (now - timedelta(minutes=visit["minutes"])).replace(second=0, microsecond=0)
    uid = consultations.create(store, shipped_uid("organization", visit["organization"]), {
        "theme": visit["theme"], "held_on": begun.astimezone(JST).date(), "started_at": begun})
    for person in visit["participants"]:
        consultations.save_part(store, uid, "participant", None, person)
    consultations.set_issues(store, uid, visit["issues"])
    day = today(opened.clock)
    due = {name: _month_and_day(day + timedelta(days=n)) for name, n in visit["due_in_days"].items()}
    timeline.add(store, uid, "memo", visit["provenance"], at=begun)
    for line in visit["lines"]:
        timeline.add(store, uid, line["kind"], line["text"].format(**due),
                     at=begun + timedelta(minutes=line["after"]))
    consultations.edit(store, uid, {"direction": visit["direction"], "ended_at": now.replace(second=0, microsecond=0)})
    return uid


def _month_and_day(day: Any) -> str:
    return f"{day.month}/{day.day}"


def _print(opened: Desk, folder: Path) -> int:
    written = 0
    for row in consultations.listing(opened.store):
        for language in LANGUAGES:
            printed = sheets.preview(opened.store, opened.blobs, row.uid, language)
            handing.save_pdf(folder / handing.file_name(row.reference, row.organization, language), printed.pdf)
            written += 1
    return written
