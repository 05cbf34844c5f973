"""Deterministic organizations, consultations and attachment rows for benchmarks and tests, as JSON lines of CLI.md.
Everything is invented but the towns; a row depends on the seed and the rows before it, never on how many are asked."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from bench.grammar import Expand, Grammar, Pool, counters, expander, read_words

Row = dict[str, Any]

FIRST_DAY, LAST_DAY = date(2019, 4, 1), date(2026, 3, 31)
KINDS = ("発言", "課題", "助言", "約束", "写真", "メモ")

_PHASES = tuple(tuple(kind for kind, weight in zip(KINDS, weights, strict=True) for _ in range(weight)) for weights in (
    (14, 3, 1, 0, 1, 3), (9, 6, 4, 0, 3, 2), (5, 4, 8, 2, 1, 2), (3, 1, 5, 8, 0, 3)))
"""Which kinds of line are likely in each quarter of a visit: first talk, then problems, advice and promises."""

# Legal form, weight, whether the form stands before or after the name (or either), two digits in the number.
_FORMS: tuple[tuple[str, int, str, str], ...] = (
    ("株式会社", 560, "either", "01"), ("有限会社", 170, "either", "02"), ("合同会社", 60, "either", "03"),
    ("合資会社", 12, "either", "03"), ("合名会社", 6, "either", "03"), ("個人", 110, "none", ""),
    ("事業協同組合", 14, "after", "05"), ("農事組合法人", 14, "before", "05"),
    ("特定非営利活動法人", 12, "before", "05"), ("一般社団法人", 12, "before", "05"),
    ("一般財団法人", 3, "before", "05"), ("公益社団法人", 2, "before", "05"), ("公益財団法人", 3, "before", "05"),
    ("学校法人", 4, "before", "05"), ("医療法人", 6, "before", "05"), ("社会福祉法人", 6, "before", "05"),
    ("任意団体", 6, "none", ""),
)
# Bodies whose kind (CL09) and division (JSIC) follow from the form, with an ending for their names.
_BODIES: dict[str, tuple[str, str, str, str]] = {
    "事業協同組合": ("19", "87", "協同組合", "キョウドウクミアイ"),
    "農事組合法人": ("18", "01", "営農", "エイノウ"),
    "特定非営利活動法人": ("11", "93", "まちづくり会", "マチヅクリカイ"),
    "一般社団法人": ("12", "93", "観光地域協議会", "カンコウチイキキョウギカイ"),
    "一般財団法人": ("10", "93", "産業会館", "サンギョウカイカン"),
    "公益社団法人": ("10", "93", "工業会", "コウギョウカイ"),
    "公益財団法人": ("07", "92", "産業振興財団", "サンギョウシンコウザイダン"),
    "学校法人": ("05", "81", "学園", "ガクエン"),
    "医療法人": ("21", "83", "会", "カイ"),
    "社会福祉法人": ("18", "85", "福祉会", "フクシカイ"),
    "任意団体": ("13", "93", "実行委員会", "ジッコウイインカイ"),
}
_ROLES = ("代表取締役", "専務取締役", "工場長", "品質課長", "製造部長", "営業課長", "代表者の配偶者", "経理担当",
          "後継者")


@dataclass(frozen=True)
class _Sector:
    """One field of work: its codes, its words and its compiled templates."""

    divisions: tuple[str, ...]
    kind: str
    endings: tuple[tuple[str, str], ...]
    issues: tuple[str, ...]
    strategic: str | None
    certificates: tuple[str, ...]
    slots: dict[str, list[str]]
    lines: dict[str, Pool]
    theme: Pool
    problem: Pool
    situation: Pool
    advice: Pool
    next_step: Pool
    portrait: Pool
    strengths: Pool


@dataclass(frozen=True)
class _Words:
    """Everything read from bench/words, compiled. Never changed after it is made."""

    places: tuple[tuple[str, ...], ...]
    families: tuple[tuple[str, str], ...]
    givens: tuple[tuple[str, str], ...]
    stems: tuple[tuple[str, str], ...]
    middles: tuple[tuple[str, str], ...]
    sectors: tuple[_Sector, ...]
    by_division: dict[str, _Sector]


@cache
def _words() -> _Words:
    places = tuple(tuple(row) for row in read_words("places.json"))
    names = {key: tuple((a, b) for a, b in rows) for key, rows in read_words("names.json").items()}
    notes = read_words("notes.json")
    cities = sorted({row[1] for row in places if "郡" not in row[1]})
    common = {**counters(cities, [name for name, _ in names["family"]]), **notes["phrases"]}
    sectors = []
    for entry in read_words("sectors.json").values():
        grammar = Grammar({**common, **entry["slots"]})
        summary = {key: grammar.compile(value) for key, value in notes["summary"].items()}
        sectors.append(_Sector(
            tuple(entry["industries"]), entry["kind"], tuple((a, b) for a, b in entry["stems"]),
            tuple(entry["issues"]), entry["strategic_industry"] or None, tuple(entry["certificates"]), entry["slots"],
            {kind: grammar.compile(notes["lines"][kind]) for kind in KINDS}, grammar.compile(notes["theme"]),
            **summary))
    by_division = {division: sector for sector in sectors for division in sector.divisions}
    return _Words(places, names["family"], names["given"], names["stem"], names["middle"], tuple(sectors), by_division)


def check_digit(base: str) -> int:
    """The first digit of a corporate number from its other twelve (weights 1 and 2 from the right)."""
    return 9 - sum(int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(base))) % 9


def _corporate_number(index: int, form_digits: str) -> str:
    # Registry offices 99xx do not exist, so a right check digit cannot make the number of a real company.
    base = f"99{index // 1_000_000:02d}{form_digits}{index % 1_000_000:06d}"
    return f"{check_digit(base)}{base}"


def _several(random: Random, items: Sequence[str], most: int) -> list[str]:
    count = min(len(items), 1 + int(random.random() * most))
    return random.sample(items, count)


def organizations(n: int, seed: int) -> Iterator[Row]:
    """`n` organizations in the keys of CLI.md, with the extras of resources/sample/README.md."""
    words = _words()
    random = Random(f"organizations {seed}")
    expand = expander(random.random)
    forms = [form for form in _FORMS for _ in range(form[1])]
    for i in range(n):
        form, _, order, digits = random.choice(forms)
        prefecture, city, _, town, town_kana, postcode = random.choice(words.places)
        sector = random.choice(words.sectors)
        kind, division = sector.kind, random.choice(sector.divisions)
        family, given = random.choice(words.families), random.choice(words.givens)
        ending = random.choice(sector.endings)
        if form in _BODIES:
            kind, division, *tail = _BODIES[form]
            ending = (tail[0], tail[1])
        if form == "個人" and random.random() < 0.5:
            stem = family
        elif random.random() < 0.25:
            stem = (town, town_kana)
        else:
            stem = random.choice(words.stems)
        middle = random.choice(words.middles) if form not in _BODIES else ("", "")
        bare, kana = stem[0] + middle[0] + ending[0], stem[1] + middle[1] + ending[1]
        before = order == "before" or (order == "either" and random.random() < 0.55)
        if form == "事業協同組合" or order == "none":
            name = bare
        else:
            name = f"{form} {bare}" if before and random.random() < 0.3 else f"{form}{bare}" if before else bare + form
        r = random.random()
        employees = 1 + int(r * 4) if form == "個人" else 2 + int(240 * r ** 4)
        capital = int(10 ** (random.random() * 1.7 + 0.5))
        slots = sector.slots
        machines = _several(random, slots["machine"], 5)
        is_maker = sector.kind in {"14", "15", "16"}
        yield {
            "id": f"gen-o{i + 1:06d}", "name": name, "kana": kana, "name_en": None,
            "corporate_number": _corporate_number(i, digits) if digits else None,
            "kind": kind, "postal_code": f"{postcode[:3]}-{postcode[3:]}", "prefecture": prefecture, "city": city,
            "address": f"{town}{1 + int(random.random() * 8)}-{1 + int(random.random() * 30)}", "industry": division,
            "capital_yen": capital * 1_000_000 if digits in {"01", "02", "03"} else None, "employees": employees,
            "founded": f"{1926 + int(random.random() ** 0.7 * 98)}-{1 + int(random.random() * 12):02d}",
            "url": None, "products": "、".join(_several(random, slots["product"], 4)),
            "strengths": expand(sector.strengths), "text": expand(sector.portrait),
            "processes": _several(random, slots["work"], 5), "materials": _several(random, slots["material"], 4),
            "equipment": [f"{machine} {1 + int(random.random() * 9)}台" for machine in machines],
            "certificates": _several(random, sector.certificates, 2) if random.random() < 0.4 else [],
            "precision_mm": random.choice((0.1, 0.05, 0.02, 0.01, 0.005)) if is_maker else None,
            "lots": f"{1 + int(random.random() * 50)}〜{100 * (1 + int(random.random() * 90))}" if is_maker else None,
            "regions": [prefecture], "legal_form": form, "representative": f"{family[0]} {given[0]}",
            "representative_kana": f"{family[1]} {given[1]}", "phone": f"0{20 + int(random.random() * 70)}-000-0000",
        }


@cache
def _weekdays() -> tuple[str, ...]:
    """Every weekday from the first day to 120 days after the last, ISO."""
    days = (FIRST_DAY + timedelta(days=i) for i in range((LAST_DAY - FIRST_DAY).days + 121))
    return tuple(day.isoformat() for day in days if day.weekday() < 5)


_CLOCK = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))


@dataclass
class _Visit:
    """What the lines of one visit share."""

    start: int
    minutes: int
    day: int
    ours: str
    theirs: str


def _lines(random: Random, expand: Expand, sector: _Sector, visit: _Visit) -> tuple[list[Row], list[Row]]:
    """The timeline and the promises read from it."""
    draw = random.random
    count = 5 + int(36 * draw() ** 2.6)
    days = _weekdays()
    lines: list[Row] = []
    promises: list[Row] = []
    for i in range(count):
        phase = _PHASES[i * 4 // count]
        kind = phase[int(draw() * len(phase))]
        text = expand(sector.lines[kind])
        if kind == "約束":
            mine = draw() < 0.4
            who = visit.ours if mine else visit.theirs
            due = days[visit.day + 3 + int(draw() * 60)]
            promises.append({"text": text, "who": who, "due_on": due, "side": "support" if mine else "company",
                             "state": "done" if draw() < 0.6 else "open", "line": i})
            text = f"{text}（{who}・{int(due[5:7])}/{int(due[8:])}まで）"
        elif kind != "写真" and draw() < 0.25:
            text += expand(sector.lines["発言" if kind == "課題" else kind])
        lines.append({"at": _CLOCK[visit.start + visit.minutes * i // count], "kind": kind, "text": text})
    return lines, promises


def consultations(n: int, seed: int, organizations: Iterable[Row]) -> Iterator[Row]:
    """`n` visits to the given organizations in the keys of CLI.md and the extras of resources/sample/README.md.
    Every visit has 5 to 40 lines; visits to one organization are numbered in the order of their days."""
    words = _words()
    known = [(row["id"], words.by_division.get(row["industry"], words.sectors[-1]), row["city"], row["representative"])
             for row in organizations]
    if not known:
        raise ValueError("consultations need at least one organization")
    random = Random(f"consultations {seed}")
    draw, expand = random.random, expander(random.random)
    days = _weekdays()
    final = sum(1 for day in days if day <= LAST_DAY.isoformat()) - 1
    earlier: dict[str, tuple[int, int]] = {}
    for i in range(n):
        organization, sector, city, representative = known[int(draw() * len(known))]
        nth, last = earlier.get(organization, (0, -1))
        day = int(draw() * final * 0.6) if nth == 0 else min(final, last + 8 + int(draw() * 120))
        nth += 1
        earlier[organization] = (nth, day)
        ours, other = (f"{words.families[int(draw() * len(words.families))][0]} "
                       f"{words.givens[int(draw() * len(words.givens))][0]}" for _ in range(2))
        theirs = representative if draw() < 0.5 else other
        role = "代表者" if theirs == representative else _ROLES[int(draw() * len(_ROLES))]
        start = 540 + 15 * int(draw() * 30)
        minutes = 50 + int(draw() * 80)
        lines, promises = _lines(random, expand, sector, _Visit(start, minutes, day, ours, theirs))
        first = int(draw() * len(sector.issues))
        issues = [sector.issues[(first + k * 2) % len(sector.issues)] for k in range(1 + int(draw() * 3))]
        theme = expand(sector.theme)
        yield {
            "id": f"gen-c{i + 1:07d}", "organization": organization, "held_on": days[day],
            "started_at": _CLOCK[start], "ended_at": _CLOCK[start + minutes],
            "form": ("10", "20", "20", "20", "30", "40", "60")[int(draw() * 7)], "expert": ours,
            "participants": [{"name": theirs, "role": role, "side": "company", "main": True},
                             {"name": ours, "role": "相談員", "side": "support", "main": True}],
            "theme": theme[:40], "issues": list(dict.fromkeys(issues)), "lines": lines,
            "problem": expand(sector.problem), "advice": expand(sector.advice), "next_step": expand(sector.next_step),
            "promises": promises, "text": None, "situation": expand(sector.situation),
            "category": "1" if nth == 1 else "2", "nth": nth, "place": f"{city}の現地",
            "strategic_industry": sector.strategic, "responses": ["10", "11"] if draw() < 0.5 else ["10", "22"],
            "result": ("1", "2", "2", "3", "4", "5")[int(draw() * 6)], "consents": ["10", "20"],
            "confirmed_by": {"name": theirs, "role": role}, "state": "draft" if draw() < 0.1 else "confirmed",
        }


def attachments(n: int, seed: int, consultations: int = 100_000) -> Iterator[Row]:
    """`n` rows of attachment metadata spread over the first `consultations` generated visits; no content exists."""
    random = Random(f"attachments {seed}")
    draw = random.random
    days = _weekdays()
    kinds = (("photo", "image/jpeg", "jpg", 90_000, 900_000), ("photo", "image/jpeg", "jpg", 90_000, 900_000),
             ("drawing", "application/pdf", "pdf", 40_000, 3_000_000),
             ("business_card", "image/png", "png", 60_000, 400_000))
    names = {"photo": "現場写真", "drawing": "図面", "business_card": "名刺"}
    for i in range(n):
        kind, mime, ending, least, most = kinds[int(draw() * len(kinds))]
        day = days[int(draw() * (len(days) - 90))]
        yield {
            "id": f"gen-a{i + 1:07d}", "consultation": f"gen-c{1 + int(draw() * consultations):07d}", "kind": kind,
            "name": f"{names[kind]}_{i + 1:06d}.{ending}", "size": least + int(draw() ** 2 * (most - least)),
            "mime": mime, "sha256": hashlib.sha256(f"{seed} {i}".encode()).hexdigest(),
            "taken_at": f"{day}T{_CLOCK[540 + int(draw() * 500)]}:00+09:00",
            "consent": ("yes", "no", "unasked")[int(draw() * 3)],
        }


def _write(path: Path, rows: Iterable[Row]) -> int:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(encode(row) + "\n")
            count += 1
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m bench.generator OUT`: write organizations, consultations and attachments as JSON lines into OUT."""
    parser = argparse.ArgumentParser(prog="python -m bench.generator", description=main.__doc__)
    parser.add_argument("out", type=Path, help="folder, made when missing")
    parser.add_argument("--organizations", type=int, default=20_000)
    parser.add_argument("--consultations", type=int, default=100_000)
    parser.add_argument("--attachments", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    known = list(organizations(chosen.organizations, chosen.seed))
    parts = (("organizations", known), ("consultations", consultations(chosen.consultations, chosen.seed, known)),
             ("attachments", attachments(chosen.attachments, chosen.seed, max(1, chosen.consultations))))
    for name, rows in parts:
        sys.stdout.write(f"{name} {_write(chosen.out / f'{name}.jsonl', rows)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
